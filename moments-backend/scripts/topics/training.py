"""Training of the topic network in numpy; `topic_network` computes the same without gradients.

One batch is several whole talks in a row, separated by rows of zeros that no convolution reaches across.
Single-threaded matrix products are the fastest for these sizes, and give the same bytes on every run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.ai.moments.extractive.topic_network import (
    DILATIONS,
    PROJECTED,
    WIDTH,
    convolution_input,
    standardized,
)

Floats = npt.NDArray[np.float32]
Parameters = dict[str, Floats]
"""Arrays by name, as in the weights file."""

BATCH_SENTENCES = 2500
GAP = max(DILATIONS)
"""Rows of zeros between two talks."""
MAX_GRADIENT_NORM = 1.0
MOMENTUM, SQUARE_MOMENTUM = 0.9, 0.99


@dataclass(frozen=True)
class Example:
    """One talk: features and vectors of its sentences, and 1 where a topic begins.

    Attributes:
        weight: of its sentences in the loss.
    """

    features: Floats
    vectors: Floats
    labels: Floats
    weight: float = 1.0


@dataclass(frozen=True)
class Recipe:
    """Settings of the training, chosen once for all folds.

    Attributes:
        rate: highest learning rate; it rises for one epoch and falls along a cosine.
        decay: share of the weights that a step of rate 1 removes.
        dropout: share of hidden values set to 0.
        vector_dropout: the same for the projected vectors.
        smear: targets at a boundary and at the sentences 1, 2 … away.
    """

    epochs: int = 8
    rate: float = 3e-3
    decay: float = 0.02
    dropout: float = 0.15
    vector_dropout: float = 0.3
    smear: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Batch:
    """Talks in a row; `weights` is 0 in the gaps and `mask` marks the sentences, shape (rows, 1)."""

    features: Floats
    vectors: Floats
    targets: Floats
    weights: Floats
    mask: Floats


def train(examples: Sequence[Example], *, seed: int, recipe: Recipe) -> tuple[Parameters, list[float]]:
    """Return the parameters, with the standardisation of the features, and the mean loss of each epoch."""
    everything = np.concatenate([example.features for example in examples])
    scale = {"mean": everything.mean(axis=0), "deviation": everything.std(axis=0) + np.float32(1e-3)}
    scaled = [
        Example(
            standardized(scale, item.features), item.vectors, smeared(item.labels, recipe.smear), item.weight
        )
        for item in examples
    ]
    source = np.random.default_rng(seed)
    parameters = initial(everything.shape[1], examples[0].vectors.shape[1], source)
    means = {name: np.zeros_like(value) for name, value in parameters.items()}
    squares = {name: np.zeros_like(value) for name, value in parameters.items()}
    losses, steps = [], 0
    for epoch in range(recipe.epochs):
        batches = list(_batches(scaled, source))
        total = 0.0
        for number, batch in enumerate(batches):
            steps += 1
            place = (epoch + number / len(batches)) / recipe.epochs
            rate = recipe.rate * min(1.0, place * recipe.epochs) * 0.5 * (1 + np.cos(np.pi * place))
            loss, gradients = loss_and_gradients(parameters, batch, source, recipe)
            _clip(gradients)
            for name, gradient in gradients.items():
                means[name] = MOMENTUM * means[name] + (1 - MOMENTUM) * gradient
                squares[name] = SQUARE_MOMENTUM * squares[name] + (1 - SQUARE_MOMENTUM) * gradient**2
                step = means[name] / (1 - MOMENTUM**steps)
                step /= np.sqrt(squares[name] / (1 - SQUARE_MOMENTUM**steps)) + 1e-8
                decay = recipe.decay * parameters[name] if parameters[name].ndim > 1 else 0.0
                parameters[name] -= (rate * (step + decay)).astype(np.float32)
            total += loss
        losses.append(total / len(batches))
    return {**parameters, **scale}, losses


def smeared(labels: Floats, smear: Sequence[float]) -> Floats:
    """Return the targets: at every sentence the largest value that a boundary nearby gives."""
    targets = np.zeros_like(labels)
    for distance, value in enumerate(smear):
        padded = np.pad(labels, distance)
        for offset in (0, 2 * distance):
            targets = np.maximum(targets, value * padded[offset : offset + len(labels)])
    return targets.astype(np.float32)


def initial(features: int, dimensions: int, source: np.random.Generator) -> Parameters:
    """Return random parameters (He et al., 2015); the first estimate of every probability is low."""

    def dense(rows: int, columns: int, gain: float) -> Floats:
        return source.normal(0, gain * (2 / rows) ** 0.5, (rows, columns)).astype(np.float32)

    parameters = {
        "projection": dense(dimensions, PROJECTED, 2.0),
        "input": dense(features + PROJECTED, WIDTH, 1.0),
        "input_bias": np.zeros(WIDTH, np.float32),
        "output": dense(WIDTH, 1, 0.3),
        "output_bias": np.full(1, -4.0, np.float32),
    }
    for number in range(len(DILATIONS)):
        parameters[f"convolution{number}"] = dense(3 * WIDTH, WIDTH, 0.5)
        parameters[f"convolution{number}_bias"] = np.zeros(WIDTH, np.float32)
    return parameters


def _batches(examples: Sequence[Example], source: np.random.Generator) -> Iterator[Batch]:
    """Yield all talks in random order."""
    chosen: list[Example] = []
    for index in source.permutation(len(examples)):
        chosen.append(examples[index])
        if sum(len(example.labels) for example in chosen) >= BATCH_SENTENCES:
            yield batch_of(chosen)
            chosen = []
    if chosen:
        yield batch_of(chosen)


def batch_of(examples: Sequence[Example]) -> Batch:
    """Return the talks in a row, with gaps between them."""

    def joined(parts: Sequence[Floats]) -> Floats:
        return np.concatenate([np.pad(part, ((0, GAP), (0, 0))) for part in parts]).astype(np.float32)

    ones = [np.ones((len(example.labels), 1), np.float32) for example in examples]
    return Batch(
        joined([example.features for example in examples]),
        joined([example.vectors for example in examples]),
        joined([example.labels[:, None] for example in examples]),
        joined([example.weight * one for example, one in zip(examples, ones, strict=True)]),
        joined(ones),
    )


def loss_and_gradients(
    parameters: Parameters, batch: Batch, source: np.random.Generator, recipe: Recipe
) -> tuple[float, Parameters]:
    """Return the weighted mean cross entropy of a batch and its gradient, with dropout."""

    def kept(shape: tuple[int, ...], share: float) -> Floats:
        return ((source.random(shape, np.float32) >= share) / np.float32(1 - share)).astype(np.float32)

    rows = len(batch.mask)
    vector_mask = kept((rows, PROJECTED), recipe.vector_dropout)
    inputs = np.concatenate((batch.features, batch.vectors @ parameters["projection"] * vector_mask), axis=1)
    active = inputs @ parameters["input"] + parameters["input_bias"]
    masks = [(active > 0) * batch.mask * kept(active.shape, recipe.dropout)]
    hidden = active * masks[0]
    beside = []
    for number, dilation in enumerate(DILATIONS):
        beside.append(convolution_input(hidden, dilation))
        active = beside[-1] @ parameters[f"convolution{number}"] + parameters[f"convolution{number}_bias"]
        masks.append((active > 0) * batch.mask * kept(active.shape, recipe.dropout))
        hidden = hidden + active * masks[-1]
    odds = hidden @ parameters["output"] + parameters["output_bias"]
    total = batch.weights.sum()
    loss = ((np.logaddexp(0, odds) - batch.targets * odds) * batch.weights).sum() / total

    outer = (1 / (1 + np.exp(-odds)) - batch.targets) * batch.weights / total
    gradients = {"output": hidden.T @ outer, "output_bias": outer.sum(axis=0)}
    inner = outer @ parameters["output"].T
    for number in reversed(range(len(DILATIONS))):
        update = inner * masks[number + 1]
        gradients[f"convolution{number}"] = beside[number].T @ update
        gradients[f"convolution{number}_bias"] = update.sum(axis=0)
        inner = inner + _unshifted(update @ parameters[f"convolution{number}"].T, DILATIONS[number])
    inner = inner * masks[0]
    gradients["input"] = inputs.T @ inner
    gradients["input_bias"] = inner.sum(axis=0)
    projected = (inner @ parameters["input"].T)[:, -PROJECTED:] * vector_mask
    gradients["projection"] = batch.vectors.T @ projected
    return float(loss), gradients


def _unshifted(gradient: Floats, dilation: int) -> Floats:
    """Return the gradient of the rows from which `convolution_input` took its three parts."""
    earlier, same, later = np.split(gradient, 3, axis=1)
    total = same.copy()
    total[:-dilation] += earlier[dilation:]
    total[dilation:] += later[:-dilation]
    return total


def _clip(gradients: Parameters) -> None:
    """Scale the gradients in place so that their common norm is at most `MAX_GRADIENT_NORM`."""
    norm = float(np.sqrt(sum(float((value**2).sum()) for value in gradients.values())))
    if norm > MAX_GRADIENT_NORM:
        for name in gradients:
            gradients[name] *= np.float32(MAX_GRADIENT_NORM / norm)
