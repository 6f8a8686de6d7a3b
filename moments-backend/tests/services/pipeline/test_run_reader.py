"""Subscriptions to runs whose live progress is lost, late or restarted."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from app.core.clock import utc_now
from app.database.session import transaction
from app.models.pipeline import RunState, StageName
from app.repositories import pipeline_run_repository as runs
from app.services.pipeline import run_reader
from app.services.pipeline.run_mapper import to_columns, to_state
from tests.fixtures.media import make_video
from tests.services.pipeline.conftest import Pipeline

TOKEN = "the-token-of-the-worker"
STAGE: StageName = "transcription"


@pytest.fixture(autouse=True)
def short_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_reader, "RELOAD_SECONDS", 0.05)


@pytest.fixture
async def running(pipeline: Pipeline) -> RunState:
    """A run that a worker has brought to the transcription: 60 % in Redis, 0 % in its row."""
    make_video(pipeline.settings.videos_dir / "talk.mp4", audio=False)
    request_id = await pipeline.submit(video_id="talk")
    async with transaction() as session:
        row = await runs.claim(session, request_id, TOKEN)
        assert row is not None
        state = await to_state(session, row)
        state.current_stage = STAGE
        stage = state.stages[STAGE]
        stage.status, stage.attempts, stage.started_at = "processing", 1, utc_now()
        await runs.save(session, request_id, TOKEN, **to_columns(state))
    await pipeline.status_store.acquire("talk", TOKEN)
    await publish(pipeline, state, 60)
    return state


async def publish(pipeline: Pipeline, state: RunState, percent: float) -> None:
    state.stages[STAGE].percent, state.updated_at = percent, utc_now()
    await pipeline.status_store.publish(state, TOKEN)


@pytest.fixture(params=["one video", "all videos"])
async def states(
    request: pytest.FixtureRequest, pipeline: Pipeline, running: RunState
) -> AsyncIterator[AsyncGenerator[RunState]]:
    """A subscription that has yielded 60 %."""
    first = await pipeline.run_reader.state("talk")
    if request.param == "one video":
        subscription = pipeline.run_reader.subscribe("talk", first=first)
    else:
        subscription = pipeline.run_reader.subscribe_all([first])
    async with aclosing(subscription):
        assert (await anext(subscription)).stages[STAGE].percent == 60
        yield subscription


async def collect(states: AsyncGenerator[RunState], count: int) -> list[tuple[str, float]]:
    """Return run status and percent of the next states."""
    async with asyncio.timeout(30):
        found = [await anext(states) for _ in range(count)]
    return [(state.status, state.stages[STAGE].percent) for state in found]


async def test_progress_survives_lost_redis_state(
    pipeline: Pipeline, running: RunState, states: AsyncGenerator[RunState]
) -> None:
    following = asyncio.create_task(collect(states, 1))
    await pipeline.status_store.delete("talk")
    await asyncio.sleep(0.5)  # several reads of the row, which has 0 %
    await pipeline.status_store.acquire("talk", TOKEN)
    await publish(pipeline, running, 70)
    assert await following == [("processing", 70)]


async def test_late_messages_do_not_move_a_run_back(
    pipeline: Pipeline, running: RunState, states: AsyncGenerator[RunState]
) -> None:
    following = asyncio.create_task(collect(states, 1))
    await asyncio.sleep(0.2)
    late = running.model_copy(deep=True)
    late.stages[STAGE].percent = 50
    for message in (late, late.model_copy(update={"status": "queued"})):
        await pipeline.status_store.set_status(message)
        await asyncio.sleep(0.2)
    await publish(pipeline, running, 70)
    assert await following == [("processing", 70)]


async def test_another_attempt_restarts_progress(
    pipeline: Pipeline, running: RunState, states: AsyncGenerator[RunState]
) -> None:
    following = asyncio.create_task(collect(states, 1))
    await asyncio.sleep(0.2)
    running.stages[STAGE].attempts = 2
    await publish(pipeline, running, 0)
    assert await following == [("processing", 0)]


async def test_a_requeued_run_restarts_progress(
    pipeline: Pipeline, running: RunState, states: AsyncGenerator[RunState]
) -> None:
    following = asyncio.create_task(collect(states, 1))
    await asyncio.sleep(0.2)
    assert await pipeline.recovery.release(running, TOKEN)
    assert await following == [("queued", 0)]
