"""Texts, highlights and videos of the hits of one page."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from app.database.read_pool import ReadPool
from app.models.search import HitKind, HitMatch, SearchHit, SearchVideo
from app.repositories import search_repository
from app.repositories.search_repository import SegmentKey, SegmentText, VideoName
from app.services.library.titles import title_from
from app.services.search.fusion import RankedHit
from app.services.search.highlights import LexemeReader, highlight
from app.services.search.query_parser import Query

MAX_EXCERPT = 240
"""Characters of a hit in a description."""
LEAD = 60
"""Characters before the first match in an excerpt."""

Ranges = list[tuple[int, int]]


class HitDetails:
    """Reads the details of hits that a page shows."""

    def __init__(self, read_pool: ReadPool) -> None:
        self._read_pool = read_pool
        self._lexemes = LexemeReader(read_pool)

    async def describe(self, query: Query, ranked: Sequence[RankedHit]) -> list[SearchHit]:
        """Return the hits in order; those that were deleted meanwhile are missing."""
        if not ranked:
            return []
        segments = await self.read_segments(
            [(hit.key.video, hit.key.number) for hit in ranked if hit.name is None]
        )
        videos = {segment.video_id: segment.video for segment in segments.values()}
        if others := {hit.key.video for hit in ranked if hit.name is not None} - videos.keys():
            videos |= await search_repository.read_video_names(self._read_pool, sorted(others))
        found = [(hit, text) for hit in ranked if (text := _text(hit, videos, segments)) is not None]
        matched = [index for index, (hit, _) in enumerate(found) if hit.match is HitMatch.WORDS]
        ranges = await highlight(self._lexemes, query, [found[index][1] for index in matched])
        highlights = dict(zip(matched, ranges, strict=True))
        return [
            _hit(hit, text, highlights.get(index, []), videos[hit.key.video], segments)
            for index, (hit, (_, text)) in enumerate(found)
        ]

    async def read_segments(self, keys: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], SegmentText]:
        """Return segments by `videos.id` and number; deleted ones are missing."""
        if not keys:
            return {}
        texts = await search_repository.read_texts(self._read_pool, [SegmentKey(*key) for key in keys])
        return {(key.video_id, key.number): text for key, text in texts.items()}


def _text(
    hit: RankedHit, videos: Mapping[int, VideoName], segments: Mapping[tuple[int, int], SegmentText]
) -> tuple[str, str] | None:
    """Return the language and the text of a hit."""
    if hit.key.video not in videos:
        return None
    if hit.name is not None:
        return hit.name.language, hit.name.text
    segment = segments.get((hit.key.video, hit.key.number))
    return None if segment is None else (segment.language, segment.text)


def _hit(
    hit: RankedHit,
    text: str,
    ranges: Ranges,
    video: VideoName,
    segments: Mapping[tuple[int, int], SegmentText],
) -> SearchHit:
    segment = segments.get((hit.key.video, hit.key.number)) if hit.name is None else None
    timed = segment or hit.name
    if hit.key.kind is HitKind.DESCRIPTION:
        text, ranges = _excerpt(text, ranges)
    return SearchHit(
        video=SearchVideo(
            id=video.identifier,
            title=video.title or title_from(video.identifier),
            thumbnail_url=f"/api/videos/{quote(video.identifier, safe='')}/thumbnail",
            duration_seconds=video.duration_seconds,
        ),
        kind=hit.key.kind,
        start_time=(timed.start_time if timed else None) or 0.0,
        end_time=(timed.end_time if timed else None) or 0.0,
        text=text,
        highlights=ranges,
        before=segment.before if segment else "",
        after=segment.after if segment else "",
        match=hit.match,
        score=hit.score,
        segment_index=segment.number if segment else None,
        moment_id=hit.name.moment_id if hit.name else None,
        more_in_video=hit.more_in_video,
    )


def _excerpt(text: str, ranges: Ranges) -> tuple[str, Ranges]:
    """Return the part of a long text around its first match, marked by ellipses."""
    if len(text) <= MAX_EXCERPT:
        return text, ranges
    first = ranges[0][0] if ranges else 0
    start = 0 if first <= LEAD else text.rfind(" ", 0, first - LEAD) + 1
    end = min(len(text), start + MAX_EXCERPT)
    if end < len(text):
        end = max(text.rfind(" ", start + LEAD, end), start + LEAD)
    prefix = "…" if start else ""
    excerpt = prefix + text[start:end] + ("…" if end < len(text) else "")
    shift = len(prefix) - start
    return excerpt, [(a + shift, b + shift) for a, b in ranges if b <= end]
