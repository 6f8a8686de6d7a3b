"""Aspect ratios of exports: the part of the picture that is kept, its size, and the blurred background."""

import math

from app.media.picture_filters import Framing, PictureChain, display_size, picture_chain
from app.models.export import CropPosition, ExportFormat, ExportOptions
from app.models.media_info import VideoStream

RATIOS: dict[ExportFormat, tuple[int, int]] = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1), "4:5": (4, 5)}

MAX_SHORT_SIDE = 1080
"""Sites for short videos show at most this; the short side of a smaller video is kept."""

UNKNOWN_SIZE = (1280, 720)
"""Size of pictures whose size is unknown until they are decoded."""

_SAME_RATIO = 0.02
"""Difference of aspect ratios that is cut off rather than filled with a blurred border."""

_BLUR_REDUCTION = 8
"""The background is blurred at an eighth of the size, which costs 1 % of the time of the full size."""

_BLUR_SIGMA = 0.04
"""Radius of the blur in parts of the short side."""

_BACKGROUND_LIGHT = 0.6
"""Brightness of the background, so that the picture is set off from it."""


def exported_pictures(stream: VideoStream, options: ExportOptions, *, max_side: int) -> PictureChain:
    """Return the conversion of the pictures to the format of an export.

    Args:
        max_side: limit on both sides of pictures that keep their format.
    """
    ratio = RATIOS.get(options.format)
    if ratio is None:
        return picture_chain(stream, max_width=max_side, max_height=max_side)
    shown = display_size(stream, max_width=math.inf, max_height=math.inf)
    size = output_size(shown or UNKNOWN_SIZE, ratio)
    if shown is None:
        return _of_unknown_size(stream, size)
    if options.fill == "blur" and not _is_same_ratio(shown, size):
        return _blurred(stream, shown, size)
    position = CropPosition() if options.crop == "center" else options.crop
    framing = cropped(shown, size, position)
    return picture_chain(stream, max_width=max_side, max_height=max_side, framing=framing)


def output_size(shown: tuple[int, int], ratio: tuple[int, int]) -> tuple[int, int]:
    """Return the size of an export: its short side is that of the video, at most `MAX_SHORT_SIDE`.

    A crop from landscape to portrait is thereby enlarged 1.8 times at most; without it, 9:16 of a 720p video
    would be 404 pixels wide, and so would the captions.
    """
    short = min(*shown, MAX_SHORT_SIDE)
    factor = short / min(ratio)
    return _even(ratio[0] * factor), _even(ratio[1] * factor)


def cropped(shown: tuple[int, int], size: tuple[int, int], position: CropPosition) -> Framing:
    """Return the largest part of the picture with the aspect ratio of `size`, at a position."""
    factor = max(size[0] / shown[0], size[1] / shown[1])
    if factor <= 1:
        whole = (max(size[0], _even(shown[0] * factor)), max(size[1], _even(shown[1] * factor)))
        kept = size
    else:
        whole = shown
        kept = (min(shown[0], _even(size[0] / factor)), min(shown[1], _even(size[1] / factor)))
    offset = (_offset(whole[0], kept[0], position.x), _offset(whole[1], kept[1], position.y))
    return Framing(whole, kept, offset, size)


def _blurred(stream: VideoStream, shown: tuple[int, int], size: tuple[int, int]) -> PictureChain:
    factor = min(size[0] / shown[0], size[1] / shown[1])
    whole = (min(size[0], _even(shown[0] * factor)), min(size[1], _even(shown[1] * factor)))
    chain = picture_chain(
        stream, max_width=size[0], max_height=size[1], framing=Framing(whole, whole, (0, 0), whole)
    )
    return PictureChain(chain.input_args, (*chain.filters, _background(size)), *size)


def _background(size: tuple[int, int]) -> str:
    small = tuple(max(2, _even(side / _BLUR_REDUCTION)) for side in size)
    cover = f"scale={small[0]}:{small[1]}:force_original_aspect_ratio=increase:force_divisible_by=2"
    sigma = min(size) / _BLUR_REDUCTION * _BLUR_SIGMA
    zeros = {"y": 16, "u": 128, "v": 128}
    darker = ":".join(f"{plane}='{zero}+(val-{zero})*{_BACKGROUND_LIGHT}'" for plane, zero in zeros.items())
    return (
        "split[whole][copy];"
        f"[copy]{cover},crop={small[0]}:{small[1]},gblur=sigma={sigma:.2f}:steps=2,"
        f"lutyuv={darker},scale={size[0]}:{size[1]}:flags=bilinear,setsar=1[back];"
        "[back][whole]overlay=(W-w)/2:(H-h)/2:format=yuv420"
    )


def _of_unknown_size(stream: VideoStream, size: tuple[int, int]) -> PictureChain:
    chain = picture_chain(stream, max_width=max(size), max_height=max(size))
    cover = f"scale={size[0]}:{size[1]}:force_original_aspect_ratio=increase:force_divisible_by=2"
    return PictureChain(
        chain.input_args, (*chain.filters, cover, f"crop={size[0]}:{size[1]}", "setsar=1"), *size
    )


def _is_same_ratio(first: tuple[int, int], second: tuple[int, int]) -> bool:
    return abs(first[0] * second[1] / (first[1] * second[0]) - 1) < _SAME_RATIO


def _offset(whole: int, kept: int, position: float) -> int:
    return round((whole - kept) * position)


def _even(side: float) -> int:
    return max(2, 2 * round(side / 2))
