"""Complete runs of the pipeline on real servers with real models."""

import shutil
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from app.database.session import transaction
from app.media.ffprobe import probe
from app.models.moment import MomentCreate, MomentUpdate
from app.models.pipeline import RunState, StageName
from app.repositories import video_db_repository
from app.services.library.registration import register_video
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.moments.editing import MomentEditingService
from app.services.url_registry import URLRegistry
from tests.fixtures.http_server import serving_files
from tests.fixtures.media import make_video
from tests.fixtures.speech import SENTENCES, make_spoken_video
from tests.services.pipeline.conftest import Pipeline

pytestmark = pytest.mark.slow

LOOPBACK = [IPv4Network("127.0.0.0/8")]


def statuses(state: RunState) -> dict[StageName, str]:
    return {name: stage.status for name, stage in state.stages.items()}


def reasons(state: RunState) -> dict[StageName, str | None]:
    return {name: stage.reason for name, stage in state.stages.items()}


async def register(pipeline: Pipeline, path: Path) -> None:
    await register_video(
        path, identifier=path.stem, uploader=pipeline.resources.uploader, settings=pipeline.settings
    )


async def test_run_creates_transcript_moments_and_clips(pipeline: Pipeline) -> None:
    await register(pipeline, make_spoken_video(pipeline.settings.videos_dir / "tides.mp4"))

    state = await pipeline.run(video_id="tides")

    assert state.status == "completed", state.error
    assert statuses(state) == dict.fromkeys(state.stages, "completed") | {"video_download": "skipped"}
    assert all(stage.percent == 100 for stage in state.stages.values() if stage.status == "completed")
    transcript = await pipeline.resources.documents.transcripts.load_local_first("tides")
    assert transcript is not None
    assert "moon" in transcript.text.lower()
    moments = await pipeline.resources.documents.moments.load_local_first("tides")
    assert moments
    chosen = [moment for moment in moments if not moment.is_refined]
    assert {moment.parent_id for moment in moments if moment.is_refined} == {m.id for m in chosen}
    for moment in chosen:
        clip = pipeline.settings.moment_clips_dir / f"tides_{moment.id}_clip.mp4"
        metadata = await probe(clip, settings=pipeline.settings)
        assert (metadata.video_codec, metadata.audio_codec) == ("h264", "aac")
        assert metadata.duration_seconds == pytest.approx(moment.end_time - moment.start_time, abs=0.1)
    refined = {moment.parent_id: moment for moment in moments if moment.is_refined}
    for moment in chosen:
        assert (refined[moment.id].start_time, refined[moment.id].end_time) == (
            moment.start_time,
            moment.end_time,
        )
    expected = {f"{kind}/tides.json" for kind in ("transcripts", "moments", "chapters")}
    expected |= {"audio/tides/tides.wav"}
    expected |= {f"clips/tides/tides_{moment.id}_clip.mp4" for moment in chosen}
    assert await pipeline.objects() == expected | {"videos/tides/tides.mp4"}
    assert not list(pipeline.settings.work_dir.iterdir())


async def test_existing_results_are_reused(pipeline: Pipeline) -> None:
    await register(pipeline, make_spoken_video(pipeline.settings.videos_dir / "tides.mp4"))
    await pipeline.run(video_id="tides")
    before = {stored.name: stored.generation for stored in await pipeline.resources.uploader.list_objects("")}

    again = await pipeline.run(video_id="tides")

    assert again.status == "completed"
    assert "completed" not in {*statuses(again).values()} - {statuses(again)["audio_upload"]}
    assert reasons(again)["transcription"] == "already transcribed"
    assert reasons(again)["moment_generation"] == "already generated with these options"
    after = {stored.name: stored.generation for stored in await pipeline.resources.uploader.list_objects("")}
    assert after == before

    # A video of an earlier version: the search is repeated for its chapters.
    await pipeline.resources.uploader.delete_object("chapters/tides.json")
    (pipeline.settings.chapters_dir / "tides.json").unlink()
    moments = await pipeline.resources.documents.moments.load_local_first("tides")
    repeated = await pipeline.run(video_id="tides")
    assert statuses(repeated)["moment_generation"] == "completed"
    assert statuses(repeated)["clip_extraction"] == "skipped"
    unrefined = await pipeline.resources.documents.moments.load_local_first("tides") or []
    assert {one.id for one in unrefined} == {one.id for one in moments or ()}
    assert await pipeline.resources.chapters.has_topics("tides")


