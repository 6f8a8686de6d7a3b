"""Logistic regression on the sentences of talks, by Newton's method."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.promotion_classifier import Weights, classifier_input
from app.ai.moments.extractive.vocabulary import Floats
from scripts.promotions.data import ExampleTalk, Talk

FULL_WORDS = 8.0
"""Shorter sentences count less."""
STEPS = 8
MIN_DEVIATION = 1e-3


@dataclass(frozen=True)
class Recipe:
    """Settings of the training.

    Attributes:
        dimensions: to which each pooled vector is reduced.
        penalty: of the squared coefficients.
        ordinary_weight: of a sentence of ordinary speech.
        ordinary_sentences: number of sentences of each ordinary talk, chosen at random.
    """

    dimensions: int = 60
    penalty: float = 100.0
    ordinary_weight: float = 0.4
    ordinary_sentences: int = 100
    seed: int = 0


def train(examples: Sequence[ExampleTalk], ordinary: Sequence[Talk], recipe: Recipe) -> Weights:
    """Return the weights that fit the marks of `examples`; `ordinary` contains no promotions."""
    source = np.random.default_rng(recipe.seed)
    rows = [np.arange(len(talk.words)) for talk in examples]
    rows += [_sample(talk, recipe, source) for talk in ordinary]
    talks = [*examples, *ordinary]
    chosen = list(zip(talks, rows, strict=True))
    labels = np.concatenate([talk.labels for talk in examples]).astype(np.float64)
    importance = np.concatenate([np.minimum(1, talk.words[numbers] / FULL_WORDS) for talk, numbers in chosen])
    importance[len(labels) :] *= recipe.ordinary_weight
    labels = np.append(labels, np.zeros(len(importance) - len(labels)))
    columns = np.concatenate([talk.columns[numbers] for talk, numbers in chosen])
    pooled = [
        np.concatenate([talk.pooled[radius][numbers] for talk, numbers in chosen])
        for radius in range(len(examples[0].pooled))
    ]
    weights = _scales(columns, pooled[1], recipe.dimensions)
    vectors = [(vector - weights["centre"]) @ weights["projection"] for vector in pooled]
    inputs = classifier_input(weights, columns, np.concatenate(vectors, axis=1))
    solution = _fitted(inputs.astype(np.float64), labels, importance, recipe.penalty)
    return {
        **weights,
        "coefficients": solution[:-1].astype(np.float32),
        "bias": solution[-1:].astype(np.float32),
    }


def _sample(
    talk: Talk, recipe: Recipe, source: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    middle = np.arange(len(talk.words))[talk.middle]
    return np.sort(source.choice(middle, min(recipe.ordinary_sentences, len(middle)), replace=False))


def _scales(columns: Matrix, vectors: Matrix, dimensions: int) -> Weights:
    """Return means, deviations, and the principal components of the vectors."""
    centre = vectors.mean(axis=0)
    centred = (vectors - centre).astype(np.float64)
    _, components = np.linalg.eigh(centred.T @ centred)
    projection = components[:, ::-1][:, :dimensions]
    projection = projection * np.where(projection.sum(axis=0) < 0, -1, 1)
    return {
        "mean": columns.mean(axis=0),
        "deviation": columns.std(axis=0) + MIN_DEVIATION,
        "centre": centre,
        "projection": projection.astype(np.float32),
        "scale": np.array([(centred @ projection).std()], np.float32),
    }


def _fitted(inputs: Floats, labels: Floats, importance: Floats, penalty: float) -> Floats:
    """Return the coefficients and, as the last one, the bias, which has no penalty."""
    design = np.column_stack([inputs, np.ones(len(inputs))])
    penalties = np.append(np.full(inputs.shape[1], penalty), 1e-6)
    solution = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ solution, -30, 30)))
        slope = design.T @ (importance * (chance - labels)) + penalties * solution
        curvature = importance * np.maximum(chance * (1 - chance), 1e-4)
        solution -= np.linalg.solve((design.T * curvature) @ design + np.diag(penalties), slope)
    return solution
