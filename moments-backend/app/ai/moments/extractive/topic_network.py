"""The topic network: dilated convolutions over the sentences of a talk, computed in numpy."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.ai.embeddings.sentence_encoder import Matrix

WEIGHTS = Path(__file__).parent / "topic_weights" / "topic_network.npz"
"""Weights of several networks, trained by `scripts.train_topics`; their notices are beside them."""
PROJECTED = 40
"""Dimensions to which the sentence vectors are reduced."""
WIDTH = 80
DILATIONS = (1, 2, 4, 8, 16)
MAX_STANDARDIZED = 5.0

Weights = Mapping[str, npt.NDArray[np.float32]]


@lru_cache(maxsize=1)
def load_weights(file: Path = WEIGHTS) -> tuple[Weights, ...]:
    """Return the arrays of each network by their names."""
    with np.load(file, allow_pickle=False) as arrays:
        stacked = {name: arrays[name].astype(np.float32) for name in arrays.files}
    count = len(stacked["output"])
    return tuple({name: values[number] for name, values in stacked.items()} for number in range(count))


def save_weights(file: Path, networks: Sequence[Weights]) -> None:
    """Write the networks in half precision; the same networks yield the same bytes."""
    stacked = {name: np.stack([network[name] for network in networks]) for name in sorted(networks[0])}
    np.savez(
        file, allow_pickle=False, **{name: values.astype(np.float16) for name, values in stacked.items()}
    )


def log_odds(networks: Sequence[Weights], features: Matrix, vectors: Matrix) -> Matrix:
    """Return for each sentence the log-odds that a topic begins with it, the mean of all networks.

    Args:
        features: see `topic_features`.
        vectors: sentence embeddings of length 1, shape (sentences, dimensions).
    """
    odds: Matrix = np.mean([_log_odds(weights, features, vectors) for weights in networks], axis=0)
    return odds


def _log_odds(weights: Weights, features: Matrix, vectors: Matrix) -> Matrix:
    hidden = np.concatenate((standardized(weights, features), vectors @ weights["projection"]), axis=1)
    hidden = np.maximum(hidden @ weights["input"] + weights["input_bias"], 0)
    for number, dilation in enumerate(DILATIONS):
        update = convolution_input(hidden, dilation) @ weights[f"convolution{number}"]
        hidden = hidden + np.maximum(update + weights[f"convolution{number}_bias"], 0)
    odds: Matrix = (hidden @ weights["output"] + weights["output_bias"])[:, 0]
    return odds


def standardized(weights: Weights, features: Matrix) -> Matrix:
    """Return features with mean 0 and deviation 1 in the training data, without outliers."""
    scaled = (features - weights["mean"]) / weights["deviation"]
    limited: Matrix = np.clip(scaled, -MAX_STANDARDIZED, MAX_STANDARDIZED)
    return limited


def convolution_input(hidden: Matrix, dilation: int) -> Matrix:
    """Return each row beside those `dilation` before and after it; rows beyond the ends are 0."""
    padded = np.pad(hidden, ((dilation, dilation), (0, 0)))
    return np.concatenate((padded[: -2 * dilation], hidden, padded[2 * dilation :]), axis=1)
