"""Registration of complete uploads: names, duplicates and invalid files."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.core.config import Settings
from app.services.library.identity import identifier_of
from tests.api.support.rows import add_row, problem
from tests.api.support.runs import jobs, run_rows
from tests.api.support.tus_client import (
    TUS,
    begin,
    connect,
    create,
    ended,
    send,
    upload,
)
from tests.fixtures.library import Library
from tests.fixtures.media import make_audio, make_video

pytestmark = pytest.mark.slow


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(address) as opened:
        yield opened


@pytest.fixture
def video_file(tmp_path: Path) -> Path:
    return make_video(tmp_path / "Tale ü (1).mp4", seconds=3)


def folders(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.uploads_dir.iterdir())


async def test_folder_is_kept(
    client: httpx.AsyncClient, library: Library, settings: Settings, video_file: Path
) -> None:
    (video_file.parent / "other").mkdir()
    other = make_video(video_file.parent / "other" / video_file.name, seconds=2)
    for file in (video_file, other):  # of one name, so that the second gets a suffix
        await upload(client, file, folder="Holiday/Day 2")
    stem = f"Holiday__Day 2__{video_file.stem}"
    (suffixed,) = set(library.rows()) - {stem}
    assert suffixed.startswith(f"{stem}-")
    kept = sorted(path.name for path in (settings.videos_dir / "Holiday" / "Day 2").iterdir())
    assert kept == [f"{video_file.stem}-{suffixed[-8:]}.mp4", video_file.name]
    found = (await client.get(f"/api/videos/{stem}")).json()
    assert (found["folder"], found["title"]) == ("Holiday/Day 2", "Tale Ü (1)")


async def test_find_moments_starts_a_run(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    done = await upload(client, video_file, find_moments="true")
    (run,) = run_rows(library)
    assert done["request_id"] == run["request_id"]
    assert (run["video_identifier"], run["status"]) == (video_file.stem, "queued")
    assert len(jobs(library)) == 1


async def test_same_name_and_size_needs_force(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    size = video_file.stat().st_size
    await upload(client, video_file)
    found = problem(await create(client, video_file.name, size), 409, "already-in-library")
    assert found["video_id"] == video_file.stem
    assert (await create(client, video_file.name, size + 2048)).status_code == 201
    assert (await create(client, f"other {video_file.name}", size)).status_code == 201
    again = await upload(client, video_file, force="true")
    assert again["is_duplicate"]
    assert again["video_id"] == video_file.stem
    assert len(library.rows()) == len(library.objects()) == 1
    assert [path.name for path in library.folder.iterdir()] == [video_file.name]


async def test_taken_name_gets_a_hash_suffix(
    client: httpx.AsyncClient, library: Library, tmp_path: Path
) -> None:
    first = make_video(tmp_path / "talk.mp4")
    content = first.read_bytes()
    await upload(client, first)
    second = make_video(tmp_path / "talk.mp4", seconds=2)
    name = f"talk-{hashlib.md5(second.read_bytes()).hexdigest()[:8]}"
    done = await upload(client, second)
    assert done["video_id"] == name
    assert not done["is_duplicate"]
    assert (library.folder / f"{name}.mp4").read_bytes() == second.read_bytes()
    assert (library.folder / "talk.mp4").read_bytes() == content
    assert library.rows().keys() == {"talk", name}
    again = await upload(client, second)
    assert (again["video_id"], again["is_duplicate"]) == (name, True)
    again = await upload(client, second.rename(tmp_path / "talk.mov"))
    assert (again["video_id"], again["is_duplicate"]) == (name, True)
    third = make_video(tmp_path / "talk.mkv", video_codec="libx264")
    done = await upload(client, third)
    assert done["video_id"].startswith("talk-")
    assert len(library.rows()) == 3


async def test_duplicate_of_a_video_only_in_the_bucket(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    await upload(client, video_file)
    (library.folder / video_file.name).unlink()
    done = await upload(client, video_file, force="true")
    assert (done["video_id"], done["is_duplicate"]) == (video_file.stem, True)
    assert (library.folder / video_file.name).read_bytes() == video_file.read_bytes()


async def test_same_bytes_of_another_name_are_named(
    client: httpx.AsyncClient, library: Library, settings: Settings, video_file: Path
) -> None:
    await upload(client, video_file)
    done = await upload(client, video_file.rename(video_file.with_name("copy.mp4")), find_moments="true")
    assert (done["video_id"], done["is_duplicate"]) == (video_file.stem, True)
    assert library.rows().keys() == {"Tale ü (1)"}
    assert run_rows(library)[0]["video_identifier"] == "Tale ü (1)"
    assert not list(settings.uploads_dir.glob("*/*.mp4"))


async def test_name_stored_by_another_machine_gets_a_suffix(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    """An object whose row is still missing is not replaced; the file here is renamed."""
    name = f"videos/{video_file.stem}/{video_file.name}"
    library.put(name, b"of another machine")
    before = library.objects()[name]
    done = await upload(client, video_file)
    digits = hashlib.md5(video_file.read_bytes()).hexdigest()[:8]
    assert (done["video_id"], done["is_duplicate"]) == (f"{video_file.stem}-{digits}", False)
    assert library.objects()[name] == before
    assert [path.name for path in library.folder.iterdir()] == [f"{video_file.stem}-{digits}.mp4"]


async def test_long_names_get_short_ids(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    file = video_file.rename(video_file.with_name(f"{'é' * 120}.mp4"))
    done = await upload(client, file)
    (row,) = library.rows().values()
    assert done["video_id"] == row["identifier"] == identifier_of(file.name)
    assert len(row["identifier"].encode()) <= 229
    assert row["relative_path"] == file.name
    assert (await client.get(f"/api/videos/{row['identifier']}/stream")).content == file.read_bytes()


async def test_concurrent_uploads_of_one_name(
    client: httpx.AsyncClient, library: Library, tmp_path: Path
) -> None:
    films = []
    for number in range(4):
        (tmp_path / str(number)).mkdir()
        films.append(make_video(tmp_path / str(number) / "talk.mp4", seconds=1 + number))
    done = await asyncio.gather(*(upload(client, video_file) for video_file in films))
    assert len({upload["video_id"] for upload in done}) == 4
    assert len(library.rows()) == 4
    stored = {path.read_bytes() for path in library.folder.iterdir()}
    assert stored == {video_file.read_bytes() for video_file in films}


async def test_invalid_video_fails_and_loses_its_bytes(
    client: httpx.AsyncClient, library: Library, settings: Settings, tmp_path: Path
) -> None:
    """The bytes are deleted at once; the error is kept for a day."""
    sound = make_audio(tmp_path / "song.mp4")
    for content in (b"no video_file at all", sound.read_bytes()):
        path = await begin(client, "song.mp4", len(content))
        await send(client, path, content)
        failed = await ended(client, path, "failed")
        assert failed["error"]["type"] == "not-a-video"
        assert "song.mp4" in failed["error"]["detail"]
        assert not failed["error"]["retryable"]
        assert not list(settings.uploads_dir.glob("*/*.mp4"))
        stays = datetime.fromisoformat(failed["expires_at"]) - datetime.now(UTC)
        assert timedelta(hours=23) < stays <= timedelta(hours=24)
        problem(await client.post(f"{path}/retry"), 409, "upload-state")
        assert (await client.delete(path, headers=TUS)).status_code == 204
    assert library.rows() == {}
    assert library.files() == {}
    assert folders(settings) == []


async def test_row_of_another_size_does_not_reject(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "known", file_size_kb=7, size_bytes=7168)
    assert (await create(client, "known.mp4", 7169)).status_code == 201
    problem(await create(client, "known.mp4", 7168), 409, "already-in-library")
    add_row(library, "talk", file_size_kb=7)
    assert (await create(client, "talk.mp4", 5)).status_code == 201
    problem(await create(client, "talk.mp4", 7 * 1024 + 1023), 409, "already-in-library")


async def test_identical_upload_leaves_the_trash(
    client: httpx.AsyncClient, library: Library, video_file: Path, tmp_path: Path
) -> None:
    await upload(client, video_file)
    again = tmp_path / "another name.mp4"
    again.write_bytes(video_file.read_bytes())
    for file in (video_file, again):
        library.execute("UPDATE videos SET deleted_at = now()")
        done = await upload(client, file)
        assert (done["status"], done["is_duplicate"], done["is_restored"]) == ("completed", True, True)
        assert done["video_id"] == video_file.stem
        assert [row["deleted_at"] for row in library.rows().values()] == [None]


async def test_name_being_deleted_gets_a_suffix(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    library.execute(
        "INSERT INTO video_purges (identifier, scope, cloud_url, registered_at)"
        " VALUES (%s, 'bucket', 'gs://x/videos/x/x.mp4', now())",
        video_file.stem,
    )
    done = await upload(client, video_file)
    assert (done["status"], done["video_id"]) == ("completed", done["video_id"])
    assert done["video_id"] != video_file.stem  # the name is taken, as by another video
