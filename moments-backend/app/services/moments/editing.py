"""The user's edits of moments: keep, rate, rename, trim, merge, split, delete, restore and reset.

Each edit is one transaction that holds the lock of the video's moments; see `open_edits`. Trimmed, merged and
split moments are deleted like any other, with their clips, until the deletion becomes final.
"""

from dataclasses import dataclass

from app.core.exceptions import InvalidRequestError, NothingToResetError, VideoNotFoundError
from app.models.moment import Moment, MomentCreate, MomentMerge, MomentRead, MomentSplit, MomentUpdate
from app.models.transcript import Transcript
from app.services.moments import composition
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edit_session import EditSession, not_found, open_edits

MAX_MERGED_SECONDS = 3600.0


@dataclass(frozen=True)
class MomentEditingService:
    """Edits moments.

    All methods raise `DatabaseError`, `StorageError` or `LocalFileError` if documents or edits could not be
    read or saved, and `TooManyEditsError` if the video has `MAX_EDITS` edited moments.
    """

    documents: VideoDocumentStores

    async def create(self, video_id: str, wanted: MomentCreate) -> MomentRead:
        """Add a moment of the user's own, which is kept like a trimmed one.

        The same range gives the same id, so a repeated request only changes the title.

        Raises:
            VideoNotFoundError: the video is not in the library.
            InvalidRequestError: the range is too short, or outside the video.
        """
        transcript = await self._transcript(video_id)
        start, end = round(wanted.start_time, 3), round(wanted.end_time, 3)
        moment = composition.own_moment(video_id, transcript, start, end, wanted.title)
        async with open_edits(video_id, self.documents) as edits:
            if edits.row_id is None:
                raise VideoNotFoundError(video_id)
            edits.ensure_valid_range(start, end)
            await edits.add(moment, title=wanted.title)
            await edits.record(moment, "created")
            return _existing(edits, moment.id)

    async def update(self, video_id: str, wanted_id: str, change: MomentUpdate) -> MomentRead:
        """Apply a change and return the moment. Trimming replaces it by a moment with a new id and clip.

        Raises:
            ResultNotFoundError: the moment does not exist, or was deleted meanwhile.
            InvalidRequestError: the range is too short, or outside the video.
        """
        has_times = change.start_time is not None or change.end_time is not None
        transcript = await self._transcript(video_id) if has_times else None
        fields = change.model_dump(include={"title", "rating", "is_kept"}, exclude_unset=True)
        async with open_edits(video_id, self.documents) as edits:
            moment, original = edits.get(wanted_id)
            start, end = change.boundaries_of(moment)
            is_trim = has_times and (start, end) != (round(moment.start_time, 3), round(moment.end_time, 3))
            if not is_trim:
                await edits.save(original, **fields)
                result_id = wanted_id
            else:
                edits.ensure_valid_range(start, end)
                part = composition.trimmed(moment, transcript, start, end, video_id)
                await edits.delete(original)
                inherited = {"rating": moment.rating, "title": moment.title}
                await edits.add(part, replaces=[original.id], **inherited | fields)
                await edits.record(original, "trimmed")
                result_id = part.id
            await _record_change(edits, original, change)
            return _existing(edits, result_id)

    async def merge(self, video_id: str, wanted: MomentMerge) -> MomentRead:
        """Replace moments by one from the earliest start to the latest end; a repeated request returns it.

        Raises:
            ResultNotFoundError: a moment does not exist, or was deleted meanwhile.
            InvalidRequestError: the same moment twice, or the result exceeds `MAX_MERGED_SECONDS`.
        """
        transcript = await self._transcript(video_id)
        async with open_edits(video_id, self.documents) as edits:
            originals = {edits.original_id(one) for one in wanted.moment_ids}
            if len(originals) < len(wanted.moment_ids):
                raise InvalidRequestError(
                    "the same moment was given twice; a refined moment and its original are the same",
                    remedy="choose different moments",
                )
            if repeated := _merged_before(edits, originals):
                return repeated
            pairs = [edits.get(one) for one in wanted.moment_ids]
            moment = composition.merged([part for part, _ in pairs], transcript, wanted.title, video_id)
            length = moment.end_time - moment.start_time
            if length > MAX_MERGED_SECONDS:
                raise InvalidRequestError(
                    f"the merged moment would last {length:g} s, more than {MAX_MERGED_SECONDS:g} s",
                    remedy="choose moments that are closer to each other",
                )
            ratings = [part.rating for part, _ in pairs if part.rating is not None]
            for _, original in pairs:
                await edits.delete(original)
                await edits.record(original, "merged")
            await edits.add(
                moment,
                replaces=sorted(originals),
                title=moment.title,
                rating=max(ratings, default=None),
            )
            return _existing(edits, moment.id)

    async def split(self, video_id: str, wanted_id: str, wanted: MomentSplit) -> list[MomentRead]:
        """Replace a moment by its parts before and after a position; a repeated request returns them.

        Raises:
            ResultNotFoundError: the moment does not exist, or was deleted meanwhile.
            InvalidRequestError: the position is not at least `MIN_SECONDS` inside the moment.
        """
        transcript, at = await self._transcript(video_id), round(wanted.at, 3)
        async with open_edits(video_id, self.documents) as edits:
            if repeated := _split_before(edits, wanted_id, at):
                return repeated
            moment, original = edits.get(wanted_id)
            if not moment.start_time < at < moment.end_time:
                raise InvalidRequestError(
                    f"{at:g} s is not inside the moment, which lasts from {moment.start_time:g}"
                    f" to {moment.end_time:g} s",
                    remedy="choose a position inside the moment",
                )
            parts = composition.split(moment, transcript, at, wanted.titles, video_id)
            for part in parts:
                edits.ensure_valid_range(part.start_time, part.end_time)
            await edits.delete(original)
            for part in parts:
                await edits.add(part, replaces=[original.id], title=part.title, rating=moment.rating)
            await edits.record(original, "split")
            return [_existing(edits, part.id) for part in parts]

    async def delete(self, video_id: str, wanted_id: str) -> None:
        """Delete a moment: hide it, also from the results of later runs. Its clip is kept for a while.

        Raises:
            ResultNotFoundError: the moment does not exist, or was deleted meanwhile.
        """
        async with open_edits(video_id, self.documents) as edits:
            _, original = edits.get(wanted_id)
            await edits.delete(original)
            await edits.record(original, "deleted")

    async def restore(self, video_id: str, wanted_id: str) -> MomentRead:
        """Restore a deleted moment; one that is not deleted is returned unchanged.

        Raises:
            ResultNotFoundError: no such moment exists.
        """
        async with open_edits(video_id, self.documents) as edits:
            original = edits.original_id(wanted_id)
            if restored := await edits.restore(original):
                await edits.record(restored, "restored")
            return _existing(edits, wanted_id)

    async def reset(self, video_id: str, wanted_id: str) -> list[MomentRead]:
        """Undo a trim, merge or split: restore the moments before it, and delete those made from them.

        Raises:
            ResultNotFoundError: the moment does not exist, or was deleted meanwhile.
            NothingToResetError: it was not trimmed, merged or split, or the moments before are purged.
        """
        async with open_edits(video_id, self.documents) as edits:
            moment, _ = edits.get(wanted_id)
            if not moment.replaces:
                raise NothingToResetError(video_id, wanted_id)
            for one in edits.moments().values():
                if not set(one.replaces).isdisjoint(moment.replaces):
                    await edits.delete(one)
            restored = [await edits.restore(one) for one in moment.replaces]
            found = [one for one in restored if one is not None]
            for one in found:
                await edits.record(one, "restored")
            return sorted(found, key=lambda one: one.start_time)

    async def _transcript(self, video_id: str) -> Transcript | None:
        return await self.documents.transcripts.load_local_first(video_id)


def _existing(edits: EditSession, wanted_id: str) -> MomentRead:
    """Return the moment after the edit; a moment that is not kept any more may not exist."""
    moment = edits.moments().get(wanted_id)
    if moment is None:
        raise not_found(wanted_id, edits.video_id)
    return moment


async def _record_change(edits: EditSession, moment: Moment, change: MomentUpdate) -> None:
    if "rating" in change.model_fields_set:
        await edits.record(moment, "rated", change.rating)
    if "is_kept" in change.model_fields_set:
        await edits.record(moment, "kept" if change.is_kept else "unkept")


def _merged_before(edits: EditSession, originals: set[str]) -> MomentRead | None:
    """Return the moment that an earlier request has merged from exactly these."""
    return next((one for one in edits.moments().values() if set(one.replaces) == originals), None)


def _split_before(edits: EditSession, wanted_id: str, at: float) -> list[MomentRead] | None:
    """Return the parts into which an earlier request has split the moment at this position."""
    parts = edits.replacing(edits.original_id(wanted_id))
    is_same = [part.end_time for part in parts[:-1]] == [part.start_time for part in parts[1:]] == [at]
    return parts if is_same else None
