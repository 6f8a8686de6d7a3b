"""Perceptual hashes of frames: 64 bits that stay nearly equal when a video is encoded again or scaled.

The lowest frequencies of a discrete cosine transform are compared with their median, as in pHash:
Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.media.key_frames import Frame
from app.media.picture_quality import Luma, quality

VERSION = 1
"""Version of the method; hashes of other versions are computed again."""
FRAME_HASH = np.dtype([("milliseconds", "<u4"), ("hash", "<u8")])
"""One frame in the stored form."""

_SIDE = 32
_PLAIN = 0.1
"""Quality below which a frame is black, white or plain, so that its bits are noise."""

FrameHashes = npt.NDArray[Any]
"""Array of `FRAME_HASH` in order of time."""


def _cosines() -> npt.NDArray[np.float32]:
    positions = np.arange(_SIDE)
    cosines: npt.NDArray[np.float32] = np.cos(
        np.pi / _SIDE * (positions[None, :] + 0.5) * positions[:, None]
    ).astype(np.float32)
    return cosines


def _lowest_frequencies() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return rows and columns of the 64 lowest frequencies without the mean, in the order of their sum."""
    rows, columns = np.indices((_SIDE, _SIDE))
    order = np.lexsort((rows.ravel(), (rows + columns).ravel()))[1:65]
    return order // _SIDE, order % _SIDE


_COSINES = _cosines()
_FREQUENCIES = _lowest_frequencies()
_WEIGHTS = np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64))


def hash_frames(frames: Sequence[Frame]) -> bytes:
    """Return the hashes of frames in order of time as bytes; plain frames are left out."""
    found = [
        (round(frame.seconds * 1000), hash_picture(frame.luma))
        for frame in frames
        if quality(frame.luma) >= _PLAIN
    ]
    return np.array(found, FRAME_HASH).tobytes()


def parse_hashes(stored: bytes) -> FrameHashes:
    """Return the bytes of `hash_frames` as an array."""
    return np.frombuffer(stored, FRAME_HASH)


def hash_picture(luma: Luma) -> int:
    """Return the hash of a picture."""
    small = _shrink(luma)
    transformed = (_COSINES @ small @ _COSINES.T)[_FREQUENCIES]
    return int((_WEIGHTS * (transformed > np.median(transformed))).sum())


def _shrink(luma: Luma) -> npt.NDArray[np.float32]:
    """Return the means of a grid of 32 × 32 cells."""
    height, width = luma.shape
    pixels: npt.NDArray[Any] = luma.astype(np.float32)
    for axis, size in ((0, height), (1, width)):
        edges = np.linspace(0, size, _SIDE + 1)
        starts = np.minimum(edges[:-1].astype(int), size - 1)
        counts = np.diff(np.append(starts, size))
        sums = np.add.reduceat(pixels, starts, axis=axis)
        pixels = sums / np.maximum(counts, 1).reshape((-1, 1) if axis == 0 else (1, -1))
    return pixels
