"""Order of the hits of a search: words first, meaning second, by reciprocal rank.

A hit's score is the sum of weight / (60 + rank) over the lists that contain it, as in "Reciprocal Rank Fusion
outperforms Condorcet" (Cormack, Clarke and Buettcher, 2009).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.models.search import HitKind, HitMatch
from app.repositories.search_repository import NameMatch
from app.services.search.meaning import MeaningHit
from app.services.search.request import HitPosition
from app.services.search.word_search import Level, SegmentMatch

RANK_OFFSET = 60
LEVEL_WEIGHTS = {
    Level.ALL_WORDS: 1.0,
    Level.CONTENT_WORDS: 1.0,
    Level.NEARBY: 0.8,
    Level.MOST_WORDS: 0.4,
}
MEANING_WEIGHT = 0.5
"""At equal ranks, a hit by meaning alone is below segments with all words and above those with most."""

TIMED = frozenset({HitKind.SEGMENT, HitKind.MOMENT, HitKind.CHAPTER})


class HitKey(NamedTuple):
    """Identity of a hit."""

    video: int
    """`videos.id`."""
    kind: HitKind
    number: int
    """Number of the segment, chapter or moment in its video; 0 for other kinds."""


@dataclass(frozen=True, slots=True)
class RankedHit:
    """A hit with its score, and the match of a name."""

    key: HitKey
    score: float
    match: HitMatch
    name: NameMatch | None = None
    more_in_video: int = 0

    @property
    def position(self) -> HitPosition:
        return HitPosition(self.score, *self.key)


def fuse(
    segments: Sequence[SegmentMatch], names: Sequence[NameMatch], passages: Sequence[MeaningHit]
) -> list[RankedHit]:
    """Return all hits, best first; a similar passage raises the score of a match by words inside it."""
    scores: dict[HitKey, float] = {}
    matches: dict[HitKey, NameMatch] = {}
    for rank, segment in enumerate(segments, 1):
        key = HitKey(segment.video_id, HitKind.SEGMENT, segment.number)
        scores[key] = LEVEL_WEIGHTS[segment.level] / (RANK_OFFSET + rank)
    for rank, (key, name) in enumerate(_with_keys(names), 1):
        scores[key], matches[key] = 1 / (RANK_OFFSET + rank), name
    alone = set[HitKey]()
    for rank, passage in enumerate(passages, 1):
        gain = MEANING_WEIGHT / (RANK_OFFSET + rank)
        keys = [
            HitKey(passage.video, HitKind.SEGMENT, number)
            for number in range(passage.first, passage.last + 1)
        ]
        found = [key for key in keys if key in scores and key not in alone]
        if not found:
            found = [HitKey(passage.video, HitKind.SEGMENT, passage.number)]
            alone.update(found)
        for key in found:
            scores[key] = scores.get(key, 0.0) + gain
    ranked = [
        RankedHit(key, score, HitMatch.MEANING if key in alone else HitMatch.WORDS, matches.get(key))
        for key, score in scores.items()
    ]
    return sorted(ranked, key=_order)


def fold_videos(hits: Iterable[RankedHit]) -> list[RankedHit]:
    """Return each video's best hit with a time, with the number of others, and its best match by name."""
    best: dict[tuple[int, HitKind | None], RankedHit] = {}
    counts: dict[int, int] = {}
    for hit in hits:
        is_timed = hit.key.kind in TIMED
        best.setdefault((hit.key.video, None if is_timed else hit.key.kind), hit)
        counts[hit.key.video] = counts.get(hit.key.video, 0) + is_timed
    return [
        RankedHit(
            hit.key,
            hit.score,
            hit.match,
            hit.name,
            more_in_video=counts[hit.key.video] - 1 if hit.key.kind in TIMED else 0,
        )
        for hit in best.values()
    ]


def after(hits: Sequence[RankedHit], position: HitPosition | None) -> Sequence[RankedHit]:
    """Return the hits after a position: after the same hit, wherever it is now, or else after its score."""
    if position is None:
        return hits
    key = HitKey(*position[1:])
    for index, hit in enumerate(hits):
        if hit.key == key:
            return hits[index + 1 :]
    return [hit for hit in hits if _order(hit) > (-position.score, *key)]


def _order(hit: RankedHit) -> tuple[float, int, str, int]:
    return (-hit.score, *hit.key)


def _with_keys(names: Iterable[NameMatch]) -> Iterable[tuple[HitKey, NameMatch]]:
    """Yield each match with its key; moments have their start in milliseconds as number."""
    for name in names:
        kind = HitKind(name.kind)
        number = round((name.start_time or 0) * 1000) if kind is HitKind.MOMENT else name.number
        yield HitKey(name.video_id, kind, number), name