async def test_changed_lengths_replace_moments_and_clips(
    pipeline: Pipeline,
) -> None:
    await register(pipeline, make_spoken_video(pipeline.settings.videos_dir / "tides.mp4"))
    await pipeline.run(video_id="tides")
    old = {moment.id for moment in await pipeline.resources.documents.moments.load_local_first("tides") or ()}

    state = await pipeline.run(video_id="tides", min_moment_length=3.5)

    assert statuses(state)["transcription"] == "skipped"
    assert statuses(state)["moment_generation"] == "completed"
    moments = await pipeline.resources.documents.moments.load_local_first("tides") or []
    chosen = {moment.id for moment in moments if not moment.is_refined}
    assert chosen != old
    clips = {name for name in await pipeline.objects() if name.startswith("clips/")}
    assert clips == {f"clips/tides/tides_{moment_id}_clip.mp4" for moment_id in chosen}
    assert len(list(pipeline.settings.moment_clips_dir.iterdir())) == len(chosen)


async def test_user_edits_survive_the_next_runs(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    make_spoken_video(pipeline.settings.videos_dir / "tides.mp4", sentences=(*SENTENCES, *BREAD))
    await pipeline.run(video_id="tides", max_moment_length=6, min_moments=2)
    edited_moments = EditedMomentsReader(pipeline.resources.documents.moments)
    uploader, documents = pipeline.resources.uploader, pipeline.resources.documents
    editing = MomentEditingService(documents)
    first, second, *_ = [
        one for one in await edited_moments.load_local_first("tides") or () if not one.is_refined
    ]
    edges = MomentUpdate(start_time=first.start_time, end_time=first.end_time + 1)
    moved = await editing.update("tides", first.id, edges)
    own = await editing.create("tides", MomentCreate(start_time=1, end_time=2.5, title="Mine"))
    await editing.delete("tides", second.id)

    state = await pipeline.run(video_id="tides", max_moment_length=6, min_moments=2, regenerate=True)
    assert state.status == "completed"
    now = {one.id: one for one in await edited_moments.load_local_first("tides") or ()}
    assert now.keys() >= {moved.id, own.id}
    assert not {first.id, second.id} & now.keys()
    # An edited moment gets a clip and is not refined; deleted ones keep theirs.
    assert await uploader.list_clips("tides") >= {moved.id, own.id, first.id, second.id}
    assert all(one.parent_id not in {moved.id, own.id} for one in now.values())

    again = await pipeline.run(video_id="tides", max_moment_length=6, min_moments=2)
    assert {again.stages[name].status for name in CLIP_STAGES} == {"skipped"}

    monkeypatch.setattr("app.ai.moments.extractive.engine.VERSION", "extractive-next")
    later = await pipeline.run(
        video_id="tides", max_moment_length=6, min_moments=2, regenerate=True, stages=["moment_generation"]
    )
    assert statuses(later)["moment_generation"] == "completed"
    generated = await documents.moments.load_authoritative("tides") or []
    assert generated
    assert not {one.id for one in generated} & ({first.id, second.id} | now.keys())
    shown = {one.id: one for one in await edited_moments.load_local_first("tides") or ()}
    assert (shown[moved.id], shown[own.id]) == (now[moved.id], now[own.id])
    deleted_range = (second.start_time, second.end_time)
    assert deleted_range not in {(one.start_time, one.end_time) for one in shown.values()}
    restored = await editing.restore("tides", second.id)
    assert (restored.start_time, restored.is_kept) == (second.start_time, True)


CLIP_STAGES: tuple[StageName, ...] = ("clip_extraction", "clip_upload", "moment_refinement")
BREAD = (
    "Bread wants flour, water and salt.",
    "Yeast breathes gas into the dough.",
    "A hot oven sets the crust in the end.",
)


async def test_second_machine_works_from_the_bucket(pipeline: Pipeline, second_machine: Pipeline) -> None:
    original = make_spoken_video(pipeline.settings.videos_dir / "tides.mp4")
    await register(pipeline, original)
    shutil.rmtree(pipeline.settings.static_path)

    state = await second_machine.run(video_id="tides")

    assert state.status == "completed", state.error
    assert {name.split("/")[0] for name in second_machine.files()} == {
        *("audios", "transcripts", "moments", "chapters", "moment_clips")
    }


async def test_second_machine_completes_a_run(pipeline: Pipeline, second_machine: Pipeline) -> None:
    await register(pipeline, make_spoken_video(pipeline.settings.videos_dir / "tides.mp4"))
    await pipeline.run(video_id="tides")
    for moment_clip in pipeline.settings.moment_clips_dir.iterdir():
        await pipeline.resources.uploader.delete_prefix("clips/tides/")
        moment_clip.unlink()

    state = await second_machine.run(video_id="tides")

    assert state.status == "completed", state.error
    assert reasons(state)["transcription"] == "already transcribed"
    assert reasons(state)["audio_extraction"] == "already in the bucket"
    assert statuses(state)["clip_extraction"] == "completed"
    assert not (second_machine.settings.audios_dir / "tides.wav").exists()


async def test_newer_moments_in_the_bucket_win(pipeline: Pipeline, second_machine: Pipeline) -> None:
    await register(pipeline, make_spoken_video(pipeline.settings.videos_dir / "tides.mp4"))
    await pipeline.run(video_id="tides")
    await second_machine.run(video_id="tides", max_moment_length=6)
    newer = await second_machine.resources.documents.moments.load_local_first("tides")

    assert await pipeline.resources.documents.moments.load_local_first("tides") != newer
    assert await pipeline.resources.documents.moments.load_authoritative("tides") == newer


async def test_video_without_audio_skips_all_stages(pipeline: Pipeline) -> None:
    await register(pipeline, make_video(pipeline.settings.videos_dir / "mute.mp4", audio=False))

    state = await pipeline.run(video_id="mute")

    assert state.status == "completed"
    assert set(statuses(state).values()) == {"skipped"}
    no_audio = "the video has no audio track"
    assert reasons(state)["audio_extraction"] == reasons(state)["transcription"] == no_audio
    assert reasons(state)["moment_generation"] == "no transcript"
    assert reasons(state)["clip_extraction"] == "no moments"


async def test_video_without_speech_names_the_reason(pipeline: Pipeline) -> None:
    await register(pipeline, make_video(pipeline.settings.videos_dir / "tone.mp4", seconds=3))

    state = await pipeline.run(video_id="tone")

    assert state.status == "completed", state.error
    assert statuses(state)["transcription"] == "completed"
    assert statuses(state)["moment_generation"] == "skipped"
    assert reasons(state)["moment_generation"]
    assert await pipeline.resources.documents.moments.load_local_first("tone") == []


async def test_unregistered_local_file_is_registered(pipeline: Pipeline) -> None:
    make_video(pipeline.settings.videos_dir / "new.mov", audio=False)

    state = await pipeline.run(video_id="new")

    assert statuses(state)["video_download"] == "completed"
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, "new")
    assert row is not None
    assert row.cloud_url.endswith("/videos/new/new.mov")


