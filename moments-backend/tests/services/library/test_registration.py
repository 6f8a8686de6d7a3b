"""Registration of a file: the verified object first, then the row."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    EmptyFileError,
    IdentifierConflictError,
    LocalFileNotFoundError,
    NotAVideoError,
    SchemaMissingError,
    UnusableNameError,
    VideoBeingDeletedError,
    VideoMomentsError,
)
from app.media.ffprobe import VideoMetadata
from app.repositories import trash_repository, video_db_repository
from app.services.library.registration import Registration, RegistrationObserver, register_video
from app.services.storage.gcs_uploader import GCSUploader
from tests.fixtures.media import make_video

SessionFactory = async_sessionmaker[AsyncSession]


@pytest.fixture
def talk(settings: Settings) -> Path:
    return make_video(settings.videos_dir / "talk.mp4")


async def register(path: Path, uploader: GCSUploader, settings: Settings, **options: object) -> Registration:
    return await register_video(
        path,
        identifier=path.stem,
        uploader=uploader,
        settings=settings,
        **options,  # type: ignore[arg-type]  # passed through as given
    )


async def count(session_factory: SessionFactory) -> int:
    async with session_factory() as session:
        return len(await video_db_repository.list_all(session))


async def test_registers_object_and_row(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory, talk: Path
) -> None:
    link = "HTTPS://Example.org:443/talk.mp4?utm_source=mail#t=5"
    made = await register(talk, uploader, settings, source_url=link, title="A talk")
    assert made.created
    assert made.uploaded
    assert made.gcs_path == "videos/talk/talk.mp4"
    async with session_factory() as session:
        row = await video_db_repository.get_by_identifier(session, "talk")
    assert row is not None
    assert row.cloud_url == f"gs://{settings.gcs_bucket_name}/videos/talk/talk.mp4"
    assert (row.title, row.source_url) == ("A talk", "https://example.org/talk.mp4")
    assert (row.video_codec, row.audio_codec, row.resolution) == ("h264", "aac", "320x180")
    assert row.file_size_kb == made.metadata.file_size_kb > 0
    stored = await uploader.describe_object(made.gcs_path)
    assert stored is not None
    assert stored.content_type == "video/mp4"


async def test_second_registration_changes_nothing(
    uploader: GCSUploader, settings: Settings, talk: Path
) -> None:
    first = await register(talk, uploader, settings)
    second = await register(talk, uploader, settings)
    assert (second.created, second.uploaded) == (False, False)
    assert second.video.id == first.video.id


async def test_concurrent_registrations_insert_one_row(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory, talk: Path
) -> None:
    both = await asyncio.gather(*(register(talk, uploader, settings) for _ in range(2)))
    assert sorted(made.created for made in both) == [False, True]
    assert both[0].video.id == both[1].video.id
    assert await count(session_factory) == 1


async def test_observer_is_called_in_order(uploader: GCSUploader, settings: Settings, talk: Path) -> None:
    calls: list[str] = []

    class Recorder(RegistrationObserver):
        def probed(self, metadata: VideoMetadata) -> None:
            calls.append(f"probed {metadata.video_codec}")

        def uploading(self, bytes_sent: int, total_bytes: int) -> None:
            assert 0 < bytes_sent <= total_bytes
            calls.append("uploading")

        def uploaded(self, cloud_url: str, seconds: float, *, was_there: bool) -> None:
            assert seconds > 0
            calls.append(f"uploaded {cloud_url.rpartition('/')[2]} {was_there}")

    await register(talk, uploader, settings, observer=Recorder())
    await register(talk, uploader, settings, observer=Recorder())
    assert calls[0] == "probed h264"
    assert "uploading" in calls
    assert calls[-3:] == ["uploaded talk.mp4 False", "probed h264", "uploaded talk.mp4 True"]


async def test_conflict_is_detected_before_the_upload(
    uploader: GCSUploader, settings: Settings, talk: Path
) -> None:
    await register(talk, uploader, settings)
    other = make_video(settings.videos_dir / "talk.mov")
    with pytest.raises(IdentifierConflictError, match=r"talk\.mp4"):
        await register(other, uploader, settings)
    assert await uploader.describe_object("videos/talk/talk.mov") is None


async def test_row_in_another_bucket_conflicts(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory, talk: Path
) -> None:
    async with session_factory() as session, session.begin():
        await video_db_repository.create(session, "talk", "gs://elsewhere/videos/talk/talk.mp4")
    with pytest.raises(BucketConflictError, match="elsewhere"):
        await register(talk, uploader, settings)
    assert await uploader.describe_object("videos/talk/talk.mp4") is None

    moved = await register(talk, uploader, settings, refresh=True)
    assert moved.video.cloud_url == uploader.cloud_url("videos/talk/talk.mp4")
    assert moved.video.video_codec == "h264"


async def test_refresh_updates_the_metadata(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory, talk: Path
) -> None:
    first = await register(talk, uploader, settings, title="Kept")
    async with session_factory() as session, session.begin():
        wrong = {"resolution": "1x1", "md5": None, "description": "From the site"}
        await video_db_repository.update(session, first.video.id, **wrong)
    second = await register(talk, uploader, settings, refresh=True)
    assert second.video.id == first.video.id
    assert (second.video.resolution, second.video.title) == ("320x180", "Kept")
    assert (second.video.md5, second.video.description) == (first.video.md5, "From the site")
    assert not second.uploaded


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("empty.mp4", b"", EmptyFileError),
        ("noise.mp4", bytes(range(256)) * 40, NotAVideoError),
        ("gone.mp4", None, LocalFileNotFoundError),
        ("caf\udce9.mp4", b"x", UnusableNameError),
    ],
)
async def test_invalid_file_leaves_nothing_behind(
    uploader: GCSUploader,
    settings: Settings,
    session_factory: SessionFactory,
    name: str,
    content: bytes | None,
    error: type[VideoMomentsError],
) -> None:
    path = settings.videos_dir / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error):
        await register(path, uploader, settings)
    assert await uploader.list_objects("") == []
    assert await count(session_factory) == 0


async def test_retry_after_database_error_uploads_nothing(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory, talk: Path
) -> None:
    url = settings.database_url.replace("+psycopg", "")

    class HidesTheTable(RegistrationObserver):
        def uploaded(self, cloud_url: str, seconds: float, *, was_there: bool) -> None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("ALTER TABLE videos RENAME TO hidden")

    with pytest.raises(SchemaMissingError):
        await register(talk, uploader, settings, observer=HidesTheTable())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE hidden RENAME TO videos")
    assert await count(session_factory) == 0
    assert await uploader.describe_object("videos/talk/talk.mp4") is not None
    again = await register(talk, uploader, settings)
    assert (again.created, again.uploaded) == (True, False)


async def test_deletion_that_began_meanwhile_wins(
    uploader: GCSUploader, settings: Settings, session_factory: SessionFactory, talk: Path
) -> None:
    """The objects are about to be removed, so that a new row would name none."""
    await register(talk, uploader, settings)
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with session_factory() as deletion, session_factory() as observer:
        assert await trash_repository.take_row(deletion, "talk", "bucket")
        registration = asyncio.create_task(register(talk, uploader, settings))
        async with asyncio.timeout(20):
            while not await observer.scalar(waiting):
                await observer.rollback()
                await asyncio.sleep(0.02)
        await deletion.commit()
    with pytest.raises(VideoBeingDeletedError):
        await registration
    assert await count(session_factory) == 0
