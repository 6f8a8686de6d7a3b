"""Choice of the frame that shows most: bright, sharp and rich in contrast, rather than black or faded."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]
"""Brightness of the pixels by row and column, from 0 (black) to 255 (white)."""

ACCEPTABLE = 0.15
"""Quality from which a frame shows something. Black, white and plain frames have less than 0.05."""

_DARK, _LIGHT = 45.0, 225.0
"""Mean brightness below and above which a frame loses quality."""
_DARK_MARGIN, _LIGHT_MARGIN = 35.0, 25.0
_CONTRAST = 45.0
"""Standard deviation of a picture with full contrast."""
_EDGE = 12.0
"""Mean difference of neighbours among the strongest edges of a sharp picture."""
_STRONGEST = 0.05
"""Part of the pixels whose edges count: a blurred picture has no strong edge anywhere."""
_LEVELS = 32
_FLAT_BASE = 0.25
"""Weight of a frame without contrast or edges, so that of two dark frames the better one is chosen."""


def quality(luma: Luma) -> float:
    """Return how much the frame shows, from 0 (uniform or black) to 1."""
    pixels: npt.NDArray[np.float32] = luma.astype(np.float32)
    mean = float(pixels.mean())
    exposure = _clamp((mean - _DARK + _DARK_MARGIN) / _DARK_MARGIN) * _clamp(
        (_LIGHT + _LIGHT_MARGIN - mean) / _LIGHT_MARGIN
    )
    contrast = _clamp(float(pixels.std()) / _CONTRAST)
    edges = _clamp(_sharpness(pixels) / _EDGE)
    variety = _entropy(luma)
    detail = contrast * (_FLAT_BASE + edges) / (1 + _FLAT_BASE) * variety
    return (0.02 + 0.98 * exposure) * detail


def best(frames: Sequence[Luma]) -> int:
    """Return the index of the best frame; the first of equal ones."""
    return max(range(len(frames)), key=lambda index: (quality(frames[index]), -index))


def _sharpness(pixels: Any) -> float:
    """Return the mean of the strongest differences between neighbours, in both directions."""
    height, width = pixels.shape
    if height < 3 or width < 3:  # noqa: PLR2004 - too small for edges
        return 0.0
    edges = np.abs(np.diff(pixels, axis=1))[:-1] + np.abs(np.diff(pixels, axis=0))[:, :-1]
    strongest = max(1, int(edges.size * _STRONGEST))
    flat = edges.ravel()
    return float(np.partition(flat, flat.size - strongest)[-strongest:].mean()) / 2


def _entropy(luma: Luma) -> float:
    """Return how evenly the brightness levels are used: 0 for one level, 1 for all alike."""
    counts = np.bincount(luma.ravel() // (256 // _LEVELS), minlength=_LEVELS).astype(np.float64)
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) / float(np.log2(_LEVELS)) if shares.size > 1 else 0.0


def _clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)
