"""A row and its object belong to one video: other bytes never replace them."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.exceptions import IdentifierConflictError
from app.database.models import Video
from app.repositories import video_db_repository
from app.services.library.content import LocalContent, find_same_content
from app.services.library.identity import identifier_of, renamed
from app.services.library.registration import Registration, register_video
from app.services.storage.checksums import to_hex
from app.services.storage.gcs_uploader import GCSUploader
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

SessionFactory = async_sessionmaker[AsyncSession]


@pytest.fixture
def phones(settings: Settings) -> tuple[Path, Path]:
    """Return two videos with the same name and size, but other bytes."""
    first, second = (settings.videos_dir / folder / "IMG_0001.MOV" for folder in ("phoneA", "phoneB"))
    for path in (first, second):
        path.parent.mkdir()
    second.write_bytes(make_video(first).read_bytes()[:-1] + b"?")
    return first, second


@pytest.fixture
def library(settings: Settings) -> Library:
    return Library(settings)


def stored_md5(library: Library, name: str) -> str:
    return to_hex(library.objects()[name].md5)


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


async def register(
    path: Path, uploader: GCSUploader, settings: Settings, identifier: str = "IMG_0001", **options: object
) -> Registration:
    return await register_video(
        path,
        identifier=identifier,
        uploader=uploader,
        settings=settings,
        **options,  # type: ignore[arg-type]  # passed through as given
    )


async def change(session_factory: SessionFactory, video: Video, **columns: object) -> None:
    async with session_factory() as session, session.begin():
        await video_db_repository.update(session, video.id, **columns)


async def stored_row(session_factory: SessionFactory, identifier: str) -> Video:
    async with session_factory() as session:
        row = await video_db_repository.get_by_identifier(session, identifier)
    assert row is not None
    return row


async def test_identity_and_path_are_recorded(
    uploader: GCSUploader, settings: Settings, phones: tuple[Path, Path]
) -> None:
    path = phones[0]
    identifier = identifier_of("phoneA/IMG_0001.MOV")
    made = await register(path, uploader, settings, identifier)
    assert made.gcs_path == "videos/phoneA__IMG_0001/IMG_0001.MOV"
    row = made.video
    assert (row.size_bytes, row.md5) == (path.stat().st_size, md5(path))
    assert (row.relative_path, row.title) == ("phoneA/IMG_0001.MOV", "IMG 0001")


@pytest.mark.parametrize("refresh", [False, True], ids=["migrate", "repair"])
@pytest.mark.parametrize("knows_md5", [True, False])
async def test_other_bytes_never_replace_a_video(
    uploader: GCSUploader,
    settings: Settings,
    session_factory: SessionFactory,
    library: Library,
    phones: tuple[Path, Path],
    refresh: bool,
    knows_md5: bool,
) -> None:
    first = await register(phones[0], uploader, settings)
    if not knows_md5:
        await change(session_factory, first.video, md5=None, size_bytes=None)
    before = library.objects()
    with pytest.raises(IdentifierConflictError) as raised:
        await register(phones[1], uploader, settings, refresh=refresh)
    assert first.video.cloud_url in raised.value.cause
    assert "IMG_0001.MOV is a different file" in raised.value.cause
    assert "--on-conflict rename" in str(raised.value.remedy)
    assert library.objects() == before


@pytest.mark.parametrize("knows_md5", [True, False])
async def test_lost_objects_are_restored_from_the_same_bytes_only(
    uploader: GCSUploader,
    settings: Settings,
    session_factory: SessionFactory,
    library: Library,
    phones: tuple[Path, Path],
    knows_md5: bool,
) -> None:
    first = await register(phones[0], uploader, settings)
    phones[1].write_bytes(phones[1].read_bytes() + bytes(2048))
    if not knows_md5:
        await change(session_factory, first.video, md5=None, size_bytes=None)
    await uploader.delete_object(first.gcs_path)
    with pytest.raises(IdentifierConflictError):
        await register(phones[1], uploader, settings, refresh=True)
    assert library.objects() == {}
    again = await register(phones[0], uploader, settings, refresh=True)
    assert again.uploaded
    assert stored_md5(library, first.gcs_path) == md5(phones[0])
    assert again.video.md5 == md5(phones[0])


async def test_changed_objects_are_repaired_by_the_own_bytes(
    uploader: GCSUploader, settings: Settings, library: Library, phones: tuple[Path, Path]
) -> None:
    first = await register(phones[0], uploader, settings)
    library.put(first.gcs_path, phones[1].read_bytes())
    with pytest.raises(IdentifierConflictError):
        await register(phones[0], uploader, settings)
    repaired = await register(phones[0], uploader, settings, refresh=True)
    assert repaired.uploaded
    assert stored_md5(library, first.gcs_path) == md5(phones[0])


async def test_object_without_a_row_is_not_replaced(
    uploader: GCSUploader, settings: Settings, library: Library, phones: tuple[Path, Path]
) -> None:
    library.put("videos/IMG_0001/IMG_0001.MOV", b"of a registration in progress")
    before = library.objects()
    with pytest.raises(IdentifierConflictError, match=r"gs://.*/videos/IMG_0001/IMG_0001\.MOV"):
        await register(phones[1], uploader, settings, assume_absent=True, check_conflicts_first=False)
    assert library.objects() == before
    assert library.rows() == {}


async def test_one_of_two_concurrent_writers_gets_the_conflict(
    uploader: GCSUploader, settings: Settings, library: Library, phones: tuple[Path, Path]
) -> None:
    results = await asyncio.gather(
        *(register(path, uploader, settings) for path in phones), return_exceptions=True
    )
    won = [result for result in results if isinstance(result, Registration)]
    assert len(won) == 1
    assert sum(isinstance(result, IdentifierConflictError) for result in results) == 1
    winner = phones[results.index(won[0])]
    assert stored_md5(library, "videos/IMG_0001/IMG_0001.MOV") == md5(winner)
    assert library.rows()["IMG_0001"]["md5"] == md5(winner)


async def test_renamed_video_takes_the_path_over(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory
) -> None:
    path = make_video(settings.videos_dir / "IMG_0001.MOV")
    await register(path, uploader, settings)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    identifier = renamed("IMG_0001", md5(path))
    made = await register(path, uploader, settings, identifier)
    assert made.gcs_path == f"videos/{identifier}/IMG_0001.MOV"
    assert (made.video.relative_path, made.video.title) == ("IMG_0001.MOV", "IMG 0001")
    assert (await stored_row(session_factory, "IMG_0001")).relative_path == ""


async def test_same_bytes_are_found_under_any_name(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory, phones: tuple[Path, Path]
) -> None:
    first = await register(phones[0], uploader, settings)
    copy = phones[0].with_name("copy.mp4")
    copy.write_bytes(phones[0].read_bytes())
    for columns in ({}, {"md5": None}, {"md5": None, "size_bytes": None}):
        await change(session_factory, first.video, **columns)
        found = await find_same_content(LocalContent(copy), uploader)
        assert found is not None
        assert found.identifier == "IMG_0001"
        assert await find_same_content(LocalContent(phones[1]), uploader) is None


async def test_missing_identity_is_filled_in(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory, phones: tuple[Path, Path]
) -> None:
    first = await register(phones[0], uploader, settings, source_url="https://example.org/a.mov")
    await change(session_factory, first.video, md5=None, size_bytes=None, relative_path=None, title="Mine")
    again = await register(phones[0], uploader, settings)
    assert not again.created
    row = await stored_row(session_factory, "IMG_0001")
    assert (row.md5, row.size_bytes, row.title) == (md5(phones[0]), phones[0].stat().st_size, "Mine")
    assert (row.relative_path, row.source_url) == ("phoneA/IMG_0001.MOV", "https://example.org/a.mov")
