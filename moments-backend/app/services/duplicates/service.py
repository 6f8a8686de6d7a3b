"""Groups of duplicates, and what a user decides about them."""

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import run_in_thread
from app.core.exceptions import InvalidRequestError, VideoNotFoundError
from app.database.models import MomentEdit, Video
from app.database.session import transaction
from app.media.frame_hash import VERSION, parse_hashes
from app.models.duplicates import DuplicateGroup, DuplicateList, DuplicateMerged, DuplicateVideo
from app.models.moment import Moment, MomentCreate, MomentUpdate
from app.models.tags import MAX_TAGS, merge_tags
from app.repositories import duplicate_repository, moment_edit_repository, trash_repository
from app.repositories.duplicate_repository import HashesState
from app.services.duplicates.grouping import by_video, connected
from app.services.duplicates.matching import Fingerprint, SimilarPair, compare, find_similar
from app.services.library.events import event_data
from app.services.library.identity import folder_of
from app.services.library.titles import title_from
from app.services.library.trash import TrashService
from app.services.moments.edited_moments import edited_fields
from app.services.moments.editing import MomentEditingService
from app.services.webhooks import events

logger = logging.getLogger(__name__)

READ_SECONDS = 60.0
"""Time limit for reading the hashes of all videos."""
FILLED = ("source_url", "description", "channel", "recorded_at", "title", "language")
"""Columns of a removed video that the kept one gets if it has no value."""


@dataclass
class _Cache:
    """The near-duplicates at a state of the hashes."""

    state: HashesState | None = None
    pairs: Sequence[SimilarPair] = ()
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class DuplicateService:
    editing: MomentEditingService
    trash: TrashService
    _cache: _Cache = field(default_factory=_Cache)

    async def list_groups(self) -> DuplicateList:
        """Return the groups of videos with the same bytes, then those of near-duplicates.

        Raises:
            DatabaseError: the tables could not be read.
        """
        pairs = await self._similar_pairs()
        async with transaction() as session:
            same = await duplicate_repository.list_same_bytes(session)
            dismissed = await duplicate_repository.list_dismissed(session)
            ids = {number for group in same for number in group}
            ids |= {number for pair in pairs for number in (pair.first, pair.second)}
            videos = {video.id: video for video in await duplicate_repository.list_videos(session, ids)}
            pending = await duplicate_repository.count_without_hashes(session, VERSION)
        groups = _groups_of_same(same, dismissed, videos) + _groups_of_similar(pairs, dismissed, videos)
        removable = sum(
            video.size_bytes or 0 for group in groups for video in group.videos if video.id != group.keep
        )
        return DuplicateList(groups=groups, total=len(groups), removable_bytes=removable, pending=pending)

    async def merge(self, keep: str, remove: Sequence[str]) -> DuplicateMerged:
        """Give the marks of duplicates to the video kept, and move the others to the trash.

        Repeating an interrupted merge continues it: what has been copied is not copied again.

        Raises:
            VideoNotFoundError: one of them is not in the library.
            DatabaseError, StorageError: nothing was moved to the trash.
        """
        async with transaction() as session:
            kept, removed = await _get_all(session, keep, remove)
        copied = 0
        for video in removed:
            copied += await self._copy_moments(video, kept)
        async with transaction() as session:
            kept, removed = await _get_all(session, keep, remove)
            _merge_columns(kept, removed)
            moved = await trash_repository.move_to_trash(session, [video.id for video in removed])
            for video in removed:
                await events.record(session, "video.trashed", event_data(video))
            await events.record(session, "video.updated", event_data(kept))
        await self.trash.cancel_active_work([key.identifier for key in moved])
        return DuplicateMerged(keep=keep, trashed=[video.identifier for video in removed], moments=copied)

    async def dismiss(self, identifiers: Collection[str]) -> None:
        """Record that these videos are not duplicates of each other.

        Raises:
            InvalidRequestError: fewer than two different videos.
            VideoNotFoundError: one of them is not in the library.
        """
        wanted = list(dict.fromkeys(identifiers))
        if len(wanted) < 2:  # noqa: PLR2004 - a pair
            raise InvalidRequestError("name at least two different videos")
        async with transaction() as session:
            first, others = await _get_all(session, wanted[0], wanted[1:])
            numbers = sorted([first.id, *(video.id for video in others)])
            await duplicate_repository.dismiss(session, combinations(numbers, 2))

    async def _similar_pairs(self) -> Sequence[SimilarPair]:
        """Return the near-duplicates; computed again only if the hashes have changed."""
        async with self._cache.lock:
            async with transaction() as session:
                state = await duplicate_repository.hashes_state(session)
            if state != self._cache.state:
                async with transaction(READ_SECONDS) as session:
                    stored = await duplicate_repository.list_hashes(session, VERSION)
                prints = [Fingerprint(row.video_id, row.duration, parse_hashes(row.hashes)) for row in stored]
                self._cache.pairs = await run_in_thread(find_similar, prints)
                self._cache.state = state
            return self._cache.pairs

    async def _copy_moments(self, video: Video, kept: Video) -> int:
        """Copy the user's moments, shifted by the offset between both videos; return their number."""
        async with transaction() as session:
            edits = await moment_edit_repository.list_for_video(session, video.identifier)
            offset = await _offset_between(session, video, kept)
        wanted = [edit for edit in edits if not edit.is_deleted and _is_marked(edit)]
        if offset is None:
            return 0
        copied = 0
        for edit in wanted:
            moment = Moment.model_validate(edit.moment).model_copy(update=edited_fields(edit))
            try:
                await self._copy_moment(kept.identifier, moment, edit, offset)
            except InvalidRequestError as error:  # outside the video kept
                logger.info("moment not copied: %s", error.cause, extra={"video_id": kept.identifier})
            else:
                copied += 1
        return copied

    async def _copy_moment(self, video_id: str, moment: Moment, edit: MomentEdit, offset: float) -> None:
        created = await self.editing.create(
            video_id,
            MomentCreate(
                start_time=moment.start_time + offset,
                end_time=moment.end_time + offset,
                title=edit.title or moment.title,
            ),
        )
        if edit.rating is not None:
            await self.editing.update(video_id, created.id, MomentUpdate(rating=edit.rating))


