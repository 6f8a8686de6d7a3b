"""Minimal list of videos: asyncpg reads the table and orjson serialises it.

The response has our columns and names, but no derived titles, thumbnail URLs or file flags.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import orjson

CONNECTIONS = 4
SELECT = """
    SELECT identifier, cloud_url, source_url, title, duration_seconds, created_at
    FROM videos ORDER BY created_at DESC, id DESC
"""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class BareList:
    """ASGI application that returns all rows for every request."""

    def __init__(self) -> None:
        self._pool: Any = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        body = orjson.dumps([_as_json(*row) for row in await self._pool.fetch(SELECT)])
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(
            os.environ["DATABASE_URL"], min_size=CONNECTIONS, max_size=CONNECTIONS
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def _as_json(
    identifier: str, cloud_url: str, source_url: str | None, title: str | None, seconds: float, created: Any
) -> dict[str, Any]:
    return {
        "id": identifier,
        "filename": cloud_url.rpartition("/")[2],
        "title": title,
        "thumbnail_url": None,
        "has_audio": False,
        "has_transcript": False,
        "duration_seconds": seconds,
        "cloud_url": cloud_url,
        "source_url": source_url,
        "created_at": created,
    }


app = BareList()
