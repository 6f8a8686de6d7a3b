"""One export while a worker processes it: its parameters, progress and ownership."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.core.concurrency import ended_by
from app.core.exceptions import DatabaseError, ExportOwnershipLostError
from app.database.session import transaction
from app.models.export import ExportOptions
from app.repositories import export_repository as exports
from app.repositories.export_repository import ExportOfVideo
from app.services.exports.mapper import options_of

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
"""Interval at which the progress is saved, and the ownership and a cancellation are checked."""


@dataclass
class ExportJob:
    """Parameters of one export that this worker owns; times in seconds of the video.

    Attributes:
        token: proves that this worker owns the export.
        percent: progress, saved every `CHECK_SECONDS`.
        has_stored: an upload was started, so an unfinished export may have objects.
        is_recording: the result is being recorded, after which the row needs no worker.
    """

    export_id: str
    video_id: str
    video_row_id: int
    start: float
    end: float
    title: str
    filename: str
    options: ExportOptions
    token: str
    percent: float = 0.0
    has_stored: bool = False
    is_recording: bool = False
    _saved: float = field(default=0.0, repr=False)

    @classmethod
    def of(cls, found: ExportOfVideo, token: str) -> "ExportJob":
        row = found.export
        return cls(
            export_id=row.id,
            video_id=found.video_id,
            video_row_id=row.video_id,
            start=row.start_time,
            end=row.end_time,
            title=row.title,
            filename=row.filename,
            options=options_of(row),
            token=token,
        )

    def progress(self, percent: float) -> None:
        self.percent = round(min(max(percent, 0.0), 99.9), 1)

    async def ensure_owned(self) -> None:
        """Save the progress, and check that this worker still owns the export.

        Raises:
            ExportOwnershipLostError: another worker owns the export, or it was deleted.
            CancelledError: the user cancelled the export.
        """
        is_cancelled = await self._save()
        if is_cancelled is None:
            raise self.ownership_lost()
        if is_cancelled:
            raise asyncio.CancelledError

    async def is_owned(self) -> bool:
        """Return whether this worker owns the export, which has not ended."""
        async with transaction() as session:
            return await exports.is_cancelled(session, self.export_id, self.token) is not None

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Save the progress during the block, and end the block if the export is cancelled or lost."""

        async def watch() -> ExportOwnershipLostError | None:
            is_cancelled: bool | None = False
            while is_cancelled is False:
                await asyncio.sleep(CHECK_SECONDS)
                try:
                    is_cancelled = await self._save()
                except DatabaseError as error:
                    logger.warning("Progress not saved: %s", error.cause)
                if self.is_recording:
                    is_cancelled = False
            return self.ownership_lost() if is_cancelled is None else None

        async with ended_by(watch):
            yield

    async def _save(self) -> bool | None:
        """Save the progress if it changed; return whether to cancel, None if the export was lost."""
        percent = self.percent
        async with transaction() as session:
            if percent == self._saved:
                return await exports.is_cancelled(session, self.export_id, self.token)
            is_cancelled = await exports.save(session, self.export_id, self.token, percent=percent)
        self._saved = percent
        return is_cancelled

    def ownership_lost(self) -> ExportOwnershipLostError:
        return ExportOwnershipLostError(
            f"export {self.export_id} of {self.video_id!r} was deleted, or taken over by another worker"
        )
