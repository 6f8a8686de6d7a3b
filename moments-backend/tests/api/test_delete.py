"""`DELETE /api/videos/{video_id}`."""

import asyncio
import logging
from pathlib import Path

import httpx
import pytest

from app.core.config import Settings
from app.database.session import transaction
from app.repositories import pipeline_run_repository
from tests.api.conftest import running
from tests.api.support.rows import add_row, problem, video_path
from tests.api.support.runs import TOKEN, add_run, jobs, live_status, run_rows, shown
from tests.fixtures.library import Library

MOMENT = "0123456789abcdef"
FOLDERS = ("videos", "audio", "clips", "playback", "storyboards", "thumbnails", "captions", "exports")
"""Prefixes of the objects that have a folder of their own for each video."""
NAMES = ["talk", "talk-2", "talkative", "tal"]


def derived(settings: Settings, identifier: str) -> list[Path]:
    return [
        settings.audios_dir / f"{identifier}.wav",
        settings.transcripts_dir / f"{identifier}.json",
        settings.moments_dir / f"{identifier}.json",
        settings.thumbnails_dir / f"{identifier}.jpg",
        settings.captions_dir / identifier / "en.vtt",
        settings.moment_clips_dir / f"{identifier}_{MOMENT}_clip.mp4",
    ]


def objects(identifier: str) -> set[str]:
    return {
        f"videos/{identifier}/{identifier}.mp4",
        f"audio/{identifier}/{identifier}.wav",
        f"clips/{identifier}/{identifier}_{MOMENT}_clip.mp4",
        f"playback/{identifier}/{identifier}.mp4",
        f"storyboards/{identifier}/{identifier}.jpg",
        f"thumbnails/{identifier}/{identifier}.jpg",
        f"captions/{identifier}/en.vtt",
        f"transcripts/{identifier}.json",
        f"moments/{identifier}.json",
    }


