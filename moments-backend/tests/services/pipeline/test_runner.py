"""Runs that are cancelled, interrupted, lost or fail."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.ai.transcription.base import (
    DEFAULT_OPTIONS,
    AudioSource,
    ProgressCallback,
    Transcriber,
    TranscriptionOptions,
)
from app.core.exceptions import ModelUnavailableError, RunInProgressError, RunStateError
from app.database.session import transaction
from app.models.transcript import Transcript
from app.repositories import pipeline_run_repository as runs, video_db_repository
from app.services.library.registration import register_video
from app.services.pipeline import runner
from app.services.pipeline.orchestrator import STAGES, STAGES_OF, Timeout
from app.services.pipeline.run_recovery import MAX_TAKEOVERS
from tests.fixtures.media import make_video
from tests.fixtures.speech import make_spoken_video
from tests.services.pipeline.conftest import Pipeline, until, with_resources

pytestmark = pytest.mark.slow


class ScriptedTranscriber:
    """The real transcriber; its first calls run other functions before."""

    def __init__(self, transcriber: Transcriber, *first: Callable[[], object]) -> None:
        self._transcriber = transcriber
        self._first = list(first)
        self.calls = 0
        self.name = transcriber.name

    async def transcribe(
        self,
        audio: AudioSource,
        *,
        options: TranscriptionOptions = DEFAULT_OPTIONS,
        on_progress: ProgressCallback | None = None,
    ) -> Transcript:
        self.calls += 1
        if self._first:
            done = self._first.pop(0)()
            if asyncio.iscoroutine(done):
                await done
        return await self._transcriber.transcribe(audio, options=options, on_progress=on_progress)

    async def close(self) -> None:
        """Keep the transcriber open for other tests."""


def unavailable() -> None:
    raise ModelUnavailableError("its server answers 503", remedy="try again")


@pytest.fixture(autouse=True)
def no_retry_delay(monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_retryable_error_is_retried(pipeline: Pipeline, registered_video: Path) -> None:
    scripted = ScriptedTranscriber(pipeline.resources.transcriber, unavailable)
    state = await with_resources(pipeline, transcriber=scripted).run(video_id="tides")

    assert state.status == "completed"
    transcription = state.stages["transcription"]
    assert (transcription.attempts, transcription.error, transcription.reason) == (2, None, None)


async def test_retry_resumes_at_the_failed_stage(pipeline: Pipeline, registered_video: Path) -> None:
    scripted = ScriptedTranscriber(pipeline.resources.transcriber, unavailable, unavailable, unavailable)
    failing = with_resources(pipeline, transcriber=scripted)
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
    assert scripted.calls == 4
    assert state.stages["audio_extraction"].attempts == 1


async def test_internal_error_hides_its_details(
    pipeline: Pipeline, registered_video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def faulty() -> None:
        raise KeyError("secret")

    state = await with_resources(
        pipeline, transcriber=ScriptedTranscriber(pipeline.resources.transcriber, faulty)
    ).run(video_id="tides")
    assert state.status == "failed"
    assert state.error is not None
    assert (state.error.type, "secret" in state.error.detail) == ("internal-error", False)
    assert "secret" in caplog.text


async def test_cancelled_transcription_leaves_no_files(pipeline: Pipeline, registered_video: Path) -> None:
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.sleep(600)

    halted = with_resources(pipeline, transcriber=ScriptedTranscriber(pipeline.resources.transcriber, wait))
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


async def test_lost_cancel_applies_at_the_end_of_the_stage(
    pipeline: Pipeline, registered_video: Path
) -> None:
    async def ask() -> None:
        await pipeline.run_service.cancel("tides")

    halted = with_resources(pipeline, transcriber=ScriptedTranscriber(pipeline.resources.transcriber, ask))
    request_id = await pipeline.submit(video_id="tides")
    with pytest.raises(asyncio.CancelledError):
        await halted.work(request_id)
    state = await pipeline.run_reader.state("tides")
    assert (state.status, state.current_stage) == ("cancelled", "transcription")
    assert not list(pipeline.settings.work_dir.iterdir())


async def test_cancel_stops_ffmpeg(pipeline: Pipeline, tmp_path: Path) -> None:
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


async def test_queued_run_is_cancelled_at_once(pipeline: Pipeline, registered_video: Path) -> None:
    request_id = await pipeline.submit(video_id="tides")

    state = await pipeline.run_service.cancel("tides")

    assert state.status == "cancelled"
    assert (await pipeline.work(request_id)).status == "cancelled"  # as if a worker had just received the job
    assert pipeline.files() == {"videos/tides.mp4"}


async def test_cancel_before_the_worker_starts(pipeline: Pipeline, registered_video: Path) -> None:
    request_id = await pipeline.submit(video_id="tides")
    async with transaction() as session:
        row = await runs.get(session, request_id)
        assert row is not None
        row.cancel_requested = True

    assert (await pipeline.work(request_id)).status == "cancelled"


async def test_stopping_worker_releases_the_run(pipeline: Pipeline, registered_video: Path) -> None:
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.sleep(600)

    halted = with_resources(pipeline, transcriber=ScriptedTranscriber(pipeline.resources.transcriber, wait))
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


async def test_worker_writes_nothing_after_losing_its_run(
    pipeline: Pipeline, second_machine: Pipeline, registered_video: Path
) -> None:
    """A suspended worker resumes after another one has completed its run."""
    reached, wake = asyncio.Event(), asyncio.Event()

    async def sleep() -> None:
        reached.set()
        await wake.wait()

    asleep = with_resources(pipeline, transcriber=ScriptedTranscriber(pipeline.resources.transcriber, sleep))
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


async def test_lock_of_another_worker_ends_the_work(
    make_pipeline: Callable[..., Pipeline], pipeline: Pipeline, registered_video: Path
) -> None:
    reached = asyncio.Event()

    async def wait() -> None:
        reached.set()
        await asyncio.sleep(600)

    brief = make_pipeline(job_lock_ttl=1)
    halted = with_resources(brief, transcriber=ScriptedTranscriber(brief.resources.transcriber, wait))
    request_id = await pipeline.submit(video_id="tides")
    work = begin(halted, request_id)
    await reached.wait()
    await pipeline.status_store.acquire("tides", "another-worker")
    await asyncio.wait_for(work, 30)  # ends without an error
    assert (await pipeline.row(request_id)).status == "processing"  # left to the other worker


async def test_runs_of_dead_workers_are_finally_abandoned(pipeline: Pipeline, registered_video: Path) -> None:
    request_id = await pipeline.submit(video_id="tides")
    async with pipeline.queue:
        for lost in range(1, MAX_TAKEOVERS + 1):
            row = await pipeline.row(request_id)
            assert row.job_id is not None
            await pipeline.queue.discard(row.job_id)  # as if its worker had died
            assert await pipeline.recovery.recover_stalled() == 1
            assert (await pipeline.row(request_id)).takeovers == lost
        assert await pipeline.recovery.recover_stalled() == 0

    state = await pipeline.run_reader.state("tides")
    assert state.status == "failed"
    assert state.error is not None
    assert state.error.type == "run-abandoned"
    assert (await pipeline.run_service.retry("tides")).status == "queued"


async def test_video_has_one_active_run(pipeline: Pipeline, registered_video: Path) -> None:
    results = await asyncio.gather(
        *(pipeline.submit(video_id="tides") for _ in range(5)), return_exceptions=True
    )
    accepted = [result for result in results if isinstance(result, str)]
    refused = [result for result in results if isinstance(result, RunInProgressError)]
    assert (len(accepted), len(refused)) == (1, 4)
    assert {error.request_id for error in refused} == set(accepted)


async def test_damaged_video_fails_with_its_cause(pipeline: Pipeline, registered_video: Path) -> None:
    registered_video.write_bytes(registered_video.read_bytes()[:5000])
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, "tides")
        assert video is not None
        await video_db_repository.update(session, video.id, size_bytes=5000, md5=None)

    state = await pipeline.run(video_id="tides")

    assert (state.status, state.current_stage) == ("failed", "audio_extraction")
    assert state.error is not None
    assert "tides.mp4" in state.error.detail
    assert pipeline.files() == {"videos/tides.mp4"}


async def test_stage_timeout(
    pipeline: Pipeline, registered_video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> None:
        await asyncio.sleep(600)

    pipeline = with_resources(
        pipeline, transcriber=ScriptedTranscriber(pipeline.resources.transcriber, never)
    )
    hasty = tuple(
        replace(stage, timeout=Timeout(0.2)) if stage.name == "transcription" else stage for stage in STAGES
    )
    monkeypatch.setitem(STAGES_OF, "moments", hasty)

    state = await pipeline.run(video_id="tides")

    assert state.status == "failed"
    assert state.error is not None
    assert state.error.type == "stage-timeout"
