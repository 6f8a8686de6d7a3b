"""Lengths, numbers and whole lines, whatever the model chose."""

import random

import pytest

from app.ai.moments.chat.response_schema import MomentPick
from app.ai.moments.chat.span_fitting import SentenceTimeline, Span, place_spans
from app.ai.sentences import split_sentences
from app.models.generation_options import GenerationOptions
from tests.ai.moments.support.talks import random_lines, spoken

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


@pytest.fixture(scope="module")
def timeline() -> SentenceTimeline:
    return SentenceTimeline(split_sentences(spoken(*SENTENCES, pause=1.0)))


def spans(
    picks: list[MomentPick], timeline: SentenceTimeline, asked: GenerationOptions
) -> list[tuple[int, int]]:
    return [(span.first, span.last) for _, span in place_spans(picks, timeline, asked).picks]


def test_what_fits_stays(timeline: SentenceTimeline) -> None:
    assert spans([pick(4, 9)], timeline, options(15, 90)) == [(4, 9)]


def test_too_short_grows_by_whole_lines(timeline: SentenceTimeline) -> None:
    assert spans([pick(4, 4)], timeline, options(11, 90)) == [(4, 6)]


def test_too_long_is_trimmed_at_its_end(timeline: SentenceTimeline) -> None:
    assert spans([pick(4, 30)], timeline, options(8, 20)) == [(4, 8)]


def test_the_quote_stays_in_what_is_trimmed(timeline: SentenceTimeline) -> None:
    assert spans([pick(4, 30, quote=20)], timeline, options(8, 20)) == [(16, 20)]
    assert spans([pick(4, 30, quote=30)], timeline, options(8, 20)) == [(26, 30)]


def test_a_length_that_no_lines_make_is_dropped(timeline: SentenceTimeline) -> None:
    placed = place_spans([pick(4, 5)], timeline, options(9, 10))
    assert placed.picks == []
    assert placed.dropped == ["lines 4 to 5 cannot be made 9 to 10 seconds long"]


def test_of_two_over_each_other_the_better_one_stays(timeline: SentenceTimeline) -> None:
    placed = place_spans([pick(4, 9, score=3), pick(8, 12, score=9)], timeline, options(8, 90))
    assert [span for _, span in placed.picks] == [Span(8, 12)]
    assert placed.dropped == ["lines 4 to 9 overlap a better moment"]


def test_growing_leaves_the_others_their_lines(timeline: SentenceTimeline) -> None:
    found = spans([pick(4, 4, score=9), pick(5, 7, score=3)], timeline, options(11, 20))
    assert found == [(2, 4), (5, 7)]


def test_growing_takes_lines_of_a_worse_one_where_there_are_no_others(timeline: SentenceTimeline) -> None:
    assert spans([pick(0, 0, score=9), pick(1, 3, score=3)], timeline, options(11, 20)) == [(0, 2)]


def test_the_best_are_kept_in_order_of_time(timeline: SentenceTimeline) -> None:
    picks = [pick(index * 4, index * 4 + 2, score=index % 5) for index in range(10)]
    assert spans(picks, timeline, options(8, 20, at_most=3)) == [(12, 14), (16, 18), (36, 38)]


def test_an_edge_moves_to_the_end_of_its_sentence() -> None:
    long = " ".join(["word"] * 99) + "."  # two lines, of which the first ends in the middle of the sentence
    lines = split_sentences(spoken("A start here.", long, "An end here.", word_seconds=0.2))
    assert [line.ends_sentence for line in lines] == [True, False, True, True]
    assert spans([pick(1, 1)], SentenceTimeline(lines), options(5, 90)) == [(1, 2)]
    assert spans([pick(2, 2)], SentenceTimeline(lines), options(5, 90)) == [(1, 2)]
    assert spans([pick(2, 2)], SentenceTimeline(lines), options(5, 15)) == [(2, 2)]


@pytest.mark.parametrize("seed", range(20))
def test_every_moment_obeys_the_limits(seed: int) -> None:
    lines = random_lines(seed)
    timeline = SentenceTimeline(lines)
    random_source = random.Random(seed)
    shortest = random_source.uniform(1, 40)
    asked = options(shortest, shortest + random_source.uniform(0, 60), at_most=random_source.randint(1, 8))
    picks = []
    for _ in range(random_source.randint(0, 15)):
        first = random_source.randrange(len(lines))
        last = random_source.randrange(first, len(lines))
        quote = random_source.randint(first, last)
        picks.append(pick(first, last, quote=quote, score=random_source.uniform(0, 10)))

    placed = place_spans(picks, timeline, asked)

    assert len(placed.picks) <= asked.max_moments
    end_before = 0.0
    for chosen, span in placed.picks:
        start, end = timeline.edges(span)
        assert asked.min_moment_length <= end - start <= asked.max_moment_length
        assert end_before <= start
        assert span.first <= chosen.quote_line <= span.last
        end_before = end
    if len(placed.picks) < asked.max_moments:
        assert len(placed.picks) + len(placed.dropped) == len(picks)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_dropped_as_unfit_is_unfit(seed: int) -> None:
    lines = random_lines(seed, sentences=15)
    timeline = SentenceTimeline(lines)
    random_source = random.Random(seed)
    shortest = random_source.uniform(5, 60)
    asked = options(shortest, shortest + random_source.uniform(0, 3))
    quote = random_source.randrange(len(lines))

    fitted = timeline.fit_span(pick(quote, quote), asked, Span(0, len(lines) - 1))

    lawful = [
        (first, last)
        for first in range(quote + 1)
        for last in range(quote, len(lines))
        if shortest <= (edges := timeline.edges(Span(first, last)))[1] - edges[0] <= asked.max_moment_length
    ]
    assert (fitted is not None) == bool(lawful)