def fill(library: Library, identifier: str) -> None:
    """Create a video with all derived files and objects."""
    add_row(library, identifier)
    for path in [*derived(library.settings, identifier), library.folder / f"{identifier}.mp4"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(identifier)
    for name in objects(identifier):
        library.put(name, identifier.encode())


@pytest.mark.slow
async def test_deletes_row_objects_and_derived_files(client: httpx.AsyncClient, library: Library) -> None:
    for name in NAMES:
        fill(library, name)
    response = await client.delete("/api/videos/talk?permanent=true")
    assert (response.status_code, response.content) == (204, b"")
    others = NAMES[1:]
    assert set(library.rows()) == set(others)
    assert set(library.objects()) == {name for other in others for name in objects(other)}
    assert not [path for path in derived(library.settings, "talk") if path.exists()]
    assert all(path.exists() for other in others for path in derived(library.settings, other))
    assert (library.folder / "talk.mp4").exists()
    problem(await client.get("/api/videos/talk"), 404, "video-not-found")


async def test_delete_local_removes_only_its_video_file(client: httpx.AsyncClient, library: Library) -> None:
    fill(library, "talk")
    (library.folder / "talk.avi").write_text("another file of this stem")
    assert (await client.delete("/api/videos/talk?delete_local=true")).status_code == 204
    assert [path.name for path in library.folder.iterdir()] == ["talk.avi"]


async def test_unknown_video_is_404_and_deletes_nothing(client: httpx.AsyncClient, library: Library) -> None:
    fill(library, "talk")
    library.execute("DELETE FROM videos")
    before = library.snapshot()
    problem(await client.delete("/api/videos/talk?delete_local=true"), 404, "video-not-found")
    assert library.snapshot() == before
    assert all(path.exists() for path in derived(library.settings, "talk"))
    problem(await client.delete("/api/videos/talk?delete_local=perhaps"), 422, "invalid-request")


@pytest.mark.slow
async def test_concurrent_requests_delete_once(client: httpx.AsyncClient, library: Library) -> None:
    fill(library, "talk")
    path = "/api/videos/talk?permanent=true"
    both = await asyncio.gather(client.delete(path), client.delete(path))
    assert sorted(response.status_code for response in both) == [204, 404]


@pytest.mark.slow
async def test_only_clips_of_the_exact_name_are_deleted(client: httpx.AsyncClient, library: Library) -> None:
    fill(library, "talk")
    clips = library.settings.moment_clips_dir
    kept = {
        "talk_0123456789abcde_clip.mp4",
        "talk_0123456789ABCDEF_clip.mp4",
        "talk_0123456789abcdef0_clip.mp4",
        "talk_0123456789abcdef_clip.mp4.part",
        "talk_0123456789abcdef_clip.mp4\n",
        "talk_x_0123456789abcdef_clip.mp4",
        "Talk_0123456789abcdef_clip.mp4",
        "t.lk_0123456789abcdef_clip.mp4",
    }
    for name in kept:
        (clips / name).touch()
    (clips / "talk_aaaaaaaaaaaaaaaa_clip.mp4").touch()
    assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    assert {path.name for path in clips.iterdir()} == kept


async def test_symbolic_links_are_not_followed(
    client: httpx.AsyncClient, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(library, "talk")
    outside = tmp_path / "outside"
    outside.mkdir()
    target, clip = outside / "target", outside / f"talk_{MOMENT}_clip.mp4"
    target.write_text("kept")
    clip.write_text("kept")
    for path in derived(library.settings, "talk")[:-1]:
        path.unlink()
        path.symlink_to(target)
    (library.folder / "talk.mp4").unlink()
    (library.folder / "talk.mp4").symlink_to(target)
    clips = library.settings.moment_clips_dir
    (clips / clip.name).unlink()
    clips.rmdir()
    clips.symlink_to(outside, target_is_directory=True)
    with caplog.at_level(logging.WARNING, "app"):
        assert (await client.delete("/api/videos/talk?delete_local=true")).status_code == 204
    assert target.read_text() == clip.read_text() == "kept"
    assert not [path for path in derived(library.settings, "talk")[:-1] if path.is_symlink()]
    assert [record.__dict__["path"] for record in caplog.records] == [clips]


async def test_directory_instead_of_a_file_is_logged(
    client: httpx.AsyncClient, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    fill(library, "talk")
    wav = library.settings.audios_dir / "talk.wav"
    wav.unlink()
    wav.mkdir()
    with caplog.at_level(logging.WARNING, "app"):
        assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    assert wav.is_dir()
    assert [record.__dict__["path"] for record in caplog.records] == [wav]
    assert not (library.settings.thumbnails_dir / "talk.jpg").exists()


async def test_unavailable_bucket_logs_remaining_objects(
    settings: Settings, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    fill(library, "talk")
    away = settings.model_copy(update={"storage_emulator_host": "http://127.0.0.1:1", "gcs_max_retries": 0})
    with caplog.at_level(logging.WARNING, "app"):
        async with running(away) as client:
            assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    assert library.rows() == {}
    assert set(library.objects()) == objects("talk")
    assert not [path for path in derived(settings, "talk") if path.exists()]
    paths = {record.__dict__["path"] for record in caplog.records if "path" in record.__dict__}
    folders = {f"gs://{library.bucket}/{part}/talk/" for part in FOLDERS}
    assert paths == folders | {
        f"gs://{library.bucket}/{part}/talk.json"
        for part in ("transcripts", "transcripts/recognised", "moments", "chapters")
    }


@pytest.mark.slow
async def test_queued_runs_are_deleted(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    for name in ("talk", "talk-2"):
        add_row(library, name)
        add_run(library, name, status="failed")
        asked = await client.post("/api/generate_moments", json={"video_id": name})
        assert asked.status_code == 202
    assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    assert {row["video_identifier"] for row in run_rows(library)} == {"talk-2"}
    assert [job["lock"] for job in jobs(library)] == ["video:talk-2"]
    for rest in ("status", "history"):
        problem(await client.get(f"/api/pipeline/talk/{rest}"), 404, "no-run")
    async with live_status(settings) as live:
        assert await live.get("talk") is None
        assert await live.history("talk") == []


@pytest.mark.slow
async def test_active_run_is_cancelled_and_saves_nothing(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    add_row(library, "talk")
    request_id = (await client.post("/api/generate_moments", json={"video_id": "talk"})).json()["request_id"]
    library.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    async with live_status(settings) as live:
        async with transaction() as session:
            assert await pipeline_run_repository.claim(session, request_id, TOKEN) is not None
        await live.acquire("talk", TOKEN)
        assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
        with library.connection() as connection:
            assert connection.execute("SELECT abort_requested FROM procrastinate_jobs").fetchall() == [
                (True,)
            ]
        async with transaction() as session:
            assert not await pipeline_run_repository.holds_token(session, request_id, TOKEN)
            assert not await pipeline_run_repository.save(session, request_id, TOKEN, status="completed")
        await live.publish(shown("talk", request_id, percent=50.0), TOKEN)
        assert await live.get("talk") is None
    assert run_rows(library) == []
    problem(await client.get("/api/pipeline/talk/status"), 404, "no-run")


@pytest.mark.slow
async def test_deleted_video_can_be_added_again(client: httpx.AsyncClient, library: Library) -> None:
    for _ in range(3):
        add_row(library, "talk")
        asked = await client.post("/api/generate_moments", json={"video_id": "talk"})
        assert asked.status_code == 202
        assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    assert run_rows(library) == jobs(library) == []


@pytest.mark.parametrize("identifier", ["50% off_", "a.b", "[x]*?", "back\\slash", "-rf", "é\n", "$(x)"])
async def test_names_with_special_characters(
    client: httpx.AsyncClient, library: Library, identifier: str
) -> None:
    add_row(library, identifier)
    for path in derived(library.settings, identifier):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    bystanders = derived(library.settings, "axb")
    for path in bystanders:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert (await client.delete(video_path(identifier) + "?permanent=true")).status_code == 204
    assert not [path for path in derived(library.settings, identifier) if path.exists()]
    assert all(path.exists() for path in bystanders)
