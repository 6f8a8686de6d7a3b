"""From lines that a model chose to stretches that obey the lengths, without overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ai.moments.boundaries import span_boundaries
from app.ai.moments.chat.response_schema import LineSpan, MomentPick
from app.ai.sentences import Sentence
from app.models.generation_options import GenerationOptions

CUT_COST_SECONDS = 30.0
"""Beginning or ending inside a sentence is as bad as moving that edge by this much."""

END_WEIGHT = 0.9
"""The model's beginning counts for more than its end: there a viewer stays or goes."""


@dataclass(frozen=True, slots=True)
class Span:
    """The lines `first … last`, both inclusive."""

    first: int
    last: int

    def overlaps(self, other: "Span") -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class PlacementResult:
    """What became of the picks: those that have a place, in order of time, and why the others have none."""

    picks: list[tuple[MomentPick, Span]]
    dropped: list[str]


class SentenceTimeline:
    """The edges that each line has as the first, and as the last one of a stretch; in seconds."""

    def __init__(
        self, lines: Sequence[Sentence], *, earliest: float = 0.0, latest: float | None = None
    ) -> None:
        self.lines = lines
        both = [
            span_boundaries(lines, index, index, earliest=earliest, latest=latest)
            for index in range(len(lines))
        ]
        # To the millisecond, as they are told: what is checked here holds for what the user sees.
        self._starts = np.array([round(start, 3) for start, _ in both])
        self._ends = np.array([round(end, 3) for _, end in both])
        whole = np.array([line.ends_sentence for line in lines])
        self._end_costs = np.where(whole, 0.0, CUT_COST_SECONDS)
        self._start_costs = np.concatenate(([0.0], self._end_costs[:-1]))

    def edges(self, span: Span) -> tuple[float, float]:
        return float(self._starts[span.first]), float(self._ends[span.last])

    def fit_span(self, choice: LineSpan, options: GenerationOptions, room: Span) -> Span | None:
        """The stretch inside `room` nearest to `choice` that has a lawful length and the choice's quote.

        Nearest in seconds by which its edges moved, where an edge inside a sentence counts as far away.
        None where no whole lines make such a length.
        """
        quote = choice.quote_line
        shortest, longest = options.min_moment_length, options.max_moment_length
        firsts = np.arange(room.first, quote + 1)
        firsts = firsts[self._ends[quote] - self._starts[firsts] <= longest]
        lasts = np.arange(quote, room.last + 1)
        lasts = lasts[self._ends[lasts] - self._starts[quote] <= longest]
        lengths = self._ends[lasts][None, :] - self._starts[firsts][:, None]
        cost = (np.abs(self._starts[firsts] - self._starts[choice.first_line]) + self._start_costs[firsts])[
            :, None
        ] + (END_WEIGHT * np.abs(self._ends[lasts] - self._ends[choice.last_line]) + self._end_costs[lasts])[
            None, :
        ]
        cost = np.where((lengths >= shortest) & (lengths <= longest), cost, np.inf)
        if cost.size == 0 or not np.isfinite(cost.min()):
            return None
        row, column = np.unravel_index(int(cost.argmin()), cost.shape)
        return Span(int(firsts[row]), int(lasts[column]))


def place_spans(
    picks: Sequence[MomentPick], timeline: SentenceTimeline, options: GenerationOptions
) -> PlacementResult:
    """The best of `picks` that can stand side by side, at most `max_moments`."""
    ranked = sorted(picks, key=lambda pick: (-pick.score, pick.first_line))
    taken: list[tuple[MomentPick, Span]] = []
    dropped: list[str] = []
    for index, pick in enumerate(ranked):
        if len(taken) == options.max_moments:
            break
        chosen = Span(pick.first_line, pick.last_line)
        held = [span for _, span in taken]
        if any(span.overlaps(chosen) for span in held):
            dropped.append(f"lines {chosen.first} to {chosen.last} overlap a better moment")
            continue
        wanted = [Span(other.first_line, other.last_line) for other in ranked[index + 1 :]]
        polite = [*held, *(span for span in wanted if not span.overlaps(chosen))]
        whole = len(timeline.lines) - 1
        fitted = timeline.fit_span(pick, options, _room(chosen, polite, whole)) or timeline.fit_span(
            pick, options, _room(chosen, held, whole)
        )
        if fitted is None:
            dropped.append(
                f"lines {chosen.first} to {chosen.last} cannot be made {options.min_moment_length:g} to "
                f"{options.max_moment_length:g} seconds long"
            )
            continue
        taken.append((pick, fitted))
    return PlacementResult(sorted(taken, key=lambda pair: pair[1].first), dropped)


def _room(chosen: Span, others: Sequence[Span], whole: int) -> Span:
    """All lines around `chosen` up to the nearest of `others`, none of which overlaps it."""
    return Span(
        max((span.last + 1 for span in others if span.last < chosen.first), default=0),
        min((span.first - 1 for span in others if span.first > chosen.last), default=whole),
    )
