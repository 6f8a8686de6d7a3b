"""Runs of playback copies, beside runs that find moments."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.exceptions import (
    PlaybackCopiesOffError,
    RunNotFoundError,
    RunStateError,
    VideoNotFoundError,
)
from app.database.session import transaction
from app.media import ffprobe
from app.models.pipeline import RunState
from app.models.playback import Playback
from app.repositories import pipeline_run_repository as runs, video_db_repository
from app.services.library.registration import register_video
from app.services.pipeline import playback_runs, playback_stages
from app.services.pipeline.playback_runs import PlaybackRuns
from tests.fixtures.library import Library
from tests.fixtures.media import make_video
from tests.services.pipeline.conftest import Pipeline, until

OBJECT = "playback/film/film.mp4"


def copies(pipeline: Pipeline) -> PlaybackRuns:
    return PlaybackRuns(pipeline.settings, pipeline.queue, pipeline.status_store, pipeline.run_reader)


async def add_video(pipeline: Pipeline, name: str = "film.avi", **properties: object) -> Path:
    path = pipeline.settings.videos_dir / name
    make_video(path, seconds=1, size="160x90", **properties)  # type: ignore[arg-type]
    await register_video(
        path, identifier=path.stem, uploader=pipeline.resources.uploader, settings=pipeline.settings
    )
    return path


async def playback(pipeline: Pipeline, video_id: str = "film") -> Playback:
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, video_id)
    assert video is not None
    return await copies(pipeline).describe(video)


async def make_copy(pipeline: Pipeline, video_id: str = "film") -> RunState:
    queued = await copies(pipeline).request(video_id)
    await pipeline.runner(queued.request_id, lambda: False)
    return await pipeline.run_reader.state(video_id, "playback")


def statuses(state: RunState) -> dict[str, str]:
    return {name: stage.status for name, stage in state.stages.items()}


async def test_copy_is_made_and_stored(pipeline: Pipeline, library: Library, tmp_path: Path) -> None:
    await add_video(pipeline)
    before = await playback(pipeline)
    assert (before.source, before.state) == ("copy", "queued")
    assert before.reason == "Browsers cannot play MPEG-4 Part 2 video."

    state = await make_copy(pipeline)

    assert state.status == "completed", state.error
    assert (state.kind, state.title) == ("playback", "Film")
    assert statuses(state) == {"playback_copy": "completed", "playback_upload": "completed"}
    after = await playback(pipeline)
    assert (after.source, after.state, after.percent) == ("copy", "ready", 100)
    assert after.url == "/api/videos/film/playback"
    copy = tmp_path / "copy.mp4"
    await pipeline.resources.uploader.download(OBJECT, copy)
    assert (await ffprobe.probe(copy, settings=pipeline.settings)).video_codec == "h264"
    assert library.rows()["film"]["media"]["playback_bytes"] == copy.stat().st_size
    assert pipeline.files() == {"videos/film.avi"}
    assert not list(pipeline.settings.work_dir.iterdir())


async def test_copy_is_not_made_of_another_video_of_the_same_size(pipeline: Pipeline, tmp_path: Path) -> None:
    path = await add_video(pipeline)
    other = make_video(tmp_path / "other.avi", seconds=1, size="128x72").read_bytes()
    path.write_bytes(other.ljust(path.stat().st_size, b"\0"))
    os.utime(path, (1, 1))
    assert (await make_copy(pipeline)).status == "completed"
    copy = tmp_path / "copy.mp4"
    await pipeline.resources.uploader.download(OBJECT, copy)
    assert (await ffprobe.probe(copy, settings=pipeline.settings)).resolution == "160x90"


async def test_original_that_plays_gets_no_copy(pipeline: Pipeline) -> None:
    await add_video(pipeline, "film.mp4")
    assert (await playback(pipeline)).url == "/api/videos/film/stream"

    await copies(pipeline).queue_missing()

    with pytest.raises(RunNotFoundError):
        await pipeline.run_reader.state("film", "playback")
    assert (await playback(pipeline)).source == "original"


async def test_request_forces_a_copy_of_an_original_that_plays(pipeline: Pipeline) -> None:
    await add_video(pipeline, "film.mp4")
    state = await make_copy(pipeline)
    assert (state.status, state.options.regenerate) == ("completed", True)
    assert (await playback(pipeline)).source == "copy"
    assert OBJECT in await pipeline.objects()


async def test_cancelled_request_is_forced_again(pipeline: Pipeline) -> None:
    await add_video(pipeline, "film.mp4")
    await copies(pipeline).request("film")
    await pipeline.run_service.cancel("film", "playback")
    assert (await playback(pipeline)).state == "failed"
    assert (await make_copy(pipeline)).options.regenerate
    assert (await playback(pipeline)).state == "ready"


async def test_probe_of_the_file_overrides_the_row(pipeline: Pipeline, library: Library) -> None:
    await add_video(pipeline, "film.mp4")
    library.execute("UPDATE videos SET playback_state = 'needed'")
    await copies(pipeline).queue_missing()
    queued = await pipeline.run_reader.state("film", "playback")

    await pipeline.runner(queued.request_id, lambda: False)

    state = await pipeline.run_reader.state("film", "playback")
    assert state.status == "completed"
    assert statuses(state) == {"playback_copy": "skipped", "playback_upload": "skipped"}
    assert state.stages["playback_upload"].reason == playback_stages.PLAYS_EVERYWHERE
    assert (await playback(pipeline)).source == "original"
    assert OBJECT not in await pipeline.objects()


async def test_copy_that_exists_is_not_made_again(pipeline: Pipeline, library: Library) -> None:
    await add_video(pipeline)
    await make_copy(pipeline)
    stored = library.objects()[OBJECT]

    state = await make_copy(pipeline)

    assert statuses(state) == {"playback_copy": "skipped", "playback_upload": "skipped"}
    assert library.objects()[OBJECT].generation == stored.generation
    library.remove(OBJECT)
    assert statuses(await make_copy(pipeline))["playback_upload"] == "completed"
    assert OBJECT in library.objects()


async def test_both_kinds_run_at_once_and_end_apart(pipeline: Pipeline, library: Library) -> None:
    await add_video(pipeline)
    moments = await pipeline.submit(video_id="film")
    queued = await copies(pipeline).request("film")
    assert (await copies(pipeline).request("film")).request_id == queued.request_id

    await pipeline.run_service.cancel("film")

    assert (await pipeline.run_reader.state("film")).request_id == moments
    assert (await pipeline.run_reader.state("film")).status == "cancelled"
    assert (await pipeline.run_reader.state("film", "playback")).status == "queued"
    await pipeline.runner(queued.request_id, lambda: False)
    assert [run.request_id for run in await pipeline.run_reader.history("film")] == [moments]
    history = await pipeline.run_reader.history("film", "playback")
    assert [run.request_id for run in history] == [queued.request_id]
    assert [run.request_id for run in await pipeline.status_store.history("film")] == [moments]


async def test_subscribers_receive_their_own_kind(pipeline: Pipeline) -> None:
    await add_video(pipeline)
    await pipeline.submit(video_id="film")
    queued = await copies(pipeline).request("film")
    seen: list[RunState] = []

    async def follow() -> None:
        async for state in pipeline.run_reader.subscribe("film", "playback"):
            seen.append(state)  # noqa: PERF401 - the test reads the list while it grows

    following = asyncio.create_task(follow())
    await until(lambda: seen)
    await pipeline.run_service.cancel("film")
    await pipeline.runner(queued.request_id, lambda: False)
    await asyncio.wait_for(following, 30)
    assert {state.kind for state in seen} == {"playback"}
    assert seen[-1].status == "completed"


async def test_failed_copy_waits_for_a_request(pipeline: Pipeline, library: Library) -> None:
    path = await add_video(pipeline)
    path.unlink()
    library.put("videos/film/film.avi", b"not a video" * 100)
    state = await make_copy(pipeline)
    assert (state.status, state.current_stage) == ("failed", "playback_copy")
    assert state.error is not None

    shown = await playback(pipeline)
    assert (shown.source, shown.state, shown.reason) == ("copy", "failed", state.error.detail)
    await copies(pipeline).queue_missing()
    assert (await pipeline.run_reader.state("film", "playback")).request_id == state.request_id

    retried = await pipeline.run_service.retry("film", "playback")
    assert retried.request_id == state.request_id
    assert (await playback(pipeline)).state == "queued"


async def test_cancelled_copy_is_not_queued_again(pipeline: Pipeline) -> None:
    await add_video(pipeline)
    await copies(pipeline).queue_missing()
    await pipeline.run_service.cancel("film", "playback")

    await copies(pipeline).queue_missing()

    shown = await playback(pipeline)
    assert (shown.state, shown.reason) == ("failed", "The playback copy was cancelled.")
    assert (await pipeline.run_reader.state("film", "playback")).status == "cancelled"
    with pytest.raises(RunStateError):
        await pipeline.run_service.cancel("film", "playback")


@pytest.mark.parametrize(("mode", "state"), [("on_demand", "failed"), ("off", "ready")])
async def test_settings_prevent_automatic_copies(
    make_pipeline: Callable[..., Pipeline], mode: str, state: str
) -> None:
    pipeline = make_pipeline(playback_copies=mode)
    await add_video(pipeline)

    await copies(pipeline).queue_missing()

    with pytest.raises(RunNotFoundError):
        await pipeline.run_reader.state("film", "playback")
    shown = await playback(pipeline)
    assert shown.state == state
    assert shown.reason is not None
    assert shown.reason.startswith("Browsers cannot play MPEG-4 Part 2 video.")
    if mode == "off":
        with pytest.raises(PlaybackCopiesOffError):
            await copies(pipeline).request("film")
    else:
        assert (await make_copy(pipeline)).status == "completed"


async def test_unknown_video_has_no_copy(pipeline: Pipeline) -> None:
    with pytest.raises(VideoNotFoundError):
        await copies(pipeline).request("missing")


async def test_search_of_two_workers_queues_each_video_once(
    pipeline: Pipeline, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback_runs, "MAX_QUEUED", 3)
    monkeypatch.setattr(playback_runs, "SEARCH_BATCH", 4)
    for number in range(6):
        library.execute(
            "INSERT INTO videos (identifier, cloud_url, video_codec) VALUES (%s, %s, %s)",
            f"old-{number}",
            f"gs://b/videos/old-{number}/old-{number}.avi",
            "h264" if number == 0 else "mpeg4",
        )
    library.execute(
        "UPDATE videos SET cloud_url = 'gs://b/videos/old-0/old-0.mp4' WHERE identifier = 'old-0'"
    )

    for _ in range(3):
        await asyncio.gather(*(copies(pipeline).queue_missing() for _ in range(4)))

    async with transaction() as session:
        active = await runs.list_active(session)
    assert [row.video_identifier for row in active] == ["old-1", "old-2", "old-3"]
    states = {name: row["playback_state"] for name, row in library.rows().items()}
    assert states == {"old-0": "original", **{f"old-{n}": "needed" for n in range(1, 6)}}

    await pipeline.run_service.cancel("old-1", "playback")
    await copies(pipeline).queue_missing()
    assert (await pipeline.run_reader.state("old-4", "playback")).status == "queued"


async def test_requested_copy_comes_first(pipeline: Pipeline, library: Library) -> None:
    for name in ("a", "b"):
        library.execute(
            "INSERT INTO videos (identifier, cloud_url, video_codec) VALUES (%s, %s, 'mpeg4')",
            name,
            f"gs://b/videos/{name}/{name}.avi",
        )
    await copies(pipeline).queue_missing()
    await copies(pipeline).request("b")
    jobs = """SELECT lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id"""
    with library.connection() as connection:
        assert [lock for (lock,) in connection.execute(jobs)] == ["playback:b", "playback:a"]
    async with transaction() as session:
        jobs_of_runs = await runs.list_active_jobs(session)
    with library.connection() as connection:
        ids = {
            job_id
            for (job_id,) in connection.execute("SELECT id FROM procrastinate_jobs WHERE status = 'todo'")
        }
    assert {job_id for _, job_id in jobs_of_runs} == ids


async def test_replaced_original_is_not_marked_ready(
    pipeline: Pipeline, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_video(pipeline)
    store = pipeline.resources.uploader.store

    async def replace_then_store(*arguments: object, **options: object) -> object:
        library.execute("UPDATE videos SET md5 = %s", "0" * 32)
        return await store(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline.resources.uploader, "store", replace_then_store)
    state = await make_copy(pipeline)
    assert state.error is not None
    assert (state.status, state.error.type) == ("failed", "original-replaced")
    assert (await playback(pipeline)).state == "failed"


async def test_video_deleted_during_the_upload_leaves_no_object(
    pipeline: Pipeline, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_video(pipeline)
    store = pipeline.resources.uploader.store

    async def store_then_delete(*arguments: object, **options: object) -> object:
        stored = await store(*arguments, **options)  # type: ignore[arg-type]
        library.execute("DELETE FROM videos")
        await pipeline.run_service.delete_runs("film")
        return stored

    monkeypatch.setattr(pipeline.resources.uploader, "store", store_then_delete)
    queued = await copies(pipeline).request("film")
    await pipeline.runner(queued.request_id, lambda: False)

    assert OBJECT not in library.objects()
    with pytest.raises(RunNotFoundError):
        await pipeline.run_reader.state("film", "playback")