async def test_link_is_downloaded_once(make_pipeline: Callable[..., Pipeline], tmp_path: Path) -> None:
    pipeline = make_pipeline(video_download_allowed_networks=LOOPBACK)
    make_video(tmp_path / "A Talk.mp4", audio=False)
    with serving_files(tmp_path) as server:
        state = await pipeline.run(video_url=f"{server.address}/A%20Talk.mp4?utm_source=x")
        asked = len(server.requests)
        again = await pipeline.run(video_url=f"{server.address}/A%20Talk.mp4")
        assert len(server.requests) == asked

        forced = await pipeline.run(video_url=f"{server.address}/A%20Talk.mp4", force_download=True)
        assert len(server.requests) > asked

    address = f"{server.address}/A%20Talk.mp4"
    assert (state.video_id, state.status, state.source_url) == ("a-talk", "completed", address)
    assert statuses(state)["video_download"] == "completed"
    assert (again.video_id, statuses(again)["video_download"]) == ("a-talk", "skipped")
    assert reasons(again)["video_download"] == "already in the library as 'a-talk'"
    assert forced.video_id.startswith("a-talk-")
    assert statuses(forced)["video_download"] == "completed"
    assert (pipeline.settings.videos_dir / "a-talk.mp4").read_bytes() == (
        tmp_path / "A Talk.mp4"
    ).read_bytes()
    assert "videos/a-talk/a-talk.mp4" in await pipeline.objects()
    entry = URLRegistry(pipeline.settings.url_registry_file).lookup_by_url(address)
    assert entry is not None
    async with transaction() as session:
        rows = await video_db_repository.list_all(session)
    assert {row.identifier for row in rows} == {"a-talk", forced.video_id}
    assert {row.source_url for row in rows} == {address}


