"""Sizes and positions of exports, from the size of the video alone."""

import pytest

from app.media.export_format import RATIOS, cropped, exported_pictures, output_size
from app.models.export import CropPosition, ExportFormat, ExportOptions
from app.models.media_info import VideoStream

CENTER = CropPosition()


@pytest.mark.parametrize(
    ("shown", "format_", "size"),
    [
        ((1280, 720), "9:16", (720, 1280)),
        ((1920, 1080), "9:16", (1080, 1920)),
        ((3840, 2160), "9:16", (1080, 1920)),
        ((3840, 2160), "16:9", (1920, 1080)),
        ((1280, 720), "16:9", (1280, 720)),
        ((1280, 720), "1:1", (720, 720)),
        ((1280, 720), "4:5", (720, 900)),
        ((1080, 1920), "16:9", (1920, 1080)),
        ((640, 360), "9:16", (360, 640)),
        ((854, 480), "9:16", (480, 854)),
        ((2, 2), "9:16", (2, 4)),
        ((3840, 90), "9:16", (90, 160)),
    ],
)
def test_short_side_of_the_video_is_kept(
    shown: tuple[int, int], format_: ExportFormat, size: tuple[int, int]
) -> None:
    assert output_size(shown, RATIOS[format_]) == size


@pytest.mark.parametrize(
    "shown", [(1280, 720), (720, 1280), (3840, 2160), (854, 480), (100, 36), (2, 2), (3000, 90)]
)
@pytest.mark.parametrize("format_", list(RATIOS))
@pytest.mark.parametrize("x", [0.0, 0.3, 1.0])
def test_kept_part_is_inside_with_the_ratio(shown: tuple[int, int], format_: ExportFormat, x: float) -> None:
    size = output_size(shown, RATIOS[format_])
    framing = cropped(shown, size, CropPosition(x=x, y=x))
    (width, height), (left, top) = framing.kept, framing.offset
    assert 0 <= left <= framing.whole[0] - width
    assert 0 <= top <= framing.whole[1] - height
    assert all(side % 2 == 0 for side in (*framing.kept, *framing.size))
    enlarged = framing.size[1] / height
    assert enlarged < 1.9 or min(shown) < 100
    assert framing.size[0] / width == pytest.approx(enlarged, rel=0.02 if min(shown) >= 90 else 1)


def test_large_pictures_are_reduced_before_the_crop() -> None:
    framing = cropped((3840, 2160), (1080, 1920), CENTER)
    assert (framing.whole, framing.kept, framing.offset) == ((3414, 1920), (1080, 1920), (1167, 0))
    assert framing.filters == ["crop=1080:1920:1167:0:exact=1"]


def test_small_pictures_are_enlarged_after_the_crop() -> None:
    framing = cropped((1280, 720), (720, 1280), CENTER)
    assert framing.filters == ["crop=404:720:438:0:exact=1", "scale=720:1280", "setsar=1"]


def test_same_ratio_is_neither_cropped_nor_blurred() -> None:
    stream = VideoStream(index=0, codec="h264", width=1280, height=720, pixel_format="yuv420p")
    options = ExportOptions(format="16:9", fill="blur")
    chain = exported_pictures(stream, options, max_side=1920)
    assert (chain.width, chain.height) == (1280, 720)
    assert not [name for name in chain.filters if "crop" in name or "overlay" in name]


@pytest.mark.parametrize("fill", ["crop", "blur"])
def test_unknown_size_gets_a_known_one(fill: str) -> None:
    stream = VideoStream(index=0, codec="h264")
    options = ExportOptions.model_validate({"format": "9:16", "fill": fill})
    chain = exported_pictures(stream, options, max_side=1920)
    assert (chain.width, chain.height) == (720, 1280)
