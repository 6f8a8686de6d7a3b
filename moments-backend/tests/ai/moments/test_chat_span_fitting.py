"""Fitting of model choices to allowed lengths and numbers."""

import random

import pytest

from app.ai.moments.chat.response_schema import MomentPick
from app.ai.moments.chat.span_fitting import SentenceTimeline, Span, place_spans
from app.ai.sentences import split_sentences
from app.models.generation_options import GenerationOptions
from tests.ai.moments.support.transcripts import random_sentences, spoken

SENTENCES = [f"This is sentence number {index} now." for index in range(40)]  # 6 words: 3 s, then 1 s


def options(shortest: float, longest: float, *, at_most: int = 10) -> GenerationOptions:
    return GenerationOptions(min_moment_length=shortest, max_moment_length=longest, max_moments=at_most)


def pick(first: int, last: int, *, quote: int | None = None, score: float = 5) -> MomentPick:
    return MomentPick(
        first_line=first,
        last_line=last,
        quote_line=first if quote is None else quote,
        title="A title",
        score=score,
        reason="A reason",
    )


def length(timeline: SentenceTimeline, first: int, last: int) -> float:
    start, end = timeline.boundaries(Span(first, last))
    return end - start


@pytest.fixture(scope="module")
def timeline() -> SentenceTimeline:
    return SentenceTimeline(split_sentences(spoken(*SENTENCES, pause=1.0)))


def spans(
    picks: list[MomentPick], timeline: SentenceTimeline, asked: GenerationOptions
) -> list[tuple[int, int]]:
    return [(span.first, span.last) for _, span in place_spans(picks, timeline, asked).picks]


def test_allowed_span_is_unchanged(timeline: SentenceTimeline) -> None:
    assert spans([pick(4, 9)], timeline, options(15, 90)) == [(4, 9)]


def test_short_span_grows_by_whole_sentences(timeline: SentenceTimeline) -> None:
    assert spans([pick(4, 4)], timeline, options(11, 90)) == [(4, 6)]


def test_long_span_is_trimmed_at_its_end(timeline: SentenceTimeline) -> None:
    assert spans([pick(4, 30)], timeline, options(8, 20)) == [(4, 8)]


def test_trimmed_span_contains_quote(timeline: SentenceTimeline) -> None:
    assert spans([pick(4, 30, quote=20)], timeline, options(8, 20)) == [(16, 20)]
    assert spans([pick(4, 30, quote=30)], timeline, options(8, 20)) == [(26, 30)]


def test_impossible_length_is_dropped(timeline: SentenceTimeline) -> None:
    placed = place_spans([pick(4, 5)], timeline, options(9, 10))
    assert placed.picks == []
    assert placed.dropped == ["lines 4 to 5 cannot be made 9 to 10 seconds long"]


def test_overlap_keeps_the_better_pick(timeline: SentenceTimeline) -> None:
    placed = place_spans([pick(4, 9, score=3), pick(8, 12, score=9)], timeline, options(8, 90))
    assert [span for _, span in placed.picks] == [Span(8, 12)]
    assert placed.dropped == ["lines 4 to 9 overlap a better moment"]


def test_growth_avoids_other_picks(timeline: SentenceTimeline) -> None:
    found = spans([pick(4, 4, score=9), pick(5, 7, score=3)], timeline, options(11, 20))
    assert found == [(2, 4), (5, 7)]


def test_growth_overlaps_worse_pick_if_necessary(timeline: SentenceTimeline) -> None:
    assert spans([pick(0, 0, score=9), pick(1, 3, score=3)], timeline, options(11, 20)) == [(0, 2)]


def test_best_picks_are_kept_in_order_of_time(timeline: SentenceTimeline) -> None:
    picks = [pick(index * 4, index * 4 + 2, score=index % 5) for index in range(10)]
    assert spans(picks, timeline, options(8, 20, at_most=3)) == [(12, 14), (16, 18), (36, 38)]


def test_boundary_moves_to_end_of_sentence() -> None:
    long = " ".join(["word"] * 99) + "."  # split into two pieces
    sentences = split_sentences(spoken("A start here.", long, "An end here.", word_seconds=0.2))
    assert [sentence.ends_sentence for sentence in sentences] == [True, False, True, True]
    assert spans([pick(1, 1)], SentenceTimeline(sentences), options(5, 90)) == [(1, 2)]
    assert spans([pick(2, 2)], SentenceTimeline(sentences), options(5, 90)) == [(1, 2)]
    assert spans([pick(2, 2)], SentenceTimeline(sentences), options(5, 15)) == [(2, 2)]


@pytest.mark.parametrize("seed", range(20))
def test_random_picks_stay_within_limits(seed: int) -> None:
    sentences = random_sentences(seed)
    timeline = SentenceTimeline(sentences)
    random_source = random.Random(seed)
    shortest = random_source.uniform(1, 40)
    asked = options(shortest, shortest + random_source.uniform(0, 60), at_most=random_source.randint(1, 8))
    picks = []
    for _ in range(random_source.randint(0, 15)):
        first = random_source.randrange(len(sentences))
        last = random_source.randrange(first, len(sentences))
        quote = random_source.randint(first, last)
        picks.append(pick(first, last, quote=quote, score=random_source.uniform(0, 10)))

    placed = place_spans(picks, timeline, asked)

    assert len(placed.picks) <= asked.max_moments
    end_before = 0.0
    for chosen, span in placed.picks:
        start, end = timeline.boundaries(span)
        assert asked.min_moment_length <= end - start <= asked.max_moment_length
        assert end_before <= start
        assert span.first <= chosen.quote_line <= span.last
        end_before = end
    if len(placed.picks) < asked.max_moments:
        assert len(placed.picks) + len(placed.dropped) == len(picks)


@pytest.mark.parametrize("seed", range(8))
def test_span_is_dropped_only_if_no_length_fits(seed: int) -> None:
    sentences = random_sentences(seed, sentences=15)
    timeline = SentenceTimeline(sentences)
    random_source = random.Random(seed)
    shortest = random_source.uniform(5, 60)
    asked = options(shortest, shortest + random_source.uniform(0, 3))
    quote = random_source.randrange(len(sentences))

    fitted = timeline.fit_span(pick(quote, quote), asked, Span(0, len(sentences) - 1))

    allowed = [
        (first, last)
        for first in range(quote + 1)
        for last in range(quote, len(sentences))
        if shortest <= length(timeline, first, last) <= asked.max_moment_length
    ]
    assert (fitted is not None) == bool(allowed)
