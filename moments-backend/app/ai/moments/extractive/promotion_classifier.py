"""The classifier of promotions in English talks: a logistic regression over sentences, computed in numpy."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotion_features import pooled_vectors, promotion_features
from app.ai.moments.extractive.vocabulary import Floats

WEIGHTS = Path(__file__).parent / "promotion_weights" / "promotion_classifier.npz"
"""Trained by `scripts.train_promotions`; the notices of the data are beside it."""
LANGUAGES = ("en", "und")
MAX_STANDARDIZED = 4.0

Weights = Mapping[str, npt.NDArray[np.float32]]


@cache
def load_weights(file: Path = WEIGHTS) -> Weights:
    """Return the arrays by their names."""
    with np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name].astype(np.float32) for name in arrays.files}


def save_weights(file: Path, weights: Weights) -> None:
    """Write the weights in half precision; the same weights yield the same bytes."""
    halves = {name: weights[name].astype(np.float16) for name in sorted(weights)}
    np.savez(file, allow_pickle=False, **halves)


def is_applicable(weights: Weights, features: SentenceFeatures, language: str | None) -> bool:
    """Return whether the talk is in English, or unknown, and has vectors like those in training."""
    code = (language or "und").lower().partition("-")[0]
    return code in LANGUAGES and features.vectors.shape[1] == len(weights["projection"])


def log_odds(weights: Weights, features: SentenceFeatures, evidence: Floats) -> Floats:
    """Return the log-odds that each sentence is part of a promotion.

    Args:
        evidence: of the phrases, shape (sentences, kinds).
    """
    columns = classifier_input(
        weights, promotion_features(features, evidence), projected_vectors(weights, features)
    )
    odds: Floats = (columns @ weights["coefficients"] + weights["bias"]).astype(np.float64)
    return odds


def projected_vectors(weights: Weights, features: SentenceFeatures) -> Matrix:
    """Return the vectors of the nearer and wider neighbourhoods, reduced to fewer dimensions."""
    projected = [(pooled - weights["centre"]) @ weights["projection"] for pooled in pooled_vectors(features)]
    joined: Matrix = np.concatenate(projected, axis=1)
    return joined


def classifier_input(weights: Weights, features: Matrix, vectors: Matrix) -> Matrix:
    """Return all columns, of which those of `features` are standardized, without outliers."""
    scaled = (features - weights["mean"]) / weights["deviation"]
    limited = np.clip(scaled, -MAX_STANDARDIZED, MAX_STANDARDIZED)
    columns: Matrix = np.concatenate((limited, vectors / weights["scale"]), axis=1)
    return columns
