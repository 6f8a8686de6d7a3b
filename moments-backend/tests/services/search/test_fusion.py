"""Order, folding and positions of hits."""

from app.models.search import HitKind, HitMatch
from app.repositories.search_repository import NameMatch
from app.services.search.fusion import HitKey, after, fold_videos, fuse
from app.services.search.meaning import MeaningHit
from app.services.search.request import HitPosition
from app.services.search.word_search import Level, SegmentMatch

SEGMENT = HitKind.SEGMENT
TITLE = NameMatch("title", 2, "The moon", "en", None, None, None, 0)


def test_meaning_raises_words_and_adds_the_rest() -> None:
    hits = fuse(
        [SegmentMatch(1, 4, Level.ALL_WORDS), SegmentMatch(1, 9, Level.ALL_WORDS)],
        [],
        [MeaningHit(1, 7, 6, 9, 0.6), MeaningHit(3, 0, 0, 2, 0.5)],
    )
    assert [(hit.key.video, hit.key.number, hit.match) for hit in hits] == [
        (1, 9, HitMatch.WORDS),
        (1, 4, HitMatch.WORDS),
        (3, 0, HitMatch.MEANING),
    ]


def test_overlapping_passages_are_one_hit() -> None:
    hits = fuse([], [], [MeaningHit(1, 3, 0, 4, 0.6), MeaningHit(1, 3, 3, 8, 0.5)])
    assert [(hit.key.number, hit.match) for hit in hits] == [(3, HitMatch.MEANING)]


def test_segments_of_a_video_fold_and_titles_stay() -> None:
    segments = [SegmentMatch(video, number, Level.ALL_WORDS) for video, number in [(2, 5), (1, 0), (2, 9)]]
    folded = fold_videos(fuse(segments, [TITLE], []))
    assert {(hit.key, hit.more_in_video) for hit in folded} == {
        (HitKey(2, SEGMENT, 5), 1),
        (HitKey(1, SEGMENT, 0), 0),
        (HitKey(2, HitKind.TITLE, 0), 0),
    }


def test_position_survives_insertions_and_deletions() -> None:
    keys = [SegmentMatch(1, number, Level.ALL_WORDS) for number in range(6)]
    hits = fuse(keys, [], [])
    position = hits[2].position
    assert [hit.key.number for hit in after(hits, position)] == [3, 4, 5]
    shifted = fuse([SegmentMatch(9, 0, Level.ALL_WORDS), *keys], [], [])
    assert [hit.key.number for hit in after(shifted, position)] == [3, 4, 5]
    without = [hit for hit in hits if hit.key.number != 2]
    assert [hit.key.number for hit in after(without, position)] == [3, 4, 5]
    assert list(after(hits, HitPosition(-1.0, 0, SEGMENT, 0))) == []
    assert list(after(hits, None)) == hits
