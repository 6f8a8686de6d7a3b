"""Compact forms of embeddings: 48 bytes for the index, 192 for the ranking, 16 for each sentence."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.ai.embeddings.sentence_encoder import DIMENSIONS, Matrix

LEVELS = 16
STEP = 0.375 / DIMENSIONS**0.5
"""Distance of two levels; they cover ± 3 standard deviations of the components of a unit vector."""
PART_BITS = 128
PART_BYTES = PART_BITS // 8

_RANDOM_BITS = np.frombuffer(hashlib.shake_256(b"passages").digest(DIMENSIONS * PART_BYTES), dtype=np.uint8)
_SIGNS: Matrix = np.unpackbits(_RANDOM_BITS).reshape(DIMENSIONS, PART_BITS).astype(np.float32) * 2 - 1
"""Random projection of a sentence; constant, because stored vectors depend on it."""


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The stored vectors of one passage."""

    sketch: str
    """The signs of the components as text of `0` and `1`, for `bit(384)`."""
    embedding: bytes
    """Components of 4 bits, two per byte."""
    parts: bytes
    """For each segment, the signs of 128 random projections."""


def compress(embedding: Matrix, parts: Matrix) -> PassageVectors:
    """Return the stored form of a passage's embedding and those of its segments."""
    levels = np.clip(np.floor(embedding / STEP) + LEVELS // 2, 0, LEVELS - 1).astype(np.uint8)
    packed = (levels[0::2] << 4) | levels[1::2]
    bits = np.packbits(parts @ _SIGNS > 0, axis=1)
    return PassageVectors(sketch(embedding), packed.tobytes(), bits.tobytes())


def sketch(embedding: Matrix) -> str:
    """Return the signs of the components as PostgreSQL writes `bit(384)`."""
    return "".join("1" if component > 0 else "0" for component in embedding)


def expand(packed: Sequence[bytes]) -> Matrix:
    """Return unit vectors of stored embeddings, shape (embeddings, 384)."""
    levels = np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(len(packed), DIMENSIONS // 2)
    rows = np.empty((len(packed), DIMENSIONS), dtype=np.float32)
    rows[:, 0::2], rows[:, 1::2] = levels >> 4, levels & (LEVELS - 1)
    rows += 0.5 - LEVELS // 2
    unit: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def score_parts(query: Matrix, parts: bytes) -> npt.NDArray[np.float32]:
    """Return the similarity of the query with each segment of a passage; only their order has a meaning."""
    bits = np.unpackbits(np.frombuffer(parts, dtype=np.uint8).reshape(-1, PART_BYTES), axis=1)
    scores: npt.NDArray[np.float32] = (bits * 2.0 - 1.0) @ (query @ _SIGNS)
    return scores
