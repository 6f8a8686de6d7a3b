"""Search by words and by meaning."""

from typing import NamedTuple
from urllib.parse import quote

from app.core.config import Settings
from app.database.read_pool import ReadPool
from app.models.search import HitKind, HitMatch, SearchHit, SearchResults, SearchVideo
from app.services.library.titles import title_from
from app.services.search.request import HitPosition, SearchRequest

_WORDS = """
    SELECT v.id, v.identifier, v.title, v.duration_seconds, s.number, s.start_time, s.end_time, s.text,
        ts_rank(to_tsvector('english', s.text), q) AS rank,
        ts_headline('english', s.text, q, 'HighlightAll=true, StartSel=\ue000, StopSel=\ue001'),
        (SELECT text FROM transcript_segments b WHERE b.video_id = v.id AND b.number = s.number - 1),
        (SELECT text FROM transcript_segments b WHERE b.video_id = v.id AND b.number = s.number + 1)
    FROM transcript_segments s JOIN videos v ON v.id = s.video_id,
        websearch_to_tsquery('english', %(query)s::text) q
    WHERE to_tsvector('english', s.text) @@ q
        AND (%(video_id)s::text IS NULL OR v.identifier = %(video_id)s::text)
"""


class SearchPage(NamedTuple):
    results: SearchResults
    next: HitPosition | None
    """The last hit of the page; None on the last page."""


class SearchService:
    """Searches transcripts, titles, descriptions, channels, moments and chapters."""

    def __init__(self, read_pool: ReadPool, settings: Settings) -> None:
        self._read_pool = read_pool
        self._settings = settings

    async def search(self, request: SearchRequest) -> SearchPage:
        """Return one page of hits, best first."""
        rows = await self._read_pool.rows(_WORDS, {"query": request.query, "video_id": request.video_id})
        rows.sort(key=lambda row: (-row[8], row[0], row[4]))
        seen: dict[int, int] = {}
        hits: list[tuple[HitPosition, SearchHit]] = []
        for row in rows:
            seen[row[0]] = seen.get(row[0], 0) + 1
            if seen[row[0]] == 1 or request.video_id is not None:
                hits.append((HitPosition(row[8], row[0], HitKind.SEGMENT, row[4]), _hit(row)))
        if request.after is not None:
            keys = [position[1:] for position, _ in hits]
            hits = hits[keys.index(request.after[1:]) + 1 :] if request.after[1:] in keys else []
        page = hits[: request.limit]
        shown = [
            hit.model_copy(
                update={"more_in_video": 0 if request.video_id is not None else seen[position.video] - 1}
            )
            for position, hit in page
        ]
        results = SearchResults(query=request.query, mode=request.mode, total=len(rows), hits=shown)
        return SearchPage(results, page[-1][0] if len(hits) > len(page) else None)


def _hit(row: tuple) -> SearchHit:  # type: ignore[type-arg]
    _, identifier, title, duration, number, start, end, text, rank, marked, before, after = row
    return SearchHit(
        video=SearchVideo(
            id=identifier,
            title=title or title_from(identifier),
            thumbnail_url=f"/api/videos/{quote(identifier, safe='')}/thumbnail",
            duration_seconds=duration,
        ),
        kind=HitKind.SEGMENT,
        start_time=start,
        end_time=end,
        text=text,
        highlights=_ranges(marked),
        before=before or "",
        after=after or "",
        match=HitMatch.WORDS,
        score=rank,
        segment_index=number,
    )


def _ranges(marked: str) -> list[tuple[int, int]]:
    ranges, position, start = [], 0, 0
    for character in marked:
        if character == "\ue000":
            start = position
        elif character == "\ue001":
            ranges.append((start, position))
        else:
            position += 1
    return ranges
