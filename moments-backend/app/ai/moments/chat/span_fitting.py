"""Fitting of the model's line spans to the allowed lengths, without overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ai.moments.boundaries import span_boundaries
from app.ai.moments.chat.response_schema import LineSpan, MomentPick
from app.ai.sentences import Sentence
from app.models.generation_options import GenerationOptions

CUT_COST_SECONDS = 30.0
"""Cost of a boundary inside a sentence, as the distance by which a boundary could move instead."""

END_WEIGHT = 0.9
"""Weight of moving the end; the start has weight 1, since it decides whether viewers stay."""


@dataclass(frozen=True, slots=True)
class Span:
    """Sentences `first … last`, inclusive."""

    first: int
    last: int

    def overlaps(self, other: "Span") -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class PlacementResult:
    """Placed picks in order of time, and the reasons for which others were dropped."""

    picks: list[tuple[MomentPick, Span]]
    dropped: list[str]


class SentenceTimeline:
    """Start and end in seconds that each sentence gives to a span as its first or last one.

    Args:
        earliest: start of the audio.
        latest: end of the audio, if known.
    """

    def __init__(
        self, sentences: Sequence[Sentence], *, earliest: float = 0.0, latest: float | None = None
    ) -> None:
        self.sentences = sentences
        boundaries = [
            span_boundaries(sentences, index, index, earliest=earliest, latest=latest)
            for index in range(len(sentences))
        ]
        # Rounded as in the result, so that the checked length is the reported one.
        self._starts = np.array([round(start, 3) for start, _ in boundaries])
        self._ends = np.array([round(end, 3) for _, end in boundaries])
        is_complete = np.array([sentence.ends_sentence for sentence in sentences])
        self._end_costs = np.where(is_complete, 0.0, CUT_COST_SECONDS)
        self._start_costs = np.concatenate(([0.0], self._end_costs[:-1]))

    def boundaries(self, span: Span) -> tuple[float, float]:
        return float(self._starts[span.first]), float(self._ends[span.last])

    def fit_span(self, choice: LineSpan, options: GenerationOptions, room: Span) -> Span | None:
        """Return the span in `room` of an allowed length that contains the quote and is nearest to `choice`.

        The distance is the sum of the seconds by which start and end move, plus `CUT_COST_SECONDS` for each
        boundary inside a sentence. Returns None if no span has an allowed length.
        """
        quote = choice.quote_line
        shortest, longest = options.min_moment_length, options.max_moment_length
        firsts = np.arange(room.first, quote + 1)
        firsts = firsts[self._ends[quote] - self._starts[firsts] <= longest]
        lasts = np.arange(quote, room.last + 1)
        lasts = lasts[self._ends[lasts] - self._starts[quote] <= longest]
        lengths = self._ends[lasts][None, :] - self._starts[firsts][:, None]
        start_costs = np.abs(self._starts[firsts] - self._starts[choice.first_line])
        start_costs = start_costs + self._start_costs[firsts]
        end_costs = END_WEIGHT * np.abs(self._ends[lasts] - self._ends[choice.last_line])
        end_costs = end_costs + self._end_costs[lasts]
        cost = start_costs[:, None] + end_costs[None, :]
        cost = np.where((lengths >= shortest) & (lengths <= longest), cost, np.inf)
        if cost.size == 0 or not np.isfinite(cost.min()):
            return None
        row, column = np.unravel_index(int(cost.argmin()), cost.shape)
        return Span(int(firsts[row]), int(lasts[column]))


def place_spans(
    picks: Sequence[MomentPick], timeline: SentenceTimeline, options: GenerationOptions
) -> PlacementResult:
    """Place the picks in order of their score, at most `max_moments`, without overlap."""
    ranked = sorted(picks, key=lambda pick: (-pick.score, pick.first_line))
    taken: list[tuple[MomentPick, Span]] = []
    dropped: list[str] = []
    for index, pick in enumerate(ranked):
        if len(taken) == options.max_moments:
            break
        chosen = Span(pick.first_line, pick.last_line)
        occupied = [span for _, span in taken]
        if any(span.overlaps(chosen) for span in occupied):
            dropped.append(f"lines {chosen.first} to {chosen.last} overlap a better moment")
            continue
        wanted = [Span(other.first_line, other.last_line) for other in ranked[index + 1 :]]
        avoided = [*occupied, *(span for span in wanted if not span.overlaps(chosen))]
        last = len(timeline.sentences) - 1
        fitted = timeline.fit_span(pick, options, _room(chosen, avoided, last)) or timeline.fit_span(
            pick, options, _room(chosen, occupied, last)
        )
        if fitted is None:
            dropped.append(
                f"lines {chosen.first} to {chosen.last} cannot be made {options.min_moment_length:g} to "
                f"{options.max_moment_length:g} seconds long"
            )
            continue
        taken.append((pick, fitted))
    return PlacementResult(sorted(taken, key=lambda pair: pair[1].first), dropped)


def _room(chosen: Span, others: Sequence[Span], last: int) -> Span:
    """Return the widest span around `chosen` that overlaps none of `others`."""
    return Span(
        max((span.last + 1 for span in others if span.last < chosen.first), default=0),
        min((span.first - 1 for span in others if span.first > chosen.last), default=last),
    )
