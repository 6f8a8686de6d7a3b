"""A file of this machine gets into the folder of videos whole, under its own name, or not at all."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

from app.core.exceptions import (
    BucketConflictError,
    DiskFullError,
    EmptyFileError,
    FileChangedError,
    IdentifierConflictError,
    LocalFileError,
    LocalFileNotFoundError,
    NotAVideoError,
    UnusableNameError,
)
from app.services.library import local_import
from app.services.library.local_import import import_file
from app.services.library.registration import register_video
from app.services.storage.gcs_uploader import GCSUploader
from tests.fixtures.media import make_video

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

    from app.core.config import Settings


@pytest.fixture
async def uploader(
    settings: Settings, session_factory: async_sessionmaker[AsyncSession]
) -> AsyncIterator[GCSUploader]:
    made = GCSUploader(settings)
    yield made
    await made.close()


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


def names(settings: Settings) -> list[str]:
    """Hidden ones too."""
    return sorted(path.name for path in settings.videos_dir.iterdir())


async def test_it_is_copied_once(settings: Settings, uploader: GCSUploader, films: Path) -> None:
    file = make_video(films / "Tale ü (1).MOV")
    told: list[tuple[int, int]] = []
    copy = await import_file(
        file, settings=settings, uploader=uploader, on_progress=lambda *done: told.append(done)
    )
    assert copy == settings.videos_dir / file.name
    assert copy.read_bytes() == file.read_bytes()
    assert told[-1] == (file.stat().st_size, file.stat().st_size)
    told.clear()
    for again in (file, copy):
        assert (
            await import_file(
                again, settings=settings, uploader=uploader, on_progress=lambda *done: told.append(done)
            )
            == copy
        )
    assert told == []
    assert names(settings) == [file.name]


async def test_a_link_to_it_is_it(settings: Settings, uploader: GCSUploader, films: Path) -> None:
    copy = make_video(settings.videos_dir / "talk.mp4")
    link = films / "talk.mp4"
    link.symlink_to(copy)
    assert await import_file(link, settings=settings, uploader=uploader) == copy


def letter(folder: Path) -> Path:
    path = folder / "letter.txt"
    path.write_text("no film")
    return path


def hidden(folder: Path) -> Path:
    return make_video(folder / ".hidden.mp4")


def text(folder: Path) -> Path:
    path = folder / "text.mp4"
    path.write_text("no film either")
    return path


def empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def subfolder(folder: Path) -> Path:
    path = folder / "folder.mp4"
    path.mkdir()
    return path


def undecodable(folder: Path) -> Path:
    return make_video(folder / os.fsdecode(b"caf\xe9.mp4"))


class Refused(NamedTuple):
    make: Callable[[Path], Path]
    error: type[Exception]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        Refused(lambda folder: folder / "none.mp4", LocalFileNotFoundError),
        Refused(letter, NotAVideoError),
        Refused(hidden, UnusableNameError),
        Refused(text, NotAVideoError),
        Refused(empty, EmptyFileError),
        Refused(subfolder, NotAVideoError),
        Refused(undecodable, UnusableNameError),
    ],
    ids=["none", "letter", "hidden", "text", "empty", "folder", "undecodable"],
)
async def test_what_is_no_video_of_ours(
    settings: Settings,
    uploader: GCSUploader,
    films: Path,
    make: Callable[[Path], Path],
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        await import_file(make(films), settings=settings, uploader=uploader)
    assert names(settings) == []


async def test_another_video_of_that_id(settings: Settings, uploader: GCSUploader, films: Path) -> None:
    """In the folder, in the table under another ending, in the bucket alone, in another bucket."""
    file = make_video(films / "talk.mp4")
    there = make_video(settings.videos_dir / "talk.mp4", seconds=2)
    with pytest.raises(IdentifierConflictError, match=str(there)):
        await import_file(file, settings=settings, uploader=uploader)
    await register_video(there, identifier="talk", uploader=uploader, settings=settings)
    there.unlink()
    with pytest.raises(IdentifierConflictError, match="gs://"):
        await import_file(file, settings=settings, uploader=uploader)
    with pytest.raises(IdentifierConflictError, match=r"talk\.mp4"):
        await import_file(make_video(films / "talk.mkv"), settings=settings, uploader=uploader)
    elsewhere = settings.model_copy(update={"gcs_bucket_name": "another"})
    other = GCSUploader(elsewhere)
    with pytest.raises(BucketConflictError):
        await import_file(file, settings=elsewhere, uploader=other)
    await other.close()
    assert names(settings) == []
    (films / "same").mkdir()
    same = make_video(films / "same" / "talk.mp4", seconds=2)
    assert await import_file(same, settings=settings, uploader=uploader) == there


async def test_one_that_takes_the_name_meanwhile_keeps_it(
    settings: Settings, uploader: GCSUploader, films: Path
) -> None:
    file = make_video(films / "talk.mp4")
    target = settings.videos_dir / "talk.mp4"

    def take(*_: int) -> None:
        target.write_bytes(b"mine")

    with pytest.raises(IdentifierConflictError):
        await import_file(file, settings=settings, uploader=uploader, on_progress=take)
    assert target.read_bytes() == b"mine"
    assert names(settings) == ["talk.mp4"]
    target.unlink()

    def bring(*_: int) -> None:
        shutil.copy(file, target)

    copy = await import_file(file, settings=settings, uploader=uploader, on_progress=bring)
    assert copy.read_bytes() == file.read_bytes()
    assert names(settings) == ["talk.mp4"]


async def test_a_file_that_changes_is_not_taken(
    settings: Settings, uploader: GCSUploader, films: Path
) -> None:
    file = make_video(films / "talk.mp4")
    with pytest.raises(FileChangedError):
        await import_file(
            file,
            settings=settings,
            uploader=uploader,
            on_progress=lambda *_: os.utime(file, ns=(0, 0)),
        )
    assert names(settings) == []


async def test_no_room_and_no_permission(
    settings: Settings, uploader: GCSUploader, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_video(films / "talk.mp4")
    free = shutil.disk_usage(films).free
    with monkeypatch.context() as patched:
        patched.setattr("app.core.files.disk_space.RESERVED_BYTES", free)
        with pytest.raises(DiskFullError) as full:
            await import_file(file, settings=settings, uploader=uploader)
    assert full.value.remedy
    settings.videos_dir.rmdir()
    settings.videos_dir.write_text("in the way")
    with pytest.raises(LocalFileError, match="could not be written"):
        await import_file(file, settings=settings, uploader=uploader)


async def test_a_caller_who_is_cancelled_leaves_nothing(
    settings: Settings, uploader: GCSUploader, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_import, "READ_SIZE", 1024)
    file = make_video(films / "talk.mp4")
    begun, told = threading.Event(), []

    def wait(*done: int) -> None:
        told.append(done)
        begun.set()
        threading.Event().wait(0.2)

    importing = asyncio.create_task(import_file(file, settings=settings, uploader=uploader, on_progress=wait))
    await asyncio.to_thread(begun.wait, 60)
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing
    count = len(told)
    assert names(settings) == []
    await asyncio.sleep(0.4)
    assert len(told) == count  # nothing runs on
