"""Import of a local file: complete and under its own name, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

from app.core.exceptions import (
    DiskFullError,
    EmptyFileError,
    FileChangedError,
    IdentifierConflictError,
    LocalFileError,
    LocalFileNotFoundError,
    NotAVideoError,
    UnusableNameError,
)
from app.database.session import transaction
from app.repositories import video_db_repository
from app.services.library import local_import
from app.services.library.local_import import ImportedFile, import_file
from app.services.library.registration import register_video
from tests.fixtures.media import make_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.core.config import Settings
    from app.services.storage.gcs_uploader import GCSUploader


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
    made = await import_file(
        file, settings=settings, uploader=uploader, on_progress=lambda *done: reported.append(done)
    )
    copy = settings.videos_dir / file.name
    assert made == ImportedFile("Tale ü (1)", copy)
    assert copy.read_bytes() == file.read_bytes()
    assert reported[-1] == (file.stat().st_size, file.stat().st_size)
    reported.clear()
    for again in (file, copy):
        assert (
            await import_file(
                again, settings=settings, uploader=uploader, on_progress=lambda *done: reported.append(done)
            )
            == made
        )
    assert reported == []
    assert names(settings) == [file.name]


async def test_link_to_the_copy_is_the_copy(
    settings: Settings, uploader: GCSUploader, source_folder: Path
) -> None:
    copy = make_video(settings.videos_dir / "talk.mp4")
    link = source_folder / "talk.mp4"
    link.symlink_to(copy)
    made = await import_file(link, settings=settings, uploader=uploader)
    assert made == ImportedFile("talk", copy)


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


@pytest.mark.parametrize("place", ["folder", "table", "other extension", "bucket"])
async def test_taken_name_gets_a_hash_suffix(
    settings: Settings, uploader: GCSUploader, source_folder: Path, place: str
) -> None:
    file = make_video(source_folder / "talk.mp4")
    there = make_video(settings.videos_dir / "talk.mp4", seconds=2)
    content = there.read_bytes()
    if place == "other extension":
        there.rename(there.with_suffix(".mkv"))
    elif place != "folder":
        await register_video(there, identifier="talk", uploader=uploader, settings=settings)
        there.unlink()
    if place == "bucket":
        async with transaction() as session:
            await video_db_repository.delete_by_identifier(session, "talk")
    name = f"talk-{hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()[:8]}"
    made = await import_file(file, settings=settings, uploader=uploader)
    assert made == ImportedFile(name, settings.videos_dir / f"{name}.mp4", is_renamed=True)
    assert made.path is not None
    assert made.path.read_bytes() == file.read_bytes()
    if place == "folder":
        assert there.read_bytes() == content


async def test_same_bytes_under_another_name_are_not_copied(
    settings: Settings, uploader: GCSUploader, source_folder: Path
) -> None:
    there = make_video(settings.videos_dir / "talk.mp4", seconds=2)
    await register_video(there, identifier="talk", uploader=uploader, settings=settings)
    shutil.copy(there, source_folder / "copy.mp4")
    shutil.copy(there, source_folder / "talk.mp4")
    there.unlink()
    made = await import_file(source_folder / "copy.mp4", settings=settings, uploader=uploader)
    assert made == ImportedFile("talk", None)
    assert names(settings) == []
    made = await import_file(source_folder / "talk.mp4", settings=settings, uploader=uploader)
    assert made == ImportedFile("talk", there)


async def test_files_of_the_folder_stay_in_place(settings: Settings, uploader: GCSUploader) -> None:
    path = settings.videos_dir / "2023" / "talk.mp4"
    path.parent.mkdir()
    make_video(path)
    made = await import_file(path, settings=settings, uploader=uploader)
    assert made == ImportedFile("2023__talk", path)
    await register_video(path, identifier=made.identifier, uploader=uploader, settings=settings)
    make_video(path, seconds=2)
    made = await import_file(path, settings=settings, uploader=uploader)
    assert made.is_renamed
    assert made.identifier.startswith("2023__talk-")
    assert made.path == path
    assert names(settings) == ["2023"]


async def test_video_in_another_bucket_gets_a_suffix(
    settings: Settings, uploader: GCSUploader, source_folder: Path
) -> None:
    file = make_video(source_folder / "talk.mp4")
    async with transaction() as session:
        await video_db_repository.create(session, "talk", "gs://another/videos/talk/talk.mp4")
    made = await import_file(file, settings=settings, uploader=uploader)
    assert made.identifier.startswith("talk-")


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

    made = await import_file(file, settings=settings, uploader=uploader, on_progress=bring)
    assert made == ImportedFile("talk", target)
    assert target.read_bytes() == file.read_bytes()
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
