"""Worker processes that are stopped in every way while processing runs."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from app.core.clock import utc_now
from app.core.config import BACKEND_DIR
from app.database.session import transaction
from app.models.pipeline import RunState
from app.repositories import moment_edit_repository, video_db_repository
from app.services.library.registration import register_video
from tests.fixtures.media import ffmpeg, make_video
from tests.fixtures.speech import make_spoken_video
from tests.services.pipeline.conftest import Pipeline

pytestmark = pytest.mark.slow

TIMEOUT_SECONDS = 120.0


class Workers:
    """Starts workers, and kills those that a test leaves running."""

    def __init__(self) -> None:
        self.processes: list[asyncio.subprocess.Process] = []

    async def start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", "worker"),
            cwd=BACKEND_DIR,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    async def end(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.fixture
async def workers(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workers]:
    monkeypatch.setenv("WORKER_HEARTBEAT_SECONDS", "0.5")
    monkeypatch.setenv("WORKER_STALLED_AFTER_SECONDS", "3")
    made = Workers()
    yield made
    await made.end()


@pytest.fixture
async def registered_video(pipeline: Pipeline) -> Path:
    path = make_spoken_video(pipeline.settings.videos_dir / "tides.mp4")
    await register_video(
        path, identifier="tides", uploader=pipeline.resources.uploader, settings=pipeline.settings
    )
    return path


async def state_when(pipeline: Pipeline, video_id: str, condition: Callable[[RunState], bool]) -> RunState:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not condition(state := await pipeline.run_reader.state(video_id)):
            await asyncio.sleep(0.05)
    return state


def transcribing(state: RunState) -> bool:
    return state.stages["transcription"].status == "processing"


def ended(state: RunState) -> bool:
    return not state.is_active


async def test_killed_worker_is_taken_over_at_its_stage(
    pipeline: Pipeline, workers: Workers, registered_video: Path
) -> None:
    first = await workers.start()
    request_id = await pipeline.submit(video_id="tides")
    await state_when(pipeline, "tides", transcribing)
    second = await workers.start()
    first.kill()

    state = await state_when(pipeline, "tides", ended)

    assert state.status == "completed", state.error
    row = await pipeline.row(request_id)
    assert row.takeovers == 1
    assert state.stages["audio_extraction"].attempts == 1
    assert state.stages["transcription"].attempts == 2
    async with transaction() as session:
        assert [video.identifier for video in await video_db_repository.list_all(session)] == ["tides"]
    moments = await pipeline.resources.documents.moments.load_local_first("tides") or []
    chosen = {moment.id for moment in moments if not moment.is_refined}
    clips = {name for name in await pipeline.objects() if name.startswith("clips/")}
    assert clips == {f"clips/tides/tides_{moment_id}_clip.mp4" for moment_id in chosen}
    assert len(await pipeline.run_reader.history("tides")) == 1
    assert second.returncode is None


async def test_restarted_worker_recovers_its_run(
    pipeline: Pipeline, workers: Workers, registered_video: Path
) -> None:
    first = await workers.start()
    await pipeline.submit(video_id="tides", stages=["transcription"], language="en")
    await state_when(pipeline, "tides", transcribing)
    first.kill()
    await first.wait()
    assert list(pipeline.settings.work_dir.iterdir())  # left by the killed process

    await workers.start()

    state = await state_when(pipeline, "tides", ended)
    assert state.status == "completed"
    assert (state.options.stages, state.options.language) == (["transcription"], "en")
    assert state.stages["transcription"].status == "completed"
    assert state.stages["moment_generation"].status == "skipped"
    assert not list(pipeline.settings.work_dir.iterdir())


async def test_stopped_worker_releases_its_run(
    pipeline: Pipeline, workers: Workers, registered_video: Path
) -> None:
    first = await workers.start()
    request_id = await pipeline.submit(video_id="tides")
    await state_when(pipeline, "tides", transcribing)
    first.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(first.wait(), TIMEOUT_SECONDS) == 0

    row = await pipeline.row(request_id)
    assert row.status in {"queued", "completed"}  # a run that is about to end completes
    assert row.takeovers == 0
    assert not list(pipeline.settings.work_dir.iterdir())
    await workers.start()
    assert (await state_when(pipeline, "tides", ended)).status == "completed"


async def test_worker_stops_while_its_database_is_silent(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("DATABASE_URL", f"postgresql://user:secret@{address}/library")
        worker = await workers.start()
        connection, _ = await asyncio.wait_for(
            asyncio.get_running_loop().sock_accept(silent), TIMEOUT_SECONDS
        )
        with connection:
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(worker.wait(), TIMEOUT_SECONDS) == 0


async def test_suspended_worker_loses_its_run(
    pipeline: Pipeline, workers: Workers, registered_video: Path
) -> None:
    first = await workers.start()
    await pipeline.submit(video_id="tides")
    await state_when(pipeline, "tides", transcribing)
    os.killpg(first.pid, signal.SIGSTOP)
    await workers.start()
    state = await state_when(pipeline, "tides", ended)
    assert state.status == "completed"

    os.killpg(first.pid, signal.SIGCONT)
    make_video(pipeline.settings.videos_dir / "mute.mp4", audio=False)
    await pipeline.submit(video_id="mute")
    assert (await state_when(pipeline, "mute", ended)).status == "completed"
    await asyncio.sleep(3)
    assert first.returncode is None
    assert await pipeline.run_reader.state("tides") == state


async def test_cancel_stops_ffmpeg_and_leaves_no_partial_file(pipeline: Pipeline, workers: Workers) -> None:
    scene = make_video(pipeline.settings.videos_dir.parent / "scene.mp4", seconds=30, fps=1, size="64x36")
    path = pipeline.settings.videos_dir / "long.mp4"
    ffmpeg("-stream_loop", "99", "-i", scene, "-c", "copy", path)
    scene.unlink()
    await register_video(
        path, identifier="long", uploader=pipeline.resources.uploader, settings=pipeline.settings
    )
    worker = await workers.start()
    await pipeline.submit(video_id="long")
    await state_when(pipeline, "long", lambda state: state.current_stage is not None)

    requested = await pipeline.run_service.cancel("long")
    state = await state_when(pipeline, "long", ended)

    assert requested.status in {"processing", "cancelled"}
    assert state.status == "cancelled"
    assert not [child.name() for child in psutil.Process(worker.pid).children() if "ffmpeg" in child.name()]
    assert pipeline.files() <= {"videos/long.mp4", "audios/long.wav"}


async def test_two_workers_share_several_runs(pipeline: Pipeline, workers: Workers) -> None:
    names = [f"mute-{number}" for number in range(6)]
    for name in names:
        make_video(pipeline.settings.videos_dir / f"{name}.mp4", audio=False)
        await pipeline.submit(video_id=name)
    await workers.start()
    await workers.start()
    for name in names:
        assert (await state_when(pipeline, name, ended)).status == "completed"


async def test_run_survives_dropped_database_connections(
    pipeline: Pipeline, workers: Workers, registered_video: Path
) -> None:
    """Drop all connections several times, as a restart of PostgreSQL does."""
    worker = await workers.start()
    await pipeline.submit(video_id="tides")
    await state_when(pipeline, "tides", lambda state: state.status == "processing")
    for _ in range(3):
        async with transaction() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND usename = current_user"
                    " AND pid <> pg_backend_pid()"
                )
            )
        await asyncio.sleep(1)

    state = await state_when(pipeline, "tides", ended)

    assert state.status == "completed", state.error
    assert worker.returncode is None


async def test_worker_purges_old_deleted_moments(pipeline: Pipeline, workers: Workers) -> None:
    old, new = "0" * 15 + "1", "0" * 15 + "2"
    for moment_id in (old, new):
        clip = pipeline.settings.moment_clips_dir / f"tides_{moment_id}_clip.mp4"
        clip.parent.mkdir(exist_ok=True)
        clip.write_bytes(b"clip")
        await pipeline.resources.uploader.upload_clip(clip, "tides", moment_id)
    moment = {"id": old, "start_time": 0, "end_time": 5, "title": "Tides", "score": 5}
    async with transaction() as session:
        await moment_edit_repository.upsert(
            session, "tides", old, moment, is_deleted=True, deleted_at=utc_now() - timedelta(days=31)
        )
        await moment_edit_repository.upsert(
            session, "tides", new, moment | {"id": new}, is_deleted=True, deleted_at=utc_now()
        )
    await workers.start()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while await pipeline.resources.uploader.list_clips("tides") != {new}:
            await asyncio.sleep(0.1)
        while True:
            async with transaction() as session:
                if await moment_edit_repository.find_restorable(session, "tides") == {new}:
                    break
            await asyncio.sleep(0.05)
    assert [path.name for path in pipeline.settings.moment_clips_dir.iterdir()] == [f"tides_{new}_clip.mp4"]
