"""The storage interface of tuspyserver over `UploadService`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from email.utils import format_datetime
from io import UnsupportedOperation
from typing import Any

from fastapi import HTTPException
from tuspyserver.storage import TusStorage

from app.core.exceptions import UploadNotFoundError, VideoMomentsError
from app.services.uploads.service import UploadService


class WrappedAppError(HTTPException):
    """An application error on its way through tuspyserver, which answers any other exception with success."""

    def __init__(self, error: VideoMomentsError) -> None:
        super().__init__(error.status, error.cause)
        self.error = error


class TusStorageAdapter(TusStorage):
    """Adapter for tuspyserver. Only the first `write_info` creates an upload; later calls are ignored."""

    def __init__(self, uploads: UploadService) -> None:
        self._uploads = uploads
        self._new: set[str] = set()

    async def create(self, uid: str) -> None:
        """Leave the creation to `write_info`: an upload must not exist without its metadata."""
        self._new.add(uid)

    async def exists(self, uid: str) -> bool:
        try:
            await self._uploads.snapshot(uid)
        except UploadNotFoundError:
            return False
        return True

    async def size(self, uid: str) -> int:
        return (await self._uploads.snapshot(uid)).offset

    async def append(self, uid: str, chunk: bytes) -> None:
        with _wrapped_errors():
            await self._uploads.append(uid, chunk)

    async def flush(self, uid: str) -> None:
        if await self._is_receiving(uid):
            with _wrapped_errors():
                await self._uploads.flush(uid)

    async def finalize(self, uid: str) -> None:
        """Do nothing: `append_session` detects a complete file under the lock."""

    async def read(self, uid: str) -> bytes | None:
        raise UnsupportedOperation(f"upload {uid} is a video, which does not fit into memory")

    async def delete(self, uid: str) -> None:
        await self._uploads.remove(uid)

    async def read_info(self, uid: str) -> dict[str, Any] | None:
        """Return the metadata with the file's size as the offset, which is correct even after `kill -9`."""
        try:
            snapshot = await self._uploads.snapshot(uid)
        except UploadNotFoundError:
            return None
        return {
            "metadata": snapshot.info.metadata,
            "size": snapshot.info.size,
            "offset": snapshot.offset,
            "created_at": snapshot.info.created_at.isoformat(),
            "expires": format_datetime(snapshot.expires_at, usegmt=True) if snapshot.expires_at else None,
        }

    async def write_info(self, uid: str, data: dict[str, Any]) -> None:
        """Create the upload once.

        tuspyserver calls this again after releasing the lock: an upload deleted meanwhile must not be
        recreated.
        """
        if uid in self._new:
            self._new.remove(uid)
            await self._uploads.create(uid, data["metadata"], data["size"])

    async def list_uids(self) -> list[str]:
        raise UnsupportedOperation("tuspyserver lists uploads only to delete expired ones, which we do")

    def location(self, uid: str) -> str:
        return uid

    @asynccontextmanager
    async def lock(self, uid: str) -> AsyncIterator[None]:  # type: ignore[override] # declared as an iterator
        """Hold the upload's lock; a complete upload accepts no bytes and needs none."""
        if await self._is_receiving(uid):
            async with self._uploads.append_session(uid):
                yield
        else:
            yield

    async def _is_receiving(self, uid: str) -> bool:
        return (await self._uploads.snapshot(uid)).info.status == "receiving"


@contextmanager
def _wrapped_errors() -> Iterator[None]:
    try:
        yield
    except VideoMomentsError as error:
        raise WrappedAppError(error) from error
