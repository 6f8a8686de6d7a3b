"""Runs, results and live states, written like a worker writes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from app.core.config import Settings
from app.core.redis import create_redis
from app.models.moment import Moment
from app.models.pipeline import STAGE_NAMES, RunState, StageState
from app.models.transcript import Segment, Transcript, Word
from app.services.pipeline.run_status_store import RunStatusStore
from tests.api.support.rows import EPOCH
from tests.fixtures.library import Library

TOKEN = "the-token-of-the-worker"


def pipeline_path(video_id: str, rest: str) -> str:
    return f"/api/pipeline/{quote(video_id, safe='')}/{rest}"


def add_run(library: Library, video_id: str, **columns: Any) -> str:
    """Insert a run and return its request id. With a `token` a worker owns it."""
    values = {
        "request_id": uuid4().hex,
        "video_identifier": video_id,
        "options": {},
        "status": "queued",
        "stages": {},
        "created_at": EPOCH,
    } | columns
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    library.execute(
        f"INSERT INTO pipeline_runs ({names}) VALUES ({places})",
        *(Jsonb(value) if isinstance(value, dict) else value for value in values.values()),
    )
    return str(values["request_id"])


def run_rows(library: Library) -> list[dict[str, Any]]:
    """Return all runs, oldest first."""
    with library.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("SELECT * FROM pipeline_runs ORDER BY created_at, request_id").fetchall()


def jobs(library: Library) -> list[dict[str, Any]]:
    """Return the jobs that are queued or running."""
    with library.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT id, status::text, lock, args FROM procrastinate_jobs"
            " WHERE status IN ('todo', 'doing') ORDER BY id"
        ).fetchall()


def shown(video_id: str, request_id: str, *, percent: float = 0.0, **fields: Any) -> RunState:
    """Return the state that a worker publishes during transcription."""
    stages = {name: StageState() for name in STAGE_NAMES}
    stages["transcription"] = StageState(status="processing", percent=percent, started_at=EPOCH)
    values: dict[str, Any] = {
        "request_id": request_id,
        "title": "Talk",
        "video_id": video_id,
        "status": "processing",
        "current_stage": "transcription",
        "stages": stages,
        "options": {},
        "created_at": EPOCH,
        "started_at": EPOCH,
    }
    return RunState.model_validate(values | fields)


@asynccontextmanager
async def live_status(settings: Settings) -> AsyncIterator[RunStatusStore]:
    """Open the status store that a worker writes to."""
    redis = create_redis(settings)
    try:
        yield RunStatusStore(redis, settings)
    finally:
        await redis.aclose()


MOMENT_IDS = ("00000000000000a1", "00000000000000b2", "00000000000000c3")

TRANSCRIPT = Transcript(
    text="Tides turn. The moon pulls.",
    language="en",
    word_timestamps=[
        Word(word="Tides", start=0.0, end=0.4),
        Word(word="turn.", start=0.4, end=0.9),
        Word(word="The", start=61.0, end=61.2),
        Word(word="moon", start=61.2, end=61.6),
        Word(word="pulls.", start=61.6, end=62.0),
    ],
    segment_timestamps=[
        Segment(text="Tides turn.", start=0.0, end=0.9),
        Segment(text="The moon pulls.", start=61.0, end=62.0),
    ],
)


def moments() -> list[Moment]:
    """Return two generated moments, not in order of time, and the refinement of the first."""
    late, early, refined = MOMENT_IDS
    return [
        Moment(id=late, start_time=61.0, end_time=80.0, title="The moon", score=7.5, quote="The moon pulls."),
        Moment(id=early, start_time=0.0, end_time=20.0, title="Tides", score=6.0, reason="It begins it."),
        Moment(
            id=refined,
            start_time=61.5,
            end_time=79.0,
            title="Why the moon pulls",
            score=7.5,
            is_refined=True,
            parent_id=late,
        ),
    ]
