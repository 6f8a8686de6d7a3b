"""Worker processes that make playback copies beside other runs."""

import asyncio
import os
import shlex
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from app.core.config import Settings
from app.media.binaries import find_ffmpeg
from app.media.limits import LOWEST_PRIORITY
from app.models.pipeline import RunKind, RunState
from tests.fixtures.library import Library
from tests.services.pipeline.conftest import Pipeline, until
from tests.services.pipeline.test_playback_runs import OBJECT, add_video, copies, playback
from tests.services.pipeline.test_worker import TIMEOUT_SECONDS, Workers

pytestmark = pytest.mark.slow


@pytest.fixture
async def workers(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workers]:
    monkeypatch.setenv("WORKER_HEARTBEAT_SECONDS", "0.5")
    monkeypatch.setenv("WORKER_STALLED_AFTER_SECONDS", "3")
    monkeypatch.setenv("WORKER_CONCURRENCY", "1")
    made = Workers()
    yield made
    await made.end()


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make every copy wait until this file exists; other uses of FFmpeg are not delayed."""
    opened, program = tmp_path / "open", tmp_path / "ffmpeg"
    program.write_text(
        f"""#!/bin/sh
case "$*" in */playback/*) while [ ! -e {shlex.quote(str(opened))} ]; do sleep 0.05; done;; esac
exec {shlex.quote(str(find_ffmpeg(Settings())))} "$@"
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("FFMPEG_PATH", str(program))
    return opened


async def state_when(
    pipeline: Pipeline, condition: Callable[[RunState], bool], *, video: str = "film", kind: RunKind
) -> RunState:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not condition(state := await pipeline.run_reader.state(video, kind)):
            await asyncio.sleep(0.05)
    return state


def copying(state: RunState) -> bool:
    return state.stages["playback_copy"].status == "processing"


def ended(state: RunState) -> bool:
    return not state.is_active


def priorities(pid: int) -> list[int]:
    """Return the niceness of the processes that the worker has started."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found.append(child.nice())
    return found


async def until_ready(pipeline: Pipeline, video: str) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while (shown := await playback(pipeline, video)).state != "ready":
            assert shown.state != "failed", shown.reason
            await asyncio.sleep(0.1)


async def test_two_workers_make_each_copy_once(
    pipeline: Pipeline, workers: Workers, library: Library
) -> None:
    names = [f"film-{number}" for number in range(4)]
    for name in names:
        await add_video(pipeline, f"{name}.avi")
    for _ in range(2):
        await workers.start()

    for name in names:
        await until_ready(pipeline, name)

    for name in names:
        (run,) = await pipeline.run_reader.history(name, "playback")
        assert (run.status, run.stages["playback_copy"].attempts) == ("completed", 1)
    assert {name for name in library.objects() if name.startswith("playback/")} == {
        f"playback/{name}/{name}.mp4" for name in names
    }


async def test_killed_worker_is_taken_over(pipeline: Pipeline, workers: Workers, gate: Path) -> None:
    first = await workers.start()
    await add_video(pipeline)
    queued = await copies(pipeline).request("film")
    await state_when(pipeline, copying, kind="playback")
    first.kill()
    await first.wait()
    gate.touch()
    await workers.start()

    state = await state_when(pipeline, ended, kind="playback")

    assert (state.status, state.request_id) == ("completed", queued.request_id)
    assert state.stages["playback_copy"].attempts == 2
    assert (await pipeline.row(queued.request_id)).takeovers == 1
    assert OBJECT in await pipeline.objects()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while list(pipeline.settings.work_dir.iterdir()):
            await asyncio.sleep(0.05)


async def test_copy_delays_no_later_run(pipeline: Pipeline, workers: Workers, gate: Path) -> None:
    worker = await workers.start()
    await add_video(pipeline)
    await add_video(pipeline, "talk.mp4", audio=False)
    await copies(pipeline).request("film")
    await until(lambda: LOWEST_PRIORITY in priorities(worker.pid))

    await pipeline.submit(video_id="talk")

    assert (await state_when(pipeline, ended, video="talk", kind="moments")).status == "completed"
    # States are published with a delay; the gate keeps the copy from ending.
    await state_when(pipeline, copying, kind="playback")
    gate.touch()
    assert (await state_when(pipeline, ended, kind="playback")).status == "completed"


async def test_workers_count_once(pipeline: Pipeline, workers: Workers, library: Library) -> None:
    for _ in range(2):
        await workers.start()
    await add_video(pipeline)
    await until_ready(pipeline, "film")
    with library.connection() as connection:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while connection.execute("SELECT count(*) FROM procrastinate_workers").fetchone() != (2,):
                connection.rollback()
                await asyncio.sleep(0.05)
    workers.processes[0].terminate()
    assert await workers.processes[0].wait() == 0
    with library.connection() as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate_workers").fetchone() == (1,)


async def test_deletion_during_the_copy_leaves_nothing(
    pipeline: Pipeline, workers: Workers, library: Library, gate: Path
) -> None:
    await workers.start()
    await add_video(pipeline)
    await copies(pipeline).request("film")
    await state_when(pipeline, copying, kind="playback")
    library.execute("DELETE FROM videos")
    await pipeline.run_service.delete_runs("film")

    async with asyncio.timeout(TIMEOUT_SECONDS):
        while list(pipeline.settings.work_dir.iterdir()):
            await asyncio.sleep(0.05)
    assert OBJECT not in library.objects()


async def test_stopped_worker_queues_the_copy_again(pipeline: Pipeline, workers: Workers, gate: Path) -> None:
    worker = await workers.start()
    await add_video(pipeline)
    await copies(pipeline).request("film")
    await state_when(pipeline, copying, kind="playback")
    worker.terminate()
    assert await worker.wait() == 0

    state = await pipeline.run_reader.state("film", "playback")

    assert state.status == "queued"
    assert (await playback(pipeline)).state == "queued"
    assert os.listdir(pipeline.settings.work_dir) == []  # noqa: PTH208 - names only
