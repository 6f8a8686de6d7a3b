"""Reading commands on another machine."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from app.models.chapter import ChapterRead
from app.models.pipeline import RunState
from app.models.search import SearchResults
from app.models.transcript import Transcript
from cli.remote.client import ApiClient
from cli.remote.server import Server

T = TypeVar("T")


def call(server: Server, use: Callable[[ApiClient], Awaitable[T]]) -> T:
    """Call a function with a client of the server."""

    async def run() -> T:
        async with ApiClient(server) as api:
            return await use(api)

    return asyncio.run(run())


def search(server: Server, query: str, *, video: str | None, mode: str, limit: int) -> SearchResults:
    return call(
        server,
        lambda api: api.read(SearchResults, "/api/search", q=query, video_id=video, mode=mode, limit=limit),
    )


def transcript(server: Server, video: str) -> Transcript:
    return call(server, lambda api: api.read(Transcript, f"{_video(video)}/transcript"))


def chapters(server: Server, video: str) -> list[ChapterRead]:
    found = call(server, lambda api: api.get(f"{_video(video)}/chapters"))
    return TypeAdapter(list[ChapterRead]).validate_python(found)


def runs(server: Server, *, limit: int) -> list[RunState]:
    """Return the latest runs of all videos."""
    return _states(call(server, lambda api: api.get("/api/pipeline", limit=limit)))


def run_history(server: Server, video: str, kind: str) -> list[RunState]:
    return _states(call(server, lambda api: api.get(f"{_runs(video)}/history", kind=kind)))


def run_state(server: Server, video: str, kind: str) -> RunState:
    return call(server, lambda api: api.read(RunState, f"{_runs(video)}/status", kind=kind))


def videos(server: Server, **params: Any) -> list[dict[str, Any]]:
    """Return a page of the list with details; parameters as in `GET /api/videos`."""
    found: list[dict[str, Any]] = call(server, lambda api: api.get("/api/videos", details=True, **params))
    return found


def _states(found: object) -> list[RunState]:
    return TypeAdapter(list[RunState]).validate_python(found)


def _video(video: str) -> str:
    return f"/api/videos/{quote(video, safe='')}"


def _runs(video: str) -> str:
    return f"/api/pipeline/{quote(video, safe='')}"