async def _get_all(session: AsyncSession, keep: str, remove: Sequence[str]) -> tuple[Video, list[Video]]:
    found = {
        video.identifier: video for video in await duplicate_repository.lock_videos(session, [keep, *remove])
    }
    for identifier in (keep, *remove):
        if identifier not in found:
            raise VideoNotFoundError(identifier)
    return found[keep], [found[identifier] for identifier in remove]


async def _offset_between(session: AsyncSession, video: Video, kept: Video) -> float | None:
    """Return what to add to times of `video` to get times of `kept`; None if they are not duplicates."""
    if video.md5 is not None and (video.md5, video.size_bytes) == (kept.md5, kept.size_bytes):
        return 0.0
    prints = {
        row.video_id: Fingerprint(row.video_id, row.duration, parse_hashes(row.hashes))
        for row in await duplicate_repository.list_hashes_of(session, VERSION, [video.id, kept.id])
    }
    if len(prints) < 2:  # noqa: PLR2004 - both
        return None
    pair = compare(prints[video.id], prints[kept.id])
    return None if pair is None else pair.offset


def _is_marked(edit: MomentEdit) -> bool:
    return edit.is_edited or edit.is_kept or edit.rating is not None or edit.title is not None


def _merge_columns(kept: Video, removed: Sequence[Video]) -> None:
    kept.tags = merge_tags([*kept.tags, *(tag for video in removed for tag in video.tags)])[:MAX_TAGS]
    kept.is_favorite = kept.is_favorite or any(video.is_favorite for video in removed)
    watched = [video for video in (kept, *removed) if video.last_watched_at is not None]
    if watched:
        latest = max(watched, key=lambda video: video.last_watched_at or video.created_at)
        kept.last_watched_at, kept.watch_position = latest.last_watched_at, latest.watch_position
    for video in removed:
        for column in FILLED:
            if getattr(kept, column) is None:
                setattr(kept, column, getattr(video, column))


def _groups_of_same(
    same: Iterable[Sequence[int]], dismissed: set[tuple[int, int]], videos: dict[int, Video]
) -> list[DuplicateGroup]:
    apart = by_video(dismissed)
    found = (members for numbers in same for members in connected(numbers, apart) if len(members) > 1)
    return [_group("same", members, videos) for members in found]


def _groups_of_similar(
    pairs: Sequence[SimilarPair], dismissed: set[tuple[int, int]], videos: dict[int, Video]
) -> list[DuplicateGroup]:
    matched = {
        (pair.first, pair.second): pair.matched
        for pair in pairs
        if pair.first in videos
        and pair.second in videos
        and (pair.first, pair.second) not in dismissed
        and not _have_same_bytes(videos[pair.first], videos[pair.second])
    }
    return [
        _group(
            "similar",
            members,
            videos,
            min(value for pair, value in matched.items() if pair[0] in members),
        )
        for members in _components(matched)
    ]


def _have_same_bytes(first: Video, second: Video) -> bool:
    return first.md5 is not None and (first.md5, first.size_bytes) == (second.md5, second.size_bytes)


def _components(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the connected components, in order of their smallest numbers."""
    group_of: dict[int, set[int]] = {}
    for first, second in pairs:
        merged = group_of.get(first, {first}) | group_of.get(second, {second})
        for number in merged:
            group_of[number] = merged
    unique = {id(group): group for group in group_of.values()}
    return sorted(sorted(group) for group in unique.values())


def _group(
    kind: str, members: Sequence[int], videos: dict[int, Video], matched: float | None = None
) -> DuplicateGroup:
    found = [videos[number] for number in members if number in videos]
    best = max(found, key=lambda video: (_pixels(video), video.size_bytes or 0, -video.id))
    return DuplicateGroup.model_validate(
        {"kind": kind, "matched": matched, "keep": best.identifier, "videos": list(map(_to_read, found))}
    )


def _pixels(video: Video) -> int:
    width, _, height = (video.resolution or "").partition("x")
    return int(width) * int(height) if width.isdecimal() and height.isdecimal() else 0


def _to_read(video: Video) -> DuplicateVideo:
    return DuplicateVideo(
        id=video.identifier,
        title=video.title or title_from(video.identifier),
        filename=video.cloud_url.rpartition("/")[2],
        folder=folder_of(video.relative_path or ""),
        thumbnail_url=f"/api/videos/{quote(video.identifier, safe='')}/thumbnail",
        duration_seconds=video.duration_seconds,
        size_bytes=video.size_bytes,
        resolution=video.resolution,
        frame_rate=video.frame_rate,
        video_codec=video.video_codec,
        audio_codec=video.audio_codec,
        source_url=video.source_url,
        tags=video.tags,
        is_favorite=video.is_favorite,
        created_at=video.created_at,
        recorded_at=video.recorded_at,
    )
