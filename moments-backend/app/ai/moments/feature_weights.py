"""Multipliers of the features by which an engine scores moments, estimated from what users did with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MIN_MARKS = 50
"""Judged moments below which every feature keeps its weight."""
MIN_OF_EACH_KIND = 5
"""Liked and disliked moments: without both, nothing distinguishes them."""
SMALLEST, LARGEST = 0.5, 2.0
"""Range of a multiplier: marks adjust the weights of an engine, and never remove a feature."""
RIDGE = 5.0
"""Penalty on squared coefficients, equal to a normal prior with standard deviation 0.45."""
ITERATIONS = 25
"""Newton's method converges in fewer than ten from zero, since the ridge makes the loss strictly convex."""
CONVERGED = 1e-9
NEGLIGIBLE = 1e-9
"""Share of the mean up to which a deviation is rounding."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that a user judged.

    Attributes:
        scores: values of the engine's features; higher is better, as in `Moment.scores`.
        is_liked: kept, rated 4 or 5, or exported; otherwise deleted, or rated 1 or 2.
    """

    scores: Mapping[str, float]
    is_liked: bool


@dataclass(frozen=True, slots=True)
class FeatureWeights:
    """Multipliers by feature name; features without one are multiplied by 1."""

    multipliers: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def neutral(cls) -> Self:
        """Return weights that change nothing."""
        return cls()

    @property
    def is_neutral(self) -> bool:
        return all(multiplier == 1.0 for multiplier in self.multipliers.values())

    def of(self, feature: str) -> float:
        """Return the multiplier of a feature."""
        return self.multipliers.get(feature, 1.0)


def estimate_weights(marks: Sequence[Mark]) -> FeatureWeights:
    """Estimate multipliers by a logistic regression with ridge penalty; neutral with too few marks.

    Features are standardised, so a multiplier of e^(c/2) belongs to a feature whose increase by one standard
    deviation multiplies the odds of being liked by e^c. The same marks in any order yield the same weights.
    """
    names = sorted({name for mark in marks for name in mark.scores})
    liked = sum(mark.is_liked for mark in marks)
    if len(marks) < MIN_MARKS or min(liked, len(marks) - liked) < MIN_OF_EACH_KIND or not names:
        return FeatureWeights.neutral()
    # A fixed order keeps the sums, and so the last digits, independent of the order of the marks.
    rows = [([mark.scores.get(name, np.nan) for name in names], mark.is_liked) for mark in marks]
    rows.sort(key=repr)
    values = _standardised(np.array([row for row, _ in rows]))
    coefficients = _fit(values, np.array([liked for _, liked in rows], dtype=float))
    multipliers = np.clip(np.exp(coefficients / 2), SMALLEST, LARGEST)
    return FeatureWeights(dict(zip(names, multipliers.round(4).tolist(), strict=True)))


def _standardised(values: Floats) -> Floats:
    """Return columns of mean 0 and standard deviation 1; constant columns and missing values become 0."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    means = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - means, 0.0)
    deviations = np.sqrt((centred**2).mean(axis=0))
    return centred / np.where(deviations > NEGLIGIBLE * np.maximum(1.0, np.abs(means)), deviations, np.inf)


def _fit(values: Floats, liked: Floats) -> Floats:
    """Return the coefficients without the intercept, by Newton's method."""
    design = np.column_stack([values, np.ones(len(values))])
    penalty = np.append(np.full(values.shape[1], RIDGE), 1e-6)
    coefficients = np.zeros(design.shape[1])
    for _ in range(ITERATIONS):
        probability = 1 / (1 + np.exp(-np.clip(design @ coefficients, -30, 30)))
        gradient = design.T @ (probability - liked) + penalty * coefficients
        curvature = (design.T * (probability * (1 - probability))) @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        coefficients -= step
        if np.abs(step).max() < CONVERGED:
            break
    return coefficients[:-1]
