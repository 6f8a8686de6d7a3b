"""What becomes of a file that has arrived: a video of the library, under its own name where that is free."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.core.config import Settings
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


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(address) as opened:
        yield opened


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_video(tmp_path / "Tale ü (1).mp4", seconds=3)


def folders(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.uploads_dir.iterdir())


async def test_moments_are_looked_for(client: httpx.AsyncClient, library: Library, film: Path) -> None:
    done = await upload(client, film, find_moments="true")
    (run,) = run_rows(library)
    assert done["request_id"] == run["request_id"]
    assert (run["video_identifier"], run["status"]) == (film.stem, "queued")
    assert len(jobs(library)) == 1


async def test_a_file_of_this_name_and_size(client: httpx.AsyncClient, library: Library, film: Path) -> None:
    size = film.stat().st_size
    await upload(client, film)
    found = problem(await create(client, film.name, size), 409, "already-in-library")
    assert found["video_id"] == film.stem
    assert (await create(client, film.name, size + 2048)).status_code == 201
    assert (await create(client, f"other {film.name}", size)).status_code == 201
    again = await upload(client, film, force="true")
    assert again["is_duplicate"]
    assert again["video_id"] == film.stem
    assert len(library.rows()) == len(library.objects()) == 1
    assert [path.name for path in library.folder.iterdir()] == [film.name]


async def test_another_file_of_this_name(client: httpx.AsyncClient, library: Library, tmp_path: Path) -> None:
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
    third = make_video(tmp_path / "talk.mkv", video_codec="libx264")
    done = await upload(client, third)
    assert done["video_id"].startswith("talk-")
    assert len(library.rows()) == 3


async def test_a_video_that_only_the_bucket_has(
    client: httpx.AsyncClient, library: Library, film: Path
) -> None:
    await upload(client, film)
    (library.folder / film.name).unlink()
    done = await upload(client, film, force="true")
    assert (done["video_id"], done["is_duplicate"]) == (film.stem, True)
    assert (library.folder / film.name).read_bytes() == film.read_bytes()


async def test_two_uploads_of_one_name_at_once(
    client: httpx.AsyncClient, library: Library, tmp_path: Path
) -> None:
    films = []
    for number in range(4):
        (tmp_path / str(number)).mkdir()
        films.append(make_video(tmp_path / str(number) / "talk.mp4", seconds=1 + number))
    done = await asyncio.gather(*(upload(client, film) for film in films))
    assert len({upload["video_id"] for upload in done}) == 4
    assert len(library.rows()) == 4
    stored = {path.read_bytes() for path in library.folder.iterdir()}
    assert stored == {film.read_bytes() for film in films}


async def test_what_is_no_video(
    client: httpx.AsyncClient, library: Library, settings: Settings, tmp_path: Path
) -> None:
    """Its bytes go at once; why it failed is remembered for a day."""
    sound = make_audio(tmp_path / "song.mp4")
    for content in (b"no film at all", sound.read_bytes()):
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


async def test_a_row_of_another_size_is_no_reason(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk", file_size_kb=7)
    assert (await create(client, "talk.mp4", 5)).status_code == 201
    problem(await create(client, "talk.mp4", 7 * 1024 + 1023), 409, "already-in-library")
