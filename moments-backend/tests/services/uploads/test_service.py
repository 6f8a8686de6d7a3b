"""`UploadService` without HTTP; the protocol is tested in `tests/api`."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from app.core.exceptions import LocalFileError, UploadBusyError, UploadNotFoundError
from app.core.files.partial import BUFFER_BYTES
from app.core.redis import create_redis
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.run_service import RunService
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.service import UploadService
from app.services.uploads.upload_request import UploadRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

    from app.core.config import Settings


@pytest.fixture
async def uploads(
    settings: Settings, session_factory: async_sessionmaker[AsyncSession]
) -> AsyncIterator[UploadService]:
    redis, uploader = create_redis(settings), GCSUploader(settings)
    made = UploadService(
        settings, uploader, RunService(settings, RunQueue(settings), RunStatusStore(redis, settings))
    )
    yield made
    await made.close()
    await uploader.close()
    await redis.aclose()


async def create(uploads: UploadService, size: int = 10 * BUFFER_BYTES) -> str:
    upload_id = uuid4().hex
    await uploads.create(upload_id, {"filename": "talk.mp4"}, size)
    return upload_id


def file_of(settings: Settings, upload_id: str) -> Path:
    return settings.uploads_dir / upload_id / "talk.mp4"


async def test_bytes_are_written_in_blocks(settings: Settings, uploads: UploadService) -> None:
    """At most one block is buffered, and `flush` writes it."""
    upload_id = await create(uploads)
    piece = os.urandom(64 * 1024)
    async with uploads.append_session(upload_id):
        for count in range(1, 101):
            await uploads.append(upload_id, piece)
            held_back = count * len(piece) - file_of(settings, upload_id).stat().st_size
            assert 0 <= held_back < BUFFER_BYTES
        await uploads.flush(upload_id)
        assert file_of(settings, upload_id).read_bytes() == piece * 100
    assert (await uploads.get(upload_id)).offset == 100 * len(piece)


async def test_removed_file_is_not_recreated(settings: Settings, uploads: UploadService) -> None:
    upload_id = await create(uploads)
    file_of(settings, upload_id).unlink()
    with pytest.raises(UploadNotFoundError):
        async with uploads.append_session(upload_id):
            await uploads.append(upload_id, bytes(BUFFER_BYTES))
    assert not file_of(settings, upload_id).exists()
    await uploads.sweep()
    assert list(settings.uploads_dir.iterdir()) == []
    with pytest.raises(UploadNotFoundError):
        async with uploads.append_session(upload_id):
            pass
    assert list(settings.uploads_dir.iterdir()) == []


async def test_upload_in_use_is_not_swept(settings: Settings, uploads: UploadService) -> None:
    upload_id = await create(uploads)
    sidecar = settings.uploads_dir / upload_id / "upload.json"
    sidecar.write_text(sidecar.read_text().replace('"created_at": "20', '"created_at": "19'))
    os.utime(file_of(settings, upload_id), (0, 0))
    async with uploads.append_session(upload_id):
        await uploads.sweep()
        assert file_of(settings, upload_id).exists()
    await uploads.sweep()
    with pytest.raises(UploadNotFoundError):
        await uploads.get(upload_id)


async def test_lock_is_released_after_cancellation(uploads: UploadService) -> None:
    upload_id = await create(uploads)
    entered = asyncio.Event()

    async def hold() -> None:
        async with uploads.append_session(upload_id):
            entered.set()
            await asyncio.sleep(60)

    holder = asyncio.create_task(hold())
    await entered.wait()
    with pytest.raises(UploadBusyError):
        await uploads.remove(upload_id)
    holder.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holder
    await uploads.remove(upload_id)
    with pytest.raises(UploadNotFoundError):
        await uploads.get(upload_id)


@pytest.mark.parametrize(
    "upload_id", ["", "..", ".", "../../etc/passwd", "F" * 32, "f" * 31, "f" * 32 + "\n"]
)
async def test_malformed_id_is_not_found(uploads: UploadService, upload_id: str) -> None:
    with pytest.raises(UploadNotFoundError):
        await uploads.get(upload_id)
    with pytest.raises(UploadNotFoundError):
        await uploads.remove(upload_id)


async def test_directory_cannot_be_created(settings: Settings, uploads: UploadService) -> None:
    settings.uploads_dir.write_text("in the way")
    with pytest.raises(LocalFileError):
        await uploads.validate({"filename": "talk.mp4"}, 5)
    with pytest.raises(LocalFileError):
        await create(uploads)
    assert await uploads.list_page(10) == ([], None)


@pytest.mark.parametrize(
    "filename", ["Screen Recording at 9.00.00\u202fAM.mov", "naïve – 東京.MP4", "a.b.mkv", "'; --.webm"]
)
def test_common_file_names_are_accepted(filename: str) -> None:
    assert UploadRequest.from_metadata({"filename": filename}, 5) == UploadRequest(
        filename, 5, find_moments=False, force=False
    )
