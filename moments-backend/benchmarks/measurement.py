"""What a benchmark yields: our figures and a peer's, taken in turns, and what is asked of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TypeVar

T = TypeVar("T")


class Bound(StrEnum):
    AT_LEAST = "≥"
    AT_MOST = "≤"


class Comparison(StrEnum):
    RATIO = "×"
    """Ours divided by the peer's."""

    DIFFERENCE = "+"
    """Ours less the peer's, in the unit of both."""


@dataclass(frozen=True, slots=True)
class Target:
    bound: Bound
    limit: float
    by: Comparison = Comparison.RATIO

    def is_met_by(self, value: float) -> bool:
        return value >= self.limit if self.bound is Bound.AT_LEAST else value <= self.limit


@dataclass(frozen=True, slots=True)
class Summary:
    """The middle of several rounds, and how far they lie apart."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Summary":
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Measurement:
    """One row of the table.

    `pairs` holds ours and the peer's of each round, in `unit`. Without a target it is told for information.
    """

    what: str
    peer_name: str
    unit: str
    pairs: Sequence[tuple[float, float]]
    target: Target | None = None
    note: str = ""

    @property
    def ours(self) -> float:
        return median(ours for ours, _ in self.pairs)

    @property
    def peer(self) -> float:
        return median(peer for _, peer in self.pairs)

    @property
    def comparison(self) -> Comparison:
        return self.target.by if self.target else Comparison.RATIO

    @property
    def compared(self) -> Summary:
        """Of the rounds' own ratios, or differences: neighbours in time share what disturbs them."""
        if self.comparison is Comparison.DIFFERENCE:
            return Summary.of([ours - peer for ours, peer in self.pairs])
        return Summary.of([ours / peer for ours, peer in self.pairs])

    @property
    def is_met(self) -> bool | None:
        """None when there is no target."""
        return self.target.is_met_by(self.compared.median) if self.target else None


def take_turns(rounds: int, *contenders: Callable[[], T]) -> list[tuple[T, ...]]:
    """Run every contender once a round, each round beginning with the next one.

    Returns:
        A tuple for each round, in the order of `contenders`.
    """
    results = []
    for number in range(rounds):
        order = [(number + step) % len(contenders) for step in range(len(contenders))]
        by_contender = {index: contenders[index]() for index in order}
        results.append(tuple(by_contender[index] for index in range(len(contenders))))
    return results
