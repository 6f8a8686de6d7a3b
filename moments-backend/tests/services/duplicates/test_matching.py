"""Search for near-duplicates, on real encodings and on synthetic hashes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from app.core.config import Settings
from app.media.ffprobe import probe
from app.media.frame_hash import FRAME_HASH, hash_frames, parse_hashes
from app.media.key_frames import PictureSource
from app.media.overview import overview
from app.services.duplicates.matching import Fingerprint, SimilarPair, compare, find_similar
from tests.fixtures.media import ffmpeg

RATE, WIDTH, HEIGHT = 5, 160, 90
SCENE_SECONDS = 2


def scenes(seed: int, count: int) -> list[np.ndarray]:
    """Return pictures of smooth random shapes."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT:1, 0:WIDTH:1]
    pictures = []
    for _ in range(count):
        picture = np.zeros((HEIGHT, WIDTH))
        for _ in range(6):
            fx, fy, phase = (random.uniform(low, high) for low, high in ((0.5, 3), (0.5, 3), (0, 6)))
            picture += np.sin(x / WIDTH * 6 * fx + y / HEIGHT * 6 * fy + phase) * random.uniform(-1, 1)
        low, high = picture.min(), picture.max()
        pictures.append(((picture - low) / (high - low) * 255).astype(np.uint8))
    return pictures


def encode(path: Path, pictures: Sequence[np.ndarray]) -> Path:
    raw = b"".join(picture.tobytes() for picture in pictures for _ in range(RATE * SCENE_SECONDS))
    frames = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-")
    ffmpeg(*frames, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(path), stdin=raw)
    return path


@dataclass(frozen=True)
class Clip:
    path: Path
    seconds: float


async def fingerprint(number: int, clip: Clip, settings: Settings) -> Fingerprint:
    info = (await probe(clip.path, settings=settings)).info
    frames = await overview(PictureSource(clip.path, info, info.duration_seconds), settings=settings)
    return Fingerprint(number, clip.seconds, parse_hashes(hash_frames(frames)))


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    folder = tmp_path_factory.mktemp("clips")
    talk, other = scenes(1, 14), scenes(2, 14)
    original = encode(folder / "talk.mp4", talk)
    small, late = folder / "small.mkv", folder / "late.mp4"
    ffmpeg("-i", str(original), "-vf", "scale=96:54", "-c:v", "mpeg4", "-b:v", "60k", "-g", "7", str(small))
    ffmpeg("-ss", "4", "-i", str(original), "-c:v", "libx264", "-crf", "35", str(late))
    return {
        "talk": Clip(original, 28.0),
        "small": Clip(small, 28.0),
        "late": Clip(late, 24.0),
        "same_intro": Clip(encode(folder / "intro.mp4", talk[:4] + scenes(3, 10)), 28.0),
        "other": Clip(encode(folder / "other.mp4", other), 28.0),
        "shuffled": Clip(encode(folder / "shuffled.mp4", [talk[n] for n in SHUFFLED]), 28.0),
    }


SHUFFLED = (5, 0, 9, 2, 12, 7, 1, 13, 4, 10, 3, 8, 6, 11)


@pytest.mark.slow
async def test_encodings_of_one_video_are_found(clips: dict[str, Clip], settings: Settings) -> None:
    names = list(clips)
    prints = await asyncio.gather(
        *(fingerprint(number, clip, settings) for number, clip in enumerate(clips.values()))
    )
    found = {(names[pair.first], names[pair.second]): pair for pair in find_similar(prints)}
    assert set(found) == {("talk", "small"), ("talk", "late"), ("small", "late")}
    assert abs(found["talk", "small"].offset) < 1.5
    assert abs(found["talk", "late"].offset + 4) < 1.5


def synthetic(number: int, hashes: Sequence[int], *, step: float = 10.0, seconds: float = 0.0) -> Fingerprint:
    frames = np.zeros(len(hashes), FRAME_HASH)
    frames["hash"] = np.array(hashes, np.uint64)
    frames["milliseconds"] = (np.arange(len(hashes)) * step * 1000).astype(int)
    return Fingerprint(number, seconds or len(hashes) * step, frames)


def random_hashes(seed: int, count: int) -> list[int]:
    drawn = np.random.default_rng(seed).integers(0, 2**63, count, dtype=np.uint64)
    return [int(value) for value in drawn]


def noisy(hashes: Sequence[int], seed: int, bits: int) -> list[int]:
    random = np.random.default_rng(seed)
    return [value ^ sum(1 << int(bit) for bit in random.choice(64, bits, replace=False)) for value in hashes]


def test_lectures_with_one_template_are_different() -> None:
    title, slide = random_hashes(1, 2)
    first = [title, *noisy([slide] * 99, 2, 4)]
    second = [title, *noisy([slide] * 99, 3, 4)]
    assert compare(synthetic(1, first), synthetic(2, second, seconds=1003.0)) is None


def test_common_intro_and_end_prove_nothing() -> None:
    intro, end = random_hashes(1, 10), random_hashes(2, 10)
    first = [*intro, *random_hashes(3, 80), *end]
    second = [*intro, *random_hashes(4, 80), *end]
    assert find_similar([synthetic(1, first), synthetic(2, second)]) == []


@pytest.mark.parametrize(("cut", "expected"), [(0, 0.0), (20, -200.0), (40, None)])
def test_trimmed_start_is_found_up_to_a_third(cut: int, expected: float | None) -> None:
    hashes = random_hashes(1, 100)
    pair = compare(synthetic(1, hashes), synthetic(2, noisy(hashes[cut:], 2, 3)))
    assert (pair and pair.offset) == expected


def test_excerpts_and_empty_videos_do_not_match() -> None:
    hashes = random_hashes(1, 60)
    whole = synthetic(1, hashes)
    assert find_similar([whole, synthetic(2, hashes[20:35]), synthetic(3, [], seconds=600.0)]) == []


def test_short_still_videos_need_equal_lengths() -> None:
    (picture,) = random_hashes(1, 1)
    still = synthetic(1, noisy([picture] * 20, 1, 2), step=1.0, seconds=20.02)
    again = synthetic(2, noisy([picture] * 20, 2, 2), step=1.0, seconds=20.0)
    other = synthetic(3, noisy([picture] * 21, 3, 2), step=1.0, seconds=21.0)
    assert compare(still, again) == SimilarPair(1, 2, 0.0, 1.0, is_still=True)
    assert compare(still, other) is None


def test_pictures_of_many_videos_prove_nothing() -> None:
    (template,) = random_hashes(9, 1)
    prints = [synthetic(number, [template, *random_hashes(number, 30)]) for number in range(100)]
    prints.append(synthetic(100, noisy([int(value) for value in prints[7].frames["hash"]], 5, 2)))
    assert [(pair.first, pair.second) for pair in find_similar(prints)] == [(7, 100)]
