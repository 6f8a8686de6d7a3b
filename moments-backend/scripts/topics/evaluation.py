"""Cross-validation of the topic network, and the figures recorded beside its weights."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.ai.moments.extractive.topic_network import Weights, log_odds
from app.ai.moments.extractive.topic_segmentation import choose_topic_starts, most_starts
from evaluation.boundaries import boundary_f1, evenly_spread, pk
from scripts.topics.data import PreparedTalk, folds
from scripts.topics.training import Parameters, Recipe, train

FOLDS = 5
DIGITS = 4

Progress = Callable[[str], None]
Figures = dict[str, dict[str, dict[str, float]]]
"""Figures by kind of talk, method and measure."""


def cross_validate(
    talks: Sequence[PreparedTalk],
    seeds: Sequence[int],
    recipe: Recipe,
    weight: Callable[[str], float],
    progress: Progress,
) -> Figures:
    """Return the figures of networks on talks that they were not trained on, beside simpler methods."""
    fold_of = folds(talks, FOLDS)
    found: list[list[float]] = [[] for _ in talks]
    for fold in range(FOLDS):
        networks = train_all(
            [talk for talk, number in zip(talks, fold_of, strict=True) if number != fold],
            seeds,
            recipe,
            weight,
            progress,
        )
        for index, talk in enumerate(talks):
            if fold_of[index] == fold:
                found[index] = network_boundaries(networks, talk)
        progress(f"fold {fold + 1} of {FOLDS} done")
    return figures_of(talks, {"network": found} | simple_methods(talks))


def train_all(
    talks: Sequence[PreparedTalk],
    seeds: Sequence[int],
    recipe: Recipe,
    weight: Callable[[str], float],
    progress: Progress,
) -> list[Parameters]:
    """Return one network per seed."""
    examples = [talk.example(weight(talk.kind)) for talk in talks]
    networks = []
    for seed in seeds:
        network, losses = train(examples, seed=seed, recipe=recipe)
        progress(f"seed {seed}: loss {losses[0]:.4f} → {losses[-1]:.4f}")
        networks.append(network)
    return networks


def network_boundaries(networks: Sequence[Weights], talk: PreparedTalk) -> list[float]:
    """Return the boundaries in seconds."""
    odds = log_odds(networks, talk.features, talk.vectors)
    return [
        float(talk.starts[number])
        for number in choose_topic_starts(talk.starts, odds, most=most_starts(talk.changes))
    ]


def simple_methods(talks: Sequence[PreparedTalk]) -> dict[str, list[list[float]]]:
    """Return the boundaries of the methods that the network is compared with."""
    return {
        "change points": [[float(talk.starts[number]) for number in talk.changes] for talk in talks],
        "evenly spread": [evenly_spread(len(talk.changes), talk.seconds) for talk in talks],
        "no boundaries": [[] for _ in talks],
    }


def figures_of(talks: Sequence[PreparedTalk], found: dict[str, list[list[float]]]) -> Figures:
    """Return the mean F1 and Pk, and the number of boundaries per talk."""
    figures: Figures = {}
    for kind in dict.fromkeys(talk.kind for talk in talks):
        indices = [index for index, talk in enumerate(talks) if talk.kind == kind]
        figures[kind] = {method: _means(talks, boundaries, indices) for method, boundaries in found.items()}
    return figures


def _means(
    talks: Sequence[PreparedTalk], found: Sequence[Sequence[float]], indices: Sequence[int]
) -> dict[str, float]:
    rows = [
        (
            boundary_f1(found[index], talks[index].marked),
            pk(found[index], talks[index].marked, seconds=talks[index].seconds),
            float(len(found[index])),
        )
        for index in indices
    ]
    f1, windows, count = (round(float(value), DIGITS) for value in np.mean(rows, axis=0))
    return {"f1": f1, "pk": windows, "boundaries": count}


def as_table(figures: dict[str, dict[str, Any]]) -> str:
    """Return the figures as a table in Markdown."""
    lines = ["| talks | method | F1 within 10 s | Pk | boundaries |", "|---|---|---|---|---|"]
    for kind, methods in figures.items():
        for method, row in methods.items():
            lines.append(
                f"| {kind} | {method} | {row['f1']:.3f} | {row['pk']:.3f} | {row['boundaries']:.1f} |"
            )
    return "\n".join(lines)
