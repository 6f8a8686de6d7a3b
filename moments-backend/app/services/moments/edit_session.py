"""The edits of one video in an open transaction, and the moments they result in."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import InvalidRequestError, ResultNotFoundError, TooManyEditsError
from app.database.models import MomentEdit, Video
from app.database.session import async_session_factory, database_timeout
from app.models.moment import Moment, MomentRead
from app.repositories import moment_edit_repository
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import apply_edits, index_titles, original_id
from app.services.moments.feedback import FeedbackAction, record

MAX_EDITS = 2000
"""Edited or deleted moments of one video; every list of its moments reads all of them."""

MIN_SECONDS = 1.0
TOLERANCE_SECONDS = 0.5
"""Containers and players disagree by some frames about the end of a video."""
MAX_VIDEO_SECONDS = 1_000_000.0
"""End of a video of unknown duration."""


class EditSession:
    """The edits of one video, while its lock is held.

    Args:
        row_id: `videos.id`; None if the video is not in the library.
        duration: seconds; None if unknown.
        generated: the moments of the document.
    """

    def __init__(
        self,
        session: AsyncSession,
        video_id: str,
        *,
        row_id: int | None,
        duration: float | None,
        generated: Sequence[Moment],
        edits: Iterable[MomentEdit],
    ) -> None:
        self.session = session
        self.video_id = video_id
        self.row_id = row_id
        self.generated = generated
        self._duration = duration
        self._edits = {edit.moment_id: edit for edit in edits}

    def moments(self) -> dict[str, MomentRead]:
        """Return the moments as the user sees them, by id."""
        edits = sorted(self._edits.values(), key=lambda edit: edit.moment_id)
        return {moment.id: moment for moment in apply_edits(self.generated, edits)}

    def get(self, wanted_id: str) -> tuple[MomentRead, MomentRead]:
        """Return the moment, and the one it was refined from, or itself.

        Raises:
            ResultNotFoundError: the moment does not exist, or is deleted.
        """
        moments = self.moments()
        if wanted_id not in moments:
            raise not_found(wanted_id, self.video_id)
        moment = moments[wanted_id]
        return moment, moments.get(original_id(moment), moment)

    def original_id(self, wanted_id: str) -> str:
        """Return the id whose row has the edits of the moment, which may be deleted."""
        return next((original_id(one) for one in self.generated if one.id == wanted_id), wanted_id)

    def replacing(self, moment_id: str) -> list[MomentRead]:
        """Return the moments that were trimmed, merged or split from the deleted moment, in order of time."""
        found = (one for one in self.moments().values() if moment_id in one.replaces)
        return sorted(found, key=lambda one: one.start_time)

    def ensure_valid_range(self, start: float, end: float) -> None:
        """Check a range in seconds.

        Raises:
            InvalidRequestError: it is too short, or outside the video.
        """
        if round(end - start, 3) < MIN_SECONDS:
            raise InvalidRequestError(
                f"the range from {start:g} to {end:g} s is shorter than {MIN_SECONDS:g} s",
                remedy="choose a longer range",
            )
        if start < 0:
            raise InvalidRequestError(
                f"{start:g} s is before the start of the video", remedy="choose a start inside the video"
            )
        duration = MAX_VIDEO_SECONDS if self._duration is None else self._duration
        if end > duration + TOLERANCE_SECONDS:
            raise InvalidRequestError(
                f"{end:g} s is after the end of the video at {duration:g} s",
                remedy="choose an end inside the video",
            )

    async def save(self, moment: Moment, **fields: Any) -> None:
        """Save an edit.

        Raises:
            TooManyEditsError: it would be the first edit of one moment too many.
        """
        if moment.id not in self._edits and len(self._edits) >= MAX_EDITS:
            raise TooManyEditsError(self.video_id, MAX_EDITS)
        document = moment.model_dump(mode="json", include=set(Moment.model_fields))
        async with database_timeout():
            self._edits[moment.id] = await moment_edit_repository.upsert(
                self.session, self.video_id, moment.id, document, **fields
            )

    async def add(self, moment: Moment, *, replaces: Sequence[str] = (), **fields: Any) -> None:
        """Save a moment whose boundaries the user chose; it is kept.

        This restores a deleted moment with the same id, and thus the same range.

        Args:
            replaces: moments that `reset` restores in its place.
        """
        edit = self._edits.get(moment.id)
        before = [] if edit is None or edit.is_deleted else edit.replaces
        links = [one for one in dict.fromkeys([*before, *replaces]) if one != moment.id]
        state = {"is_kept": True, "is_edited": True} | _EXISTS | {"replaces": links}
        await self.save(moment, **fields | state)

    async def delete(self, moment: Moment) -> None:
        """Hide a moment, which can be restored."""
        await self.save(moment, is_deleted=True, is_purged=False, deleted_at=func.now())

    async def restore(self, moment_id: str) -> MomentRead | None:
        """Restore a deleted moment; None if it is not deleted.

        A moment that is not in the document any more is kept from now on: otherwise it would stay hidden.
        """
        is_generated = any(moment.id == moment_id for moment in self.generated)
        async with database_timeout():
            edit = await moment_edit_repository.restore(
                self.session, self.video_id, moment_id, is_kept=not is_generated
            )
        if edit is None:
            return None
        self._edits[moment_id] = edit
        return self.moments().get(moment_id)

    async def record(self, moment: Moment, action: FeedbackAction, value: float | None = None) -> None:
        """Record the action as feedback on the selection."""
        if self.row_id is not None:
            async with database_timeout():
                await record(self.session, self.row_id, moment, action, value)


_EXISTS = {"is_deleted": False, "is_purged": False, "deleted_at": None}
"""Columns of a moment that is not deleted."""


@asynccontextmanager
async def open_edits(video_id: str, documents: VideoDocumentStores) -> AsyncIterator[EditSession]:
    """Open the edits of a video in a transaction that is committed unless the block raises.

    Raises:
        DatabaseError, StorageError, LocalFileError: documents or edits could not be read or saved.
    """
    async with async_session_factory() as session:
        async with edits_in(session, video_id, documents) as edits:
            yield edits
        async with database_timeout():
            await session.commit()


@asynccontextmanager
async def edits_in(
    session: AsyncSession, video_id: str, documents: VideoDocumentStores
) -> AsyncIterator[EditSession]:
    """Open the edits of a video; the index of its moments is written at the end, unless the block raises.

    Edits of one video run one after the other. The video's row is locked first, as its deletion does, so
    that the two never wait for each other.

    Raises:
        DatabaseError, StorageError, LocalFileError: documents or edits could not be read or saved.
    """
    async with database_timeout():
        row = select(Video.id, Video.duration_seconds).where(Video.identifier == video_id)
        video = (await session.execute(row.with_for_update(read=True, key_share=True))).one_or_none()
        await moment_edit_repository.lock(session, video_id)
    # Read under the lock: a run that records moments holds it too.
    generated = await documents.moments.load_local_first(video_id) or []
    async with database_timeout():
        edits = await moment_edit_repository.list_for_video(session, video_id)
    row_id, duration = (None, None) if video is None else video
    yield EditSession(session, video_id, row_id=row_id, duration=duration, generated=generated, edits=edits)
    async with database_timeout():
        await index_titles(session, video_id, generated)


def not_found(wanted_id: str, video_id: str) -> ResultNotFoundError:
    return ResultNotFoundError(f"moment {wanted_id}", video_id)
