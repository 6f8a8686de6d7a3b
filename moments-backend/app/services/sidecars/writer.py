"""Writes the sidecar objects of changed videos.

Each object is replaced conditionally: its generation is read first, then the rows, and the write requires
that generation. Of two workers that write at the same time the second one fails, and repeats both reads, so
that an older state never replaces a newer one. Nothing of this is in the transaction of a change.
"""

import asyncio
import base64
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.exceptions import InternalError, ObjectChangedError, VideoMomentsError
from app.database.models import Video
from app.database.models.sidecar_backlog import LIBRARY
from app.database.session import transaction
from app.models.sidecar import MAX_SIDECAR_BYTES, Sidecar
from app.repositories import sidecar_repository
from app.services.sidecars import library_document
from app.services.sidecars.document import build
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import (
    is_usable,
    library_sidecar_path,
    parse_cloud_url,
    sidecar_path,
    video_path,
)
from app.services.storage.object_store import StoredObject
from app.services.storage.timeouts import with_request_timeout

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
"""Interval of the search for changes; one query on an index."""
QUIET = timedelta(seconds=3)
"""Time without a further change after which a sidecar is written."""
LONGEST = timedelta(seconds=20)
"""Longest delay of a sidecar whose video keeps changing, for example during playback."""
LEASE = timedelta(minutes=2)
"""Time after which another worker writes what a killed one had claimed."""
RETRY_AFTER = timedelta(seconds=30)
"""Delay after an error, such as an unavailable bucket."""
FLUSH_SECONDS = 4.0
"""Longest delay of a worker's end; what is not written by then remains in the backlog."""
BATCH = 64
PARALLEL = 3
"""Fewer than the uploader's threads for short requests, which runs need as well."""
ATTEMPTS = 5

Load = Callable[[AsyncSession], Awaitable[bytes | None]]
"""Returns the content of an object as the rows are now; None if it must not be written."""


@dataclass(frozen=True)
class SidecarWriter:
    """Processes the backlog; safe in several workers at once."""

    settings: Settings
    uploader: GCSUploader
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PARALLEL))

    async def write_due(self, *, quiet: timedelta = QUIET, longest: timedelta = LONGEST) -> int:
        """Write the sidecars of all videos without a recent change; return their number.

        An error of one video is logged and does not affect the others; it is retried after `RETRY_AFTER`.

        Raises:
            DatabaseError: the backlog could not be read or changed.
        """
        written = 0
        while claimed := await self._claim(quiet, longest):
            results = await asyncio.gather(*map(self._write_or_postpone, claimed))
            written += sum(results)
            if not any(results):  # the bucket is probably unavailable
                break
        return written

    async def flush(self) -> None:
        """Write what is in the backlog without waiting for quiet, for at most `FLUSH_SECONDS`."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self.write_due(quiet=timedelta(0))
        except (TimeoutError, VideoMomentsError) as error:
            logger.info("Sidecars remain to be written: %s", error)

    async def _claim(self, quiet: timedelta, longest: timedelta) -> list[int]:
        async with transaction() as session:
            if not await sidecar_repository.has_changes(session):
                return []
            return await sidecar_repository.claim(
                session, quiet=quiet, longest=longest, lease=LEASE, limit=BATCH
            )

    async def _write_or_postpone(self, video_id: int) -> bool:
        async with self._slots:
            try:
                await self._write(video_id)
            except Exception as error:
                known = isinstance(error, VideoMomentsError)
                logger.warning(
                    "Sidecar not written: %s",
                    error,
                    extra={"video": video_id},
                    exc_info=None if known else error,
                )
                async with transaction() as session:
                    await sidecar_repository.release(session, [video_id], RETRY_AFTER)
                return False
        return True

    async def _write(self, video_id: int) -> None:
        if video_id == LIBRARY:
            await self._replace(video_id, library_sidecar_path(self.settings), library_document.load)
            return
        async with transaction() as session:
            video = await session.get(Video, video_id)
            path = None if video is None else self._path(video)
            if video is None or path is None:
                changes = await sidecar_repository.list_changes(session, video_id)
                await sidecar_repository.remove_changes(session, changes)
                return
        crc32c = None if video.md5 else await self._read_crc32c(video)

        async def load(session: AsyncSession) -> bytes | None:
            row = await session.get(Video, video_id)
            if row is None or row.purge_scope is not None or self._path(row) != path:
                return None
            return _encode(await _build(session, row), crc32c)

        await self._replace(video_id, path, load)

    async def _replace(self, video_id: int, path: str, load: Load) -> None:
        """Make the object equal to what `load` returns, and remove the changes that it contains."""
        for _ in range(ATTEMPTS):
            existing = await with_request_timeout(self.uploader.describe_object(path))
            async with transaction() as session:
                changes = await sidecar_repository.list_changes(session, video_id)
                content = await load(session)
            stored = None
            if content is not None:
                try:
                    stored = await self._put(path, content, existing)
                except ObjectChangedError:
                    continue
            await self._finish(video_id, changes, stored)
            return
        raise ObjectChangedError(f"other writers changed {path} {ATTEMPTS} times", remedy="retry")

    async def _finish(self, video_id: int, changes: Sequence[int], stored: StoredObject | None) -> None:
        """Remove the changes, and the object of a video that was deleted while it was written.

        A deletion marks the row, and then removes all objects: whatever is written after that is seen here.
        """
        async with transaction() as session:
            await sidecar_repository.remove_changes(session, changes)
            if video_id == LIBRARY or await sidecar_repository.is_present(session, video_id):
                return
        if stored is not None:
            with suppress(ObjectChangedError):  # the sidecar of a new video with this identifier
                await self.uploader.delete_object(stored.name, generation=stored.generation)

    async def _put(self, path: str, content: bytes, existing: StoredObject | None) -> StoredObject:
        if existing is not None and existing.md5 == _md5(content):
            return existing
        generation = existing.generation if existing else 0
        return await self.uploader.put_json(path, content, generation=generation)

    async def _read_crc32c(self, video: Video) -> str | None:
        """Return the only checksum of an object that was composed of parts."""
        original = await self.uploader.describe_object(parse_cloud_url(video.cloud_url)[1])
        return original.crc32c if original is not None and original.md5 is None else None

    def _path(self, video: Video) -> str | None:
        """Return the name of the sidecar; None if the video's object is not where sidecars belong."""
        bucket, gcs_path = parse_cloud_url(video.cloud_url)
        filename = gcs_path.rpartition("/")[2]
        path = sidecar_path(self.settings, video.identifier)
        is_ours = bucket == self.settings.gcs_bucket_name
        is_beside = gcs_path == video_path(self.settings, video.identifier, filename)
        return path if is_ours and is_beside and is_usable(path) else None


async def _build(session: AsyncSession, video: Video) -> Sidecar:
    try:
        return await build(session, video)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InternalError(
            f"the sidecar of {video.identifier!r} would be invalid: {place}: {first['msg']}"
        ) from error


def _encode(sidecar: Sidecar, crc32c: str | None) -> bytes:
    if crc32c is not None:
        described = sidecar.object.model_copy(update={"crc32c": crc32c})
        sidecar = sidecar.model_copy(update={"object": described})
    content = sidecar.encode()
    if len(content) > MAX_SIDECAR_BYTES:  # only undo steps and feedback grow without a limit of their own
        content = sidecar.model_copy(update={"corrections": [], "feedback": []}).encode()
    return content


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode("ascii")
