"""What becomes of a run that is cancelled, interrupted, lost, or meets errors."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.ai.transcription.base import AudioSource, ProgressCallback, Transcriber
from app.core.exceptions import ModelUnavailableError, RunInProgressError, RunStateError
from app.database.session import transaction
from app.models.transcript import Transcript
from app.repositories import pipeline_run_repository as runs
from app.services.library.registration import register_video
from app.services.pipeline import runner
from app.services.pipeline.orchestrator import STAGES, Timeout
from app.services.pipeline.run_recovery import MAX_TAKEOVERS
from tests.fixtures.media import make_video
from tests.fixtures.speech import make_spoken_video
from tests.services.pipeline.conftest import Pipeline, until, with_resources


class Halting:
    """The real transcriber, which at first does something else."""

    def __init__(self, transcriber: Transcriber, *first: Callable[[], object]) -> None:
        self._transcriber = transcriber
        self._first = list(first)
        self.calls = 0
        self.name = transcriber.name

    async def transcribe(
        self, sound: AudioSource, *, on_progress: ProgressCallback | None = None
    ) -> Transcript:
        self.calls += 1
        if self._first:
            done = self._first.pop(0)()
            if asyncio.iscoroutine(done):
                await done
        return await self._transcriber.transcribe(sound, on_progress=on_progress)

    async def close(self) -> None:
        """It is the session's."""


def unavailable() -> None:
    raise ModelUnavailableError("its server answers 503", remedy="try again")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "RETRY_DELAY_SECONDS", 0.01)


@pytest.fixture
async def registered_video(pipeline: Pipeline) -> Path:
    path = make_spoken_video(pipeline.settings.videos_dir / "tides.mp4")
    await register_video(
        path, identifier="tides", uploader=pipeline.resources.uploader, settings=pipeline.settings
    )
    return path


def begin(pipeline: Pipeline, request_id: str, *, interrupted: bool = False) -> "asyncio.Task[None]":
    return asyncio.create_task(pipeline.runner(request_id, lambda: interrupted))


async def test_an_error_that_may_pass_is_tried_again(pipeline: Pipeline, registered_video: Path) -> None:
    halting = Halting(pipeline.resources.transcriber, unavailable)
    state = await with_resources(pipeline, transcriber=halting).run(video_id="tides")

    assert state.status == "completed"
    transcription = state.stages["transcription"]
    assert (transcription.attempts, transcription.error, transcription.reason) == (2, None, None)


async def test_one_that_does_not_pass_fails_the_run_and_a_retry_begins_there(
    pipeline: Pipeline, registered_video: Path
) -> None:
    halting = Halting(pipeline.resources.transcriber, unavailable, unavailable, unavailable)
    failing = with_resources(pipeline, transcriber=halting)
    state = await failing.run(video_id="tides")

    assert (state.status, state.current_stage) == ("failed", "transcription")
    assert state.error is not None
    assert state.error.detail == "its server answers 503"
    assert state.error.remedy == "try again"
    assert state.stages["transcription"].status == "failed"
    assert state.stages["moment_generation"].status == "pending"
    assert not list(pipeline.settings.work_dir.iterdir())

    await pipeline.run_service.retry("tides")
    state = await failing.work(state.request_id)

    assert state.status == "completed"
    assert halting.calls == 4
    assert state.stages["audio_extraction"].attempts == 1


