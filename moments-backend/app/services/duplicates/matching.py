"""Search for near-duplicates among the frame hashes of all videos.

Two videos are near-duplicates if their frames show the same pictures at the same times, but for a constant
offset. A picture alone proves little: lectures share a template, an intro and a room. Therefore the *changes*
count, times at which one picture is replaced by a clearly different one. They must agree in several parts of
the videos. See `docs/decisions/0036-near-duplicates.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.media.frame_hash import FrameHashes

SAME_BITS = 8
"""Most bits in which two hashes of the same picture differ."""
CHANGE_BITS = 2 * SAME_BITS + 1
"""Fewest bits of a change: if both pictures are found in another video, they differ there, too."""
REPEATED_BITS = 2
"""A frame this close to the one before adds nothing to the look-up of candidates."""
MIN_MATCHED = 0.6
"""Smallest part of the frames that must be found, in each direction."""
MIN_OVERLAP = 0.7
"""Smallest part of the longer video that both have in common."""
MIN_CHANGES, MIN_PARTS, PARTS = 5, 3, 6
"""Fewest common changes, and fewest of the equal parts of the common range that contain one."""
STILL_SECONDS, STILL_TOLERANCE, STILL_MATCHED = 300.0, 0.25, 0.9
"""Shorter videos without changes match if their durations are equal up to the tolerance."""
MAX_BUCKET = 40
"""Videos with one key in the look-up; more share a template, so that the key proves nothing."""
MIN_HITS = 3
_BANDS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
"""Pairs of 16-bit parts of a hash: hashes that differ in at most two bits have one of them in common."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fingerprint:
    """The frames of a video; `video_id` is `videos.id`."""

    video_id: int
    duration: float
    frames: FrameHashes


@dataclass(frozen=True)
class SimilarPair:
    """Two near-duplicates.

    Attributes:
        offset: seconds to add to a time in the first video to get the time in the second.
        matched: part of the frames that both have in common.
        is_still: the pictures never change, so that they alone prove nothing.
    """

    first: int
    second: int
    offset: float
    matched: float
    is_still: bool = False


def find_similar(fingerprints: Sequence[Fingerprint]) -> list[SimilarPair]:
    """Return the near-duplicates among all videos. Blocks: call it in a thread."""
    found = []
    for first, second in _candidates(fingerprints):
        pair = compare(fingerprints[first], fingerprints[second])
        if pair is not None:
            found.append(pair)
    return found


def compare(first: Fingerprint, second: Fingerprint) -> SimilarPair | None:
    """Return how two videos match; None if they are not near-duplicates."""
    if not len(first.frames) or not len(second.frames):
        return None
    distances = np.bitwise_count(first.frames["hash"][:, None] ^ second.frames["hash"][None, :])
    times = _seconds(first), _seconds(second)
    step = max(_spacing(times[0]), _spacing(times[1]))
    offset = _offset(times[0], times[1], distances <= SAME_BITS, step)
    if offset is None:
        return None
    start, end = max(0.0, -offset), min(first.duration, second.duration - offset)
    if end - start < MIN_OVERLAP * max(first.duration, second.duration):
        return None
    found = _found(times[0], times[1] - offset, distances, step)
    backwards = _found(times[1], times[0] + offset, distances.T, step)
    inside = (times[0] >= start) & (times[0] <= end)
    inside_second = (times[1] - offset >= start) & (times[1] - offset <= end)
    if not inside.any() or not inside_second.any():
        return None
    matched = float(min(found[inside].mean(), backwards[inside_second].mean()))
    is_same = matched >= MIN_MATCHED and _has_common_changes(first, times[0], found & inside, start, end)
    if not is_same and not _is_same_still(first, second, offset, matched):
        return None
    return SimilarPair(
        first.video_id, second.video_id, round(offset, 3), round(matched, 3), is_still=not is_same
    )


