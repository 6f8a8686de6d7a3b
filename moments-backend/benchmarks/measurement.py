"""Measurements: our figures and a peer's, taken in turns, and their target."""

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
    """Ours minus the peer's, in the unit of both."""


@dataclass(frozen=True, slots=True)
class Target:
    bound: Bound
    limit: float
    by: Comparison = Comparison.RATIO

    def is_met_by(self, value: float) -> bool:
        return value >= self.limit if self.bound is Bound.AT_LEAST else value <= self.limit


@dataclass(frozen=True, slots=True)
class Summary:
    """Median and range of several rounds."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Summary":
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Measurement:
    """One row of the table.

    Attributes:
        pairs: our figure and the peer's of each round, in `unit`.
        target: None for a figure given for information.
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
        """Ratios or differences within each round, which share most disturbances."""
        if self.comparison is Comparison.DIFFERENCE:
            return Summary.of([ours - peer for ours, peer in self.pairs])
        return Summary.of([ours / peer for ours, peer in self.pairs])

    @property
    def is_met(self) -> bool | None:
        """Return whether the target is met, or None without a target."""
        return self.target.is_met_by(self.compared.median) if self.target else None


def take_turns(rounds: int, *contenders: Callable[[], T]) -> list[tuple[T, ...]]:
    """Run every contender once per round, and start each round with the next one.

    Returns:
        One tuple per round, in the order of `contenders`.
    """
    results = []
    for number in range(rounds):
        order = [(number + step) % len(contenders) for step in range(len(contenders))]
        by_contender = {index: contenders[index]() for index in order}
        results.append(tuple(by_contender[index] for index in range(len(contenders))))
    return results