async def test_a_fault_of_ours_ends_the_run_without_its_inside(
    pipeline: Pipeline, registered_video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def faulty() -> None:
        raise KeyError("secret")

    state = await with_resources(pipeline, transcriber=Halting(pipeline.resources.transcriber, faulty)).run(
        video_id="tides"
    )
    assert state.status == "failed"
    assert state.error is not None
    assert (state.error.type, "secret" in state.error.detail) == ("internal-error", False)
    assert "secret" in caplog.text


async def test_a_cancel_in_transcription_leaves_nothing_half_done(
    pipeline: Pipeline, registered_video: Path
) -> None:
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.sleep(600)

    halted = with_resources(pipeline, transcriber=Halting(pipeline.resources.transcriber, wait))
    request_id = await pipeline.submit(video_id="tides")
    work = begin(halted, request_id)
    await reached.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    state = await pipeline.run_reader.state("tides")
    assert (state.status, state.current_stage) == ("cancelled", "transcription")
    assert state.stages["transcription"].status == "cancelled"
    assert pipeline.files() == {"videos/tides.mp4", "audios/tides.wav"}
    assert not list(pipeline.settings.work_dir.iterdir())
    with pytest.raises(RunStateError):
        await pipeline.run_service.cancel("tides")

    await pipeline.run_service.retry("tides")
    assert (await pipeline.work(request_id)).status == "completed"


async def test_a_cancel_whose_word_is_lost_is_heard_at_the_end_of_the_stage(
    pipeline: Pipeline, registered_video: Path
) -> None:
    async def ask() -> None:
        await pipeline.run_service.cancel("tides")

    halted = with_resources(pipeline, transcriber=Halting(pipeline.resources.transcriber, ask))
    request_id = await pipeline.submit(video_id="tides")
    with pytest.raises(asyncio.CancelledError):
        await halted.work(request_id)
    state = await pipeline.run_reader.state("tides")
    assert (state.status, state.current_stage) == ("cancelled", "transcription")
    assert not list(pipeline.settings.work_dir.iterdir())


async def test_a_cancel_in_ffmpeg_stops_it(pipeline: Pipeline, tmp_path: Path) -> None:
    path = make_video(pipeline.settings.videos_dir / "long.mp4", seconds=600, fps=1, size="64x36")
    await register_video(
        path, identifier="long", uploader=pipeline.resources.uploader, settings=pipeline.settings
    )
    request_id = await pipeline.submit(video_id="long")
    work = begin(pipeline, request_id)

    def at_work() -> bool:
        return any(
            path.suffix == ".wav" or "part" in path.name for path in pipeline.settings.work_dir.rglob("*")
        )

    await until(at_work)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert (await pipeline.run_reader.state("long")).status == "cancelled"
    assert pipeline.files() <= {"videos/long.mp4", "audios/long.wav"}
    assert not list(pipeline.settings.work_dir.iterdir())


async def test_a_waiting_run_is_cancelled_at_once(pipeline: Pipeline, registered_video: Path) -> None:
    request_id = await pipeline.submit(video_id="tides")

    state = await pipeline.run_service.cancel("tides")

    assert state.status == "cancelled"
    assert (await pipeline.work(request_id)).status == "cancelled"  # as when a worker was just about to begin
    assert pipeline.files() == {"videos/tides.mp4"}


async def test_a_cancel_just_before_a_worker_begins_is_heard(
    pipeline: Pipeline, registered_video: Path
) -> None:
    request_id = await pipeline.submit(video_id="tides")
    async with transaction() as session:
        row = await runs.get(session, request_id)
        assert row is not None
        row.cancel_requested = True

    assert (await pipeline.work(request_id)).status == "cancelled"


async def test_a_worker_that_stops_gives_the_run_back(pipeline: Pipeline, registered_video: Path) -> None:
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.sleep(600)

    halted = with_resources(pipeline, transcriber=Halting(pipeline.resources.transcriber, wait))
    request_id = await pipeline.submit(video_id="tides")
    first_job = (await pipeline.row(request_id)).job_id
    work = begin(halted, request_id, interrupted=True)
    await reached.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    row = await pipeline.row(request_id)
    assert (row.status, row.token, row.takeovers) == ("queued", None, 0)
    assert row.job_id != first_job
    state = await pipeline.run_reader.state("tides")
    assert state.stages["audio_extraction"].status == "completed"
    assert state.stages["transcription"].status == "pending"
    state = await pipeline.work(request_id)
    assert state.status == "completed"
    assert state.stages["audio_extraction"].attempts == 1


async def test_a_worker_that_lost_its_run_writes_nothing_any_more(
    pipeline: Pipeline, second_machine: Pipeline, registered_video: Path
) -> None:
    """It was silent, another one went on and has finished, and now it wakes up."""
    reached, wake = asyncio.Event(), asyncio.Event()

    async def sleep() -> None:
        reached.set()
        await wake.wait()

    asleep = with_resources(pipeline, transcriber=Halting(pipeline.resources.transcriber, sleep))
    request_id = await pipeline.submit(video_id="tides")
    work = begin(asleep, request_id)
    await reached.wait()
    state = await second_machine.work(request_id)
    assert state.status == "completed"
    before = {stored.name: stored.generation for stored in await pipeline.resources.uploader.list_objects("")}

    wake.set()
    await work

    assert await pipeline.run_reader.state("tides") == state
    after = {stored.name: stored.generation for stored in await pipeline.resources.uploader.list_objects("")}
    assert after == before
    assert "transcripts/tides.json" not in pipeline.files()


async def test_a_lock_that_is_anothers_ends_the_work(
    make_pipeline: Callable[..., Pipeline], pipeline: Pipeline, registered_video: Path
) -> None:
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.sleep(600)

    brief = make_pipeline(job_lock_ttl=1)
    halted = with_resources(brief, transcriber=Halting(brief.resources.transcriber, wait))
    request_id = await pipeline.submit(video_id="tides")
    work = begin(halted, request_id)
    await reached.wait()
    await pipeline.status_store.acquire("tides", "somebody-else")
    await asyncio.wait_for(work, 30)  # ends by itself, and is no error
    assert (await pipeline.row(request_id)).status == "processing"  # whoever has it will write


async def test_a_silent_worker_loses_its_run_and_in_the_end_it_is_given_up(
    pipeline: Pipeline, registered_video: Path
) -> None:
    request_id = await pipeline.submit(video_id="tides")
    async with pipeline.queue:
        for lost in range(1, MAX_TAKEOVERS + 1):
            row = await pipeline.row(request_id)
            assert row.job_id is not None
            await pipeline.queue.discard(row.job_id)  # as when its worker is gone
            assert await pipeline.recovery.recover_stalled() == 1
            assert (await pipeline.row(request_id)).takeovers == lost
        assert await pipeline.recovery.recover_stalled() == 0

    state = await pipeline.run_reader.state("tides")
    assert state.status == "failed"
    assert state.error is not None
    assert state.error.type == "run-abandoned"
    assert (await pipeline.run_service.retry("tides")).status == "queued"


async def test_a_video_has_one_run_at_a_time(pipeline: Pipeline, registered_video: Path) -> None:
    results = await asyncio.gather(
        *(pipeline.submit(video_id="tides") for _ in range(5)), return_exceptions=True
    )
    accepted = [result for result in results if isinstance(result, str)]
    refused = [result for result in results if isinstance(result, RunInProgressError)]
    assert (len(accepted), len(refused)) == (1, 4)
    assert {error.request_id for error in refused} == set(accepted)


async def test_a_damaged_video_fails_with_its_cause(pipeline: Pipeline, registered_video: Path) -> None:
    registered_video.write_bytes(registered_video.read_bytes()[:5000])

    state = await pipeline.run(video_id="tides")

    assert (state.status, state.current_stage) == ("failed", "audio_extraction")
    assert state.error is not None
    assert "tides.mp4" in state.error.detail
    assert pipeline.files() == {"videos/tides.mp4"}


async def test_a_stage_has_only_so_much_time(
    pipeline: Pipeline, registered_video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> None:
        await asyncio.sleep(600)

    pipeline = with_resources(pipeline, transcriber=Halting(pipeline.resources.transcriber, never))
    hasty = tuple(
        replace(stage, timeout=Timeout(0.2)) if stage.name == "transcription" else stage for stage in STAGES
    )
    monkeypatch.setattr(runner, "STAGES", hasty)

    state = await pipeline.run(video_id="tides")

    assert state.status == "failed"
    assert state.error is not None
    assert state.error.type == "stage-timeout"