async def test_unwritable_url_registry_fails_no_run(
    make_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    pipeline = make_pipeline(video_download_allowed_networks=LOOPBACK)
    make_video(tmp_path / "talk.mp4", audio=False)
    pipeline.settings.url_registry_file.mkdir()
    with serving_files(tmp_path) as server:
        state = await pipeline.run(video_url=f"{server.address}/talk.mp4")

    assert state.status == "completed", state.error


async def test_failed_download_can_be_retried(make_pipeline: Callable[..., Pipeline], tmp_path: Path) -> None:
    pipeline = make_pipeline(video_download_allowed_networks=LOOPBACK)
    with serving_files(tmp_path) as server:
        state = await pipeline.run(video_url=f"{server.address}/talk.mp4")
        assert (state.status, state.current_stage) == ("failed", "video_download")
        error = state.stages["video_download"].error
        assert error is not None
        assert error == state.error
        assert (error.type, error.retryable) == ("source-refused", False)
        assert "404" in error.detail
        assert pipeline.files() == set()

        make_video(tmp_path / "talk.mp4", audio=False)
        retried = await pipeline.run_service.retry("talk")
        assert (retried.status, retried.request_id, retried.error) == ("queued", state.request_id, None)
        state = await pipeline.work(state.request_id)
    assert state.status == "completed", state.error


async def test_other_objects_are_not_served(pipeline: Pipeline, tmp_path: Path) -> None:
    """The bytes of an object that is not a video must not reach the folder of videos."""
    (tmp_path / "talk.mp4").write_text("passwords")
    await pipeline.resources.uploader.store(tmp_path / "talk.mp4", "backups/talk.mp4")
    state = await pipeline.run(video_url=f"gs://{pipeline.settings.gcs_bucket_name}/backups/talk.mp4")
    assert (state.status, state.current_stage) == ("failed", "video_download")
    assert state.error is not None
    assert state.error.type == "not-a-video"
    assert pipeline.files() == set()


async def test_private_address_is_rejected(pipeline: Pipeline, tmp_path: Path) -> None:
    make_video(tmp_path / "talk.mp4", audio=False)
    with serving_files(tmp_path) as server:
        state = await pipeline.run(video_url=f"{server.address}/talk.mp4")
        assert server.requests == []
    assert state.status == "failed"
    assert state.error is not None
    assert state.error.type == "address-refused"


async def test_id_taken_meanwhile_is_a_conflict(
    make_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    pipeline = make_pipeline(video_download_allowed_networks=LOOPBACK)
    with serving_files(tmp_path) as server:
        request_id = await pipeline.submit(video_url=f"{server.address}/talk.mp4")
        await register(pipeline, make_video(pipeline.settings.videos_dir / "talk.mp4", audio=False))
        state = await pipeline.work(request_id)
    assert state.status == "failed"
    assert state.error is not None
    assert state.error.type == "identifier-conflict"


async def test_runs_without_redis(make_pipeline: Callable[..., Pipeline]) -> None:
    pipeline = make_pipeline(redis_port=1)
    await register(pipeline, make_video(pipeline.settings.videos_dir / "mute.mp4", audio=False))

    state = await pipeline.run(video_id="mute")

    assert state.status == "completed"


async def test_signature_of_a_link_is_used_but_not_kept(
    make_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    pipeline = make_pipeline(video_download_allowed_networks=LOOPBACK)
    make_video(tmp_path / "talk.mp4", audio=False)
    with serving_files(tmp_path) as server:
        signed = f"{server.address}/talk.mp4?X-Goog-Signature=abc&X-Goog-Expires=60"
        request_id = await pipeline.submit(video_url=signed)
        assert (await pipeline.row(request_id)).fetch_url == signed
        state = await pipeline.work(request_id)
        again = await pipeline.run(video_url=f"{server.address}/talk.mp4?X-Goog-Signature=another")

    assert state.status == "completed", state.error
    assert state.source_url == f"{server.address}/talk.mp4"
    assert "X-Goog-Signature=abc" in server.requests[0]
    assert statuses(again)["video_download"] == "skipped"
    assert "X-Goog" not in state.model_dump_json() + again.model_dump_json()
    for run in (state, again):
        assert (await pipeline.row(run.request_id)).fetch_url is None
