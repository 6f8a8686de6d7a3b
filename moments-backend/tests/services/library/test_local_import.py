"""Import of a local file: complete and under its own name, or not at all."""

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
def source_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "source_folder"
    folder.mkdir()
    return folder


def names(settings: Settings) -> list[str]:
    """List the folder, hidden files included."""
    return sorted(path.name for path in settings.videos_dir.iterdir())


async def test_file_is_copied_once(settings: Settings, uploader: GCSUploader, source_folder: Path) -> None:
    file = make_video(source_folder / "Tale ü (1).MOV")
    reported: list[tuple[int, int]] = []
    copy = await import_file(
        file, settings=settings, uploader=uploader, on_progress=lambda *done: reported.append(done)
    )
    assert copy == settings.videos_dir / file.name
    assert copy.read_bytes() == file.read_bytes()
    assert reported[-1] == (file.stat().st_size, file.stat().st_size)
    reported.clear()
    for again in (file, copy):
        assert (
            await import_file(
                again, settings=settings, uploader=uploader, on_progress=lambda *done: reported.append(done)
            )
            == copy
        )
    assert reported == []
    assert names(settings) == [file.name]


async def test_link_to_the_copy_is_the_copy(
    settings: Settings, uploader: GCSUploader, source_folder: Path
) -> None:
    copy = make_video(settings.videos_dir / "talk.mp4")
    link = source_folder / "talk.mp4"
    link.symlink_to(copy)
    assert await import_file(link, settings=settings, uploader=uploader) == copy


def letter(folder: Path) -> Path:
    path = folder / "letter.txt"
    path.write_text("not a video")
    return path


def hidden(folder: Path) -> Path:
    return make_video(folder / ".hidden.mp4")


def text(folder: Path) -> Path:
    path = folder / "text.mp4"
    path.write_text("not a video either")
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
async def test_unsupported_files_are_rejected(
    settings: Settings,
    uploader: GCSUploader,
    source_folder: Path,
    make: Callable[[Path], Path],
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        await import_file(make(source_folder), settings=settings, uploader=uploader)
    assert names(settings) == []


async def test_conflicts_with_another_video(
    settings: Settings, uploader: GCSUploader, source_folder: Path
) -> None:
    """In the folder, in the table, only in the bucket, and in another bucket."""
    file = make_video(source_folder / "talk.mp4")
    there = make_video(settings.videos_dir / "talk.mp4", seconds=2)
    with pytest.raises(IdentifierConflictError, match=str(there)):
        await import_file(file, settings=settings, uploader=uploader)
    await register_video(there, identifier="talk", uploader=uploader, settings=settings)
    there.unlink()
    with pytest.raises(IdentifierConflictError, match="gs://"):
        await import_file(file, settings=settings, uploader=uploader)
    with pytest.raises(IdentifierConflictError, match=r"talk\.mp4"):
        await import_file(make_video(source_folder / "talk.mkv"), settings=settings, uploader=uploader)
    elsewhere = settings.model_copy(update={"gcs_bucket_name": "another"})
    other = GCSUploader(elsewhere)
    with pytest.raises(BucketConflictError):
        await import_file(file, settings=elsewhere, uploader=other)
    await other.close()
    assert names(settings) == []
    (source_folder / "same").mkdir()
    same = make_video(source_folder / "same" / "talk.mp4", seconds=2)
    assert await import_file(same, settings=settings, uploader=uploader) == there


async def test_file_created_during_the_copy_is_kept(
    settings: Settings, uploader: GCSUploader, source_folder: Path
) -> None:
    file = make_video(source_folder / "talk.mp4")
    target = settings.videos_dir / "talk.mp4"

    def take(*_: int) -> None:
        target.write_bytes(b"other")

    with pytest.raises(IdentifierConflictError):
        await import_file(file, settings=settings, uploader=uploader, on_progress=take)
    assert target.read_bytes() == b"other"
    assert names(settings) == ["talk.mp4"]
    target.unlink()

    def bring(*_: int) -> None:
        shutil.copy(file, target)

    copy = await import_file(file, settings=settings, uploader=uploader, on_progress=bring)
    assert copy.read_bytes() == file.read_bytes()
    assert names(settings) == ["talk.mp4"]


async def test_changing_file_is_rejected(
    settings: Settings, uploader: GCSUploader, source_folder: Path
) -> None:
    file = make_video(source_folder / "talk.mp4")
    with pytest.raises(FileChangedError):
        await import_file(
            file,
            settings=settings,
            uploader=uploader,
            on_progress=lambda *_: os.utime(file, ns=(0, 0)),
        )
    assert names(settings) == []


async def test_full_disk_and_unusable_folder(
    settings: Settings, uploader: GCSUploader, source_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_video(source_folder / "talk.mp4")
    free = shutil.disk_usage(source_folder).free
    with monkeypatch.context() as patched:
        patched.setattr("app.core.files.disk_space.RESERVED_BYTES", free)
        with pytest.raises(DiskFullError) as full:
            await import_file(file, settings=settings, uploader=uploader)
    assert full.value.remedy
    settings.videos_dir.rmdir()
    settings.videos_dir.write_text("in the way")
    with pytest.raises(LocalFileError, match="could not be written"):
        await import_file(file, settings=settings, uploader=uploader)


@pytest.mark.slow
async def test_cancellation_leaves_nothing_behind(
    settings: Settings, uploader: GCSUploader, source_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_import, "READ_SIZE", 1024)
    file = make_video(source_folder / "talk.mp4")
    begun, reported = threading.Event(), []

    def wait(*done: int) -> None:
        reported.append(done)
        begun.set()
        threading.Event().wait(0.2)

    importing = asyncio.create_task(import_file(file, settings=settings, uploader=uploader, on_progress=wait))
    await asyncio.to_thread(begun.wait, 60)
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing
    count = len(reported)
    assert names(settings) == []
    await asyncio.sleep(0.4)
    assert len(reported) == count  # the thread has stopped