def _candidates(fingerprints: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Return positions of videos that share enough keys to be compared."""
    hashes, owners = _distinct_hashes(fingerprints)
    if not len(hashes):
        return []
    count = len(fingerprints)
    parts = [((hashes >> np.uint64(16 * part)) & np.uint64(0xFFFF)).astype(np.int64) for part in range(4)]
    pairs: list[Integers] = []
    for high, low in _BANDS:
        pairs.append(_pairs_of_band((parts[high] << 16) | parts[low], owners, count))
    codes, hits = np.unique(np.concatenate(pairs), return_counts=True)
    durations = np.array([fingerprint.duration for fingerprint in fingerprints])
    firsts, seconds = codes // count, codes % count
    is_equally_long = np.abs(durations[firsts] - durations[seconds]) <= STILL_TOLERANCE
    shorter = np.minimum(durations[firsts], durations[seconds])
    is_long_enough = shorter >= MIN_OVERLAP * np.maximum(durations[firsts], durations[seconds])
    wanted = is_long_enough & ((hits >= MIN_HITS) | is_equally_long)
    return list(zip(firsts[wanted].tolist(), seconds[wanted].tolist(), strict=True))


def _distinct_hashes(fingerprints: Sequence[Fingerprint]) -> tuple[npt.NDArray[np.uint64], Integers]:
    """Return hashes without those that repeat the one before, and the position of the video of each."""
    hashes, owners = [], []
    for position, fingerprint in enumerate(fingerprints):
        own = fingerprint.frames["hash"]
        if not len(own):
            continue
        is_new = np.append(True, np.bitwise_count(own[1:] ^ own[:-1]) > REPEATED_BITS)
        hashes.append(own[is_new])
        owners.append(np.full(int(is_new.sum()), position, np.int64))
    if not hashes:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    return np.concatenate(hashes), np.concatenate(owners)


def _pairs_of_band(keys: Integers, owners: Integers, count: int) -> Integers:
    """Return `first * count + second` for each key that two videos share."""
    entries = np.sort(keys * count + owners)  # keys have 32 bits, so this fits for 2^31 videos
    # `np.unique` hashes such numbers into few buckets and takes a hundred times as long.
    entries = entries[np.append(True, entries[1:] != entries[:-1])]
    keys, owners = entries // count, entries % count
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    sizes = np.diff(np.append(starts, len(keys)))
    is_usable = np.repeat((sizes > 1) & (sizes <= MAX_BUCKET), sizes)
    keys, owners = keys[is_usable], owners[is_usable]
    found: list[Integers] = [np.empty(0, np.int64)]
    for lag in range(1, MAX_BUCKET):
        is_pair = keys[lag:] == keys[:-lag]
        if not is_pair.any():
            break
        found.append(owners[:-lag][is_pair] * count + owners[lag:][is_pair])
    return np.concatenate(found)


def _seconds(fingerprint: Fingerprint) -> npt.NDArray[np.float64]:
    seconds: npt.NDArray[np.float64] = fingerprint.frames["milliseconds"] / 1000
    return seconds


def _spacing(times: npt.NDArray[np.float64]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0


def _offset(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], is_near: npt.NDArray[Any], step: float
) -> float | None:
    """Return the offset that most frames of the first video agree on; of equal ones, that closest to 0."""
    rows, columns = np.nonzero(is_near)
    if not len(rows):
        return None
    offsets = second[columns] - first[rows]
    bins = np.round(offsets / step).astype(np.int64)
    entries = np.unique(np.stack([bins, rows]), axis=1)[0]  # each frame votes once per bin
    values, votes = np.unique(entries, return_counts=True)
    best = max(range(len(values)), key=lambda index: (votes[index], -abs(values[index])))
    chosen = offsets[bins == values[best]]
    return float(np.median(chosen))


def _found(
    times: npt.NDArray[np.float64], others: npt.NDArray[np.float64], distances: npt.NDArray[Any], step: float
) -> npt.NDArray[np.bool_]:
    """Return for each frame whether the other video shows it at the same time, within a step and a half."""
    is_close = np.abs(times[:, None] - others[None, :]) <= 1.5 * step
    found: npt.NDArray[np.bool_] = np.any(is_close & (distances <= SAME_BITS), axis=1)
    return found


def _has_common_changes(
    video: Fingerprint,
    times: npt.NDArray[np.float64],
    found: npt.NDArray[np.bool_],
    start: float,
    end: float,
) -> bool:
    """Return whether enough changes of the video, spread over its parts, are in the other one."""
    hashes = video.frames["hash"]
    is_change = np.bitwise_count(hashes[1:] ^ hashes[:-1]) >= CHANGE_BITS
    common = times[1:][is_change & found[1:] & found[:-1]]
    parts = np.unique(((common - start) / max(end - start, 1e-9) * PARTS).astype(int))
    return len(common) >= MIN_CHANGES and len(parts) >= MIN_PARTS


def _is_same_still(first: Fingerprint, second: Fingerprint, offset: float, matched: float) -> bool:
    return (
        first.duration <= STILL_SECONDS
        and abs(first.duration - second.duration) <= STILL_TOLERANCE
        and abs(offset) <= 1.0
        and matched >= STILL_MATCHED
    )
