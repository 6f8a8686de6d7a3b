"""Groups of duplicates, and what a user decides about them."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import run_in_thread
from app.core.exceptions import InvalidRequestError
from app.database.models import Video
from app.database.session import transaction
from app.media.frame_hash import VERSION, parse_hashes
from app.models.duplicates import (
    DismissedPage,
    DismissedPair,
    DismissedVideo,
    DuplicateGroup,
    DuplicateList,
    DuplicateMerged,
    DuplicateMergeUndone,
    DuplicateVideo,
)
from app.repositories import duplicate_repository
from app.repositories.duplicate_repository import DismissedPosition, HashesState
from app.services.duplicates.grouping import by_video, connected
from app.services.duplicates.matching import Fingerprint, SimilarPair, find_similar
from app.services.duplicates.merging import DuplicateMerger, lock_all
from app.services.duplicates.spoken_text import TextComparisons
from app.services.library.identity import folder_of
from app.services.library.titles import title_from

READ_SECONDS = 60.0
"""Time limit for reading the hashes of all videos."""


@dataclass
class _Cache:
    """The near-duplicates at a state of the hashes."""

    state: HashesState | None = None
    pairs: Sequence[SimilarPair] = ()
    texts: TextComparisons = field(default_factory=TextComparisons)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class DuplicateService:
    merger: DuplicateMerger
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
            moments = await duplicate_repository.count_moments(session, ids)
            pending = await duplicate_repository.count_without_hashes(session, VERSION)
        pairs = await self._cache.texts.same_talks(pairs, videos)
        groups = _groups_of_same(same, dismissed, videos) + _groups_of_similar(pairs, dismissed, videos)
        counts = {videos[number].identifier: count for number, count in moments.items() if number in videos}
        for video in (video for group in groups for video in group.videos):
            video.moments = counts.get(video.id, 0)
        removable = sum(
            video.size_bytes or 0 for group in groups for video in group.videos if video.id != group.keep
        )
        return DuplicateList(groups=groups, total=len(groups), removable_bytes=removable, pending=pending)

    async def merge(self, keep: str, remove: Sequence[str]) -> DuplicateMerged:
        """Give the marks of duplicates to the video kept, and move the others to the trash.

        Raises:
            VideoNotFoundError: one of them is not in the library.
            TooManyEditsError: the video kept would have too many edited moments.
            DatabaseError, StorageError, LocalFileError: nothing was changed.
        """
        return await self.merger.merge(keep, remove)

    async def undo_merge(self, operation_id: str) -> DuplicateMergeUndone:
        """Restore the videos of a merge, and the marks of the video kept unless they were changed since.

        Raises:
            BulkOperationNotFoundError: no merge has this id, or the video kept was deleted for good.
            MergeNotUndoableError: one of the others was deleted for good.
            DatabaseError, StorageError, LocalFileError: nothing was changed.
        """
        return await self.merger.undo(operation_id)

    async def dismiss(self, identifiers: Collection[str]) -> None:
        """Record that these videos are not duplicates of each other.

        Raises:
            InvalidRequestError: fewer than two different videos.
            VideoNotFoundError: one of them is not in the library.
        """
        async with transaction() as session:
            await duplicate_repository.dismiss(session, await _pairs(session, identifiers))

    async def list_dismissed(
        self, *, limit: int, after: DismissedPosition | None = None
    ) -> tuple[DismissedPage, DismissedPosition | None]:
        """Return a page of dismissed pairs, the latest first, and the position of its last pair.

        Args:
            after: position of the last pair of the previous page; None if there are no more.
        """
        async with transaction() as session:
            total = await duplicate_repository.count_dismissed(session)
            rows = await duplicate_repository.list_dismissed_page(session, limit=limit + 1, after=after)
            numbers = {number for row in rows for number in (row.first_id, row.second_id)}
            videos = {video.id: video for video in await duplicate_repository.list_videos(session, numbers)}
        pairs = [
            DismissedPair(
                videos=[_to_dismissed(videos[row.first_id]), _to_dismissed(videos[row.second_id])],
                dismissed_at=row.created_at,
            )
            for row in rows[:limit]
        ]
        return DismissedPage(pairs=pairs, total=total), rows[limit - 1] if len(rows) > limit else None

    async def undismiss(self, identifiers: Collection[str]) -> None:
        """Undo `dismiss` for the pairs of these videos; pairs that are not dismissed stay so.

        Raises:
            InvalidRequestError: fewer than two different videos.
            VideoNotFoundError: one of them is not in the library.
        """
        async with transaction() as session:
            await duplicate_repository.undismiss(session, await _pairs(session, identifiers))

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


async def _pairs(session: AsyncSession, identifiers: Collection[str]) -> list[tuple[int, int]]:
    """Return the numbers of all pairs of these videos, the smaller one first."""
    wanted = list(dict.fromkeys(identifiers))
    if len(wanted) < 2:  # noqa: PLR2004 - a pair
        raise InvalidRequestError("name at least two different videos")
    first, others = await lock_all(session, wanted[0], wanted[1:])
    return list(combinations(sorted([first.id, *(video.id for video in others)]), 2))


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


def _to_dismissed(video: Video) -> DismissedVideo:
    found = _to_read(video)
    return DismissedVideo(id=found.id, title=found.title, thumbnail_url=found.thumbnail_url)
