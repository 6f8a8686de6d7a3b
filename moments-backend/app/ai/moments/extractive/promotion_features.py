"""Features of the sentences of an English talk, for the classifier of promotions.

Single sentences of an advertisement are rarely recognisable; most features therefore describe the sentences
around one, with `RADII` sentences on both sides.
"""

import re
from typing import TypeVar

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotion_words import IMPERATIVES, WORD_CLASSES
from app.ai.moments.extractive.talk_kind import is_question
from app.ai.moments.extractive.vocabulary import Floats

RADII = (0, 2, 5)
PHRASE_RADII = (0, 1, 3, 7)
CONTEXT_RADIUS = 25
"""Sentences on both sides that the nearer ones are compared with."""
POSITION_SECONDS = (10.0, 30.0, 90.0)
"""Time constants of the distance to both ends of the talk."""
TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
NAME = re.compile(r"(?<=[\w,;:] )[A-Z][a-z]+")
STRAIGHT = str.maketrans("’‘", "''")

Rows = TypeVar("Rows", Matrix, Floats)


def promotion_features(features: SentenceFeatures, evidence: Floats) -> Matrix:
    """Return the features of each sentence without the vectors, shape (sentences, features).

    Args:
        evidence: of the phrases, shape (sentences, kinds).
    """
    blocks = [_words(features), _phrases(evidence), _positions(features), _likeness(features)]
    columns: Matrix = np.concatenate(blocks, axis=1).astype(np.float32)
    return columns


def pooled_vectors(features: SentenceFeatures) -> list[Matrix]:
    """Return the mean vectors of the sentences within each of `RADII`, of length 1 or 0."""
    weighted = features.vectors * np.sqrt(features.word_counts)[:, None].astype(np.float32)
    return [_unit(window_sums(weighted, radius)) for radius in RADII]


def window_sums(rows: Rows, radius: int) -> Rows:
    """Return for each row the sum of the rows at most `radius` away."""
    sums = np.concatenate((np.zeros((1, rows.shape[1]), rows.dtype), np.cumsum(rows, axis=0)))
    numbers = np.arange(len(rows))
    summed: Rows = sums[np.minimum(numbers + radius + 1, len(rows))] - sums[np.maximum(numbers - radius, 0)]
    return summed


def _words(features: SentenceFeatures) -> Floats:
    """Return how frequent the words of each class are nearby."""
    rows = []
    for sentence in features.sentences:
        text = sentence.text.translate(STRAIGHT)
        tokens = TOKEN.findall(text.lower())
        counts = [float(sum(token in words for token in tokens)) for words in WORD_CLASSES.values()]
        is_imperative = float(bool(tokens) and tokens[0] in IMPERATIVES)
        rows.append([*counts, len(NAME.findall(text)), is_imperative, float(is_question(text))])
    counted = np.array(rows)
    words = features.word_counts[:, None]
    rates = [window_sums(counted, radius) / (window_sums(words, radius) + 5) for radius in RADII]
    length = np.log(words)
    return np.concatenate([*(np.sqrt(rate) for rate in rates), length], axis=1)


def _phrases(evidence: Floats) -> Floats:
    """Return the evidence of the phrases nearby: of each sentence, and the strongest of all kinds."""
    strongest = evidence.max(axis=1, keepdims=True)
    columns = np.concatenate((evidence, strongest), axis=1)
    near = [window_sums(columns, radius) / (2 * radius + 1) for radius in PHRASE_RADII]
    return np.sqrt(np.concatenate(near, axis=1))


def _positions(features: SentenceFeatures) -> Floats:
    since, until = features.starts - features.starts[0], features.ends[-1] - features.ends
    columns = [np.exp(-distance / scale) for distance in (since, until) for scale in POSITION_SECONDS]
    return np.column_stack(columns)


def _likeness(features: SentenceFeatures) -> Floats:
    """Return how much the sentences nearby resemble those further away, and the whole talk."""
    weighted = features.vectors * np.sqrt(features.word_counts)[:, None].astype(np.float32)
    whole = weighted.sum(axis=0, keepdims=True)
    context = window_sums(weighted, CONTEXT_RADIUS)
    columns = []
    for radius in RADII:
        near = window_sums(weighted, radius)
        unit = _unit(near)
        columns += [
            np.einsum("ij,ij->i", unit, _unit(context - near)),
            np.einsum("ij,ij->i", unit, _unit(whole - near)),
        ]
    relative = [column - column.mean() for column in columns]
    return np.column_stack([*columns, *relative])


def _unit(rows: Matrix) -> Matrix:
    unit: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit
