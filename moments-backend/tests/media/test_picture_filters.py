"""Pictures of any colours, sizes and transparency look right in clips."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.media import clip_encoder, picture_filters
from app.media.ffprobe import probe
from app.models.media_info import VideoStream
from tests.fixtures.media import ffmpeg, make_video
from tests.media.support.numbered_frames import ffprobe

pytestmark = pytest.mark.usefixtures("clean_environment")

SIDE = 32
PATCHES = (
    *((grey, grey, grey) for grey in (20, 60, 101, 140, 180, 220, 235, 255)),
    *((200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40)),
    *((190, 140, 110), (90, 60, 50), (70, 110, 160), (240, 230, 200)),
)
WIDTH = SIDE * len(PATCHES)

BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
H264 = ("-c:v", "libx264", "-crf", "8", "-preset", "veryfast")


def make_patches(path: Path, filters: str, *options: str, seconds: float = 0.4) -> Path:
    """Write a video of the patches side by side, in BT.709 before `filters`."""
    row = b"".join(bytes(patch) * SIDE for patch in PATCHES)
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{SIDE}", "-r", "25", "-i", "-")
    before = f"scale=out_color_matrix=bt709:out_range=tv,format=yuv444p,{BT709}"
    frames = row * SIDE * round(25 * seconds)
    ffmpeg(*raw, "-vf", ",".join(filter(None, (before, filters))), *options, path, stdin=frames)
    return path


def patches_of(path: Path) -> list[tuple[int, ...]]:
    """Return the colour in the middle of each patch, as a browser shows it."""
    shown = ("-frames:v", "1", "-vf", f"scale={WIDTH}:{SIDE}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    pixels = ffmpeg("-i", path, *shown)
    middles = [(WIDTH * SIDE // 2 + SIDE * number + SIDE // 2) * 3 for number in range(len(PATCHES))]
    return [tuple(pixels[at : at + 3]) for at in middles]


def difference(path: Path) -> float:
    """Return the mean difference of a patch, of 255."""
    pairs = zip(patches_of(path), PATCHES, strict=True)
    differences = [abs(a - b) for shown, patch in pairs for a, b in zip(shown, patch, strict=True)]
    return sum(differences) / len(differences)


async def cut(video: Path) -> Path:
    clip = video.with_name("clip.mp4")
    await clip_encoder.cut_clip(video, clip, start=0, end=0.3, settings=Settings(), timeout=60)
    return clip


def picture_of(clip: Path) -> dict[str, Any]:
    return next(dict(stream) for stream in ffprobe(clip)["streams"] if stream["codec_type"] == "video")


async def thumbnail_of(video: Path) -> Path:
    """Return a JPEG made with the filters for still pictures."""
    stream = (await probe(video, settings=Settings())).info.video[0]
    chain = picture_filters.picture_chain(stream, max_width=640, max_height=640, jpeg=True)
    jpeg = video.with_suffix(".jpg")
    filters = ",".join(chain.filters)
    ffmpeg(*chain.input_args, "-i", video, "-vf", filters, "-frames:v", "1", "-q:v", "2", jpeg)
    return jpeg


def hdr(transfer: str) -> str:
    return (
        f"zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,"
        f"zscale=t={transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    )


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
async def test_hdr_looks_like_its_sdr_twin(tmp_path: Path, transfer: str) -> None:
    """Half of the difference is white, which leaves room for highlights."""
    marks = f"log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    codec = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "8", "-x265-params", marks)
    video = make_patches(tmp_path / "hdr.mp4", hdr(transfer), *codec)
    clip = await cut(video)
    assert difference(clip) < 6
    picture = picture_of(clip)
    tags = [picture[f"color_{name}"] for name in ("space", "primaries", "transfer", "range")]
    assert tags == ["bt709", "bt709", "bt709", "tv"]
    assert (picture["pix_fmt"], picture["profile"]) == ("yuv420p", "High")
    assert difference(await thumbnail_of(video)) < 7
    greys = [patch[0] for patch in patches_of(clip)[:5]]
    assert greys == pytest.approx([20, 60, 101, 140, 180], abs=4)


FULL_RANGE = "scale=out_range=pc:out_color_matrix=bt601,format=yuvj444p"

SDR = {
    "bt709.mp4": ("", *H264),
    "bt601.mp4": ("scale=out_color_matrix=smpte170m,setparams=colorspace=smpte170m", *H264),
    "wide.mkv": ("zscale=p=bt2020:t=bt709:m=bt2020nc,format=yuv420p10le", *H264),
    "full-range.mov": (FULL_RANGE, "-c:v", "mjpeg", "-q:v", "1"),
    "rgba.mov": ("format=argb", "-c:v", "qtrle"),
    "png.mov": ("format=rgba", "-c:v", "png"),
    "rgb.mkv": ("format=gbrp", "-c:v", "libx264rgb", "-crf", "1"),
    "screen.avi": ("format=bgr0", "-c:v", "zmbv"),
    "ten-bit.mkv": ("format=yuv420p10le", *H264),
    "sixteen-bit.mkv": ("format=yuv444p16le", "-c:v", "ffv1"),
    "prores.mov": ("format=yuva444p10le", "-c:v", "prores_ks", "-profile:v", "4444"),
    "av1.webm": ("format=yuv420p", "-c:v", "libsvtav1", "-preset", "12", "-crf", "5"),
}


@pytest.mark.parametrize("name", SDR)
async def test_colours_are_kept(tmp_path: Path, name: str) -> None:
    filters, *options = SDR[name]
    video = make_patches(tmp_path / name, filters, *options)
    assert difference(await cut(video)) < 4
    assert difference(await thumbnail_of(video)) < 5


@pytest.mark.parametrize(
    "tags",
    [
        "matrix_coefficients=0",
        "matrix_coefficients=3",
        "colour_primaries=3",
        "transfer_characteristics=3",
        "matrix_coefficients=3:colour_primaries=0:transfer_characteristics=0",
    ],
)
async def test_wrong_colour_tags_are_ignored(tmp_path: Path, tags: str) -> None:
    """Pictures without a valid matrix are BT.601, as browsers assume at this size."""
    filters = "scale=out_color_matrix=smpte170m,format=yuv420p,setparams=colorspace=smpte170m"
    whole = make_patches(tmp_path / "whole.mp4", filters, *H264)
    video = tmp_path / "a.mp4"
    ffmpeg("-i", whole, "-c", "copy", "-bsf:v", f"h264_metadata={tags}", video)
    clip = await cut(video)
    assert difference(clip) < 4
    assert picture_of(clip)["color_space"] == "smpte170m"
    assert difference(await thumbnail_of(video)) < 5


async def test_gray_is_gray(tmp_path: Path) -> None:
    video = make_patches(tmp_path / "a.mp4", "format=gray", *H264)
    greys = [patch[0] for patch in patches_of(await cut(video))[:8]]
    assert greys == pytest.approx([patch[0] for patch in PATCHES[:8]], abs=4)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("vp8.webm", ("-c:v", "libvpx", "-auto-alt-ref", "0", "-deadline", "realtime")),
        ("vp9.webm", ("-c:v", "libvpx-vp9", "-auto-alt-ref", "0", "-deadline", "realtime")),
        ("prores.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
        ("png.mov", ("-c:v", "png", "-pix_fmt", "rgba")),
    ],
)
async def test_transparent_parts_are_black(tmp_path: Path, name: str, codec: tuple[str, ...]) -> None:
    transparent = "format=yuva420p,geq=lum=200:cb=128:cr=128:a='255*lt(X,W/2)'"
    source = f"color=white:s=128x64:r=25:d=0.4,{transparent}"
    options = codec if "-pix_fmt" in codec else (*codec, "-pix_fmt", "yuva420p")
    ffmpeg("-f", "lavfi", "-i", source, *options, tmp_path / name)
    pixels = ffmpeg(
        "-i", await cut(tmp_path / name), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"
    )
    middle = pixels[128 * 32 : 128 * 33]
    assert middle[20] > 180
    assert middle[108] < 24


def changing(video: Path, sizes: tuple[str, ...]) -> Path:
    """Write an H.264 stream whose pictures change their size each half second."""
    parts = []
    for number, size in enumerate(sizes):
        part = video.with_name(f"{number}.ts")
        options = ("-output_ts_offset", str(number * 0.48), "-muxdelay", "0", "-c:v", "libx264")
        ffmpeg("-f", "lavfi", "-i", f"color=white:s={size}:r=25:d=0.48", *options, part)
        parts.append(part.read_bytes())
    video.write_bytes(b"".join(parts))
    return video


async def test_later_sizes_are_fitted_into_the_first(tmp_path: Path) -> None:
    """A portrait picture in a landscape video gets black bars and keeps its proportions."""
    video, clip = changing(tmp_path / "a.ts", ("160x90", "90x160", "320x180")), tmp_path / "clip.mp4"
    await clip_encoder.cut_clip(video, clip, start=0, end=1.4, settings=Settings(), timeout=60)
    pixels = ffmpeg("-i", clip, "-f", "rawvideo", "-pix_fmt", "gray", "-")
    frames = [pixels[offset : offset + 160 * 90] for offset in range(0, len(pixels), 160 * 90)]
    assert len(frames) == pytest.approx(35, abs=1)
    rows = [frame[160 * 45 : 160 * 46] for frame in frames]
    whites = [sum(value > 128 for value in row) for row in rows]
    assert set(whites) == {160, 50}
    assert whites[15] == 50
    assert whites[30] == 160


async def test_interlaced_pictures_have_no_combs(tmp_path: Path) -> None:
    moving = "color=black:s=320x180:r=50,drawbox=x=0:y=0:w=20:h=180:color=white:t=fill"
    fields = f"{moving},scroll=horizontal=0.02,interlace=lowpass=0"
    video, clip = tmp_path / "a.ts", tmp_path / "clip.mp4"
    flags = ("-c:v", "libx264", "-x264-params", "tff=1", "-flags", "+ildct+ilme")
    ffmpeg("-f", "lavfi", "-i", fields, *flags, "-t", "1", video)
    await clip_encoder.cut_clip(video, clip, start=0.3, end=0.6, settings=Settings(), timeout=60)
    pixels = ffmpeg("-i", clip, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    rows = [pixels[320 * row : 320 * (row + 1)] for row in range(40, 140)]
    combing = sum(abs(upper[x] - lower[x]) for upper, lower in pairwise(rows) for x in range(320))
    assert combing / (len(rows) * 320) < 2


@pytest.mark.parametrize(
    ("stream", "limits", "size"),
    [
        ({"width": 1920, "height": 1080}, (1280, 720), (1280, 720)),
        ({"width": 1080, "height": 1920}, (1280, 720), (404, 720)),
        ({"width": 1920, "height": 1080, "rotation": 90}, (1280, 720), (404, 720)),
        ({"width": 720, "height": 576, "sample_aspect_ratio": 64 / 45}, (1920, 1080), (1024, 576)),
        (
            {"width": 720, "height": 480, "sample_aspect_ratio": 8 / 9, "rotation": 270},
            (1920, 1080),
            (540, 720),
        ),
        ({"width": 161, "height": 121}, (1920, 1080), (160, 120)),
        ({"width": 0, "height": 0}, (1920, 1080), None),
    ],
)
def test_size_is_even_upright_and_within_limits(
    stream: dict[str, Any], limits: tuple[int, int], size: tuple[int, int] | None
) -> None:
    video = VideoStream(index=0, codec="h264", **stream)
    assert picture_filters.display_size(video, max_width=limits[0], max_height=limits[1]) == size


def test_limits_turn_with_portrait_pictures() -> None:
    video = VideoStream(index=0, codec="h264", width=2160, height=3840)
    size = picture_filters.display_size(video, max_width=1920, max_height=1080, turned=True)
    assert size == (1080, 1920)


def test_unknown_size_is_read_from_the_frames(tmp_path: Path) -> None:
    stream = VideoStream(index=0, codec="h264")
    chain = picture_filters.picture_chain(stream, max_width=64, max_height=64)
    assert (chain.width, chain.height) == (None, None)
    video, small = make_video(tmp_path / "a.mp4", seconds=0.2), tmp_path / "small.mp4"
    ffmpeg("-i", video, "-vf", ",".join(chain.filters), small)
    assert (picture_of(small)["width"], picture_of(small)["height"]) == (64, 36)
