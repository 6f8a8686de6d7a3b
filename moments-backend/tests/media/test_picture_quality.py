"""Comparison of frames by how much they show."""

import numpy as np

from app.media.picture_quality import ACCEPTABLE, Luma, best, quality

WIDTH, HEIGHT = 160, 90
RANDOM = np.random.default_rng(1)


def plain(level: int) -> Luma:
    return np.full((HEIGHT, WIDTH), level, np.uint8)


def scene() -> Luma:
    """Return rectangles of different brightness."""
    return np.kron(RANDOM.integers(20, 236, (9, 16)), np.ones((10, 10))).astype(np.uint8)


def blurred(luma: Luma) -> Luma:
    smooth = luma.astype(float)
    for _ in range(40):
        smooth = (smooth + np.roll(smooth, 1, 0) + np.roll(smooth, 1, 1) + np.roll(smooth, -1, 0)) / 4
    return smooth.astype(np.uint8)


def faded(luma: Luma, part: float) -> Luma:
    return (luma * part).astype(np.uint8)


def test_scene_is_acceptable_and_plain_frames_are_not() -> None:
    assert quality(scene()) > ACCEPTABLE
    for level in (0, 16, 60, 128, 235, 255):
        assert quality(plain(level)) < ACCEPTABLE / 3


def test_noise_in_black_is_not_acceptable() -> None:
    noise = RANDOM.integers(0, 12, (HEIGHT, WIDTH)).astype(np.uint8)
    assert quality(noise) < ACCEPTABLE / 3


def test_scene_is_better_than_its_fade_and_blur() -> None:
    clear = scene()
    others = [
        faded(clear, 0.1),
        faded(clear, 0.4),
        blurred(clear),
        (255 - (255 - clear) * 0.2).astype(np.uint8),
    ]
    assert best([*others, clear]) == len(others)


def test_best_of_dark_frames_shows_most() -> None:
    assert best([plain(0), faded(scene(), 0.05), plain(3)]) == 1


def test_first_of_equal_frames_is_chosen() -> None:
    assert best([plain(0), plain(0)]) == 0


def test_tiny_pictures_are_accepted() -> None:
    assert quality(np.zeros((1, 1), np.uint8)) == quality(np.zeros((2, 500), np.uint8)) == 0
