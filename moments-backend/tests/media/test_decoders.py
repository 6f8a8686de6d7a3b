"""The bundled FFmpeg alone decodes what the accepted file name extensions contain."""

import subprocess
from array import array
from itertools import pairwise
from pathlib import Path

import pytest

from app.core.config import Settings
from app.media import binaries, ffmpeg as product
from tests.fixtures.media import ffmpeg

pytestmark = pytest.mark.usefixtures("clean_environment")

COLOURS = {"red": (254, 0, 0), "lime": (0, 255, 1), "blue": (0, 0, 254), "gray": (128, 128, 128)}
WIDTH, HEIGHT = 352, 288
"""The only size that all these codecs support."""

_BOXES = "".join(
    f",drawbox=x={WIDTH // 4 * number}:y=0:w={WIDTH // 4}:h={HEIGHT}:color={name}:t=fill"
    for number, name in enumerate(COLOURS)
)
BARS = f"color=black:s={WIDTH}x{HEIGHT}:r=25:d=0.2{_BOXES}"

PICTURES = {
    "h264.mp4": ("libx264", "-preset", "ultrafast"),
    "h264-10.mkv": ("libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"),
    "h264-rgb.mkv": ("libx264rgb", "-preset", "ultrafast"),
    "hevc.mov": ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
    "hevc-10.mkv": ("libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"),
    "av1.mp4": ("libsvtav1", "-preset", "13"),
    "av1.webm": ("libaom-av1", "-cpu-used", "8", "-usage", "realtime"),
    "vp8.webm": ("libvpx", "-deadline", "realtime"),
    "vp9.webm": ("libvpx-vp9", "-deadline", "realtime"),
    "mpeg4.avi": ("mpeg4", "-q:v", "2"),
    "divx3.avi": ("msmpeg4", "-q:v", "2"),
    "msmpeg4v2.avi": ("msmpeg4v2", "-q:v", "2"),
    "mpeg1.mpg": ("mpeg1video", "-q:v", "2"),
    "mpeg2.vob": ("mpeg2video", "-q:v", "2"),
    "mpeg2.ts": ("mpeg2video", "-q:v", "2"),
    "wmv1.wmv": ("wmv1", "-q:v", "2"),
    "wmv2.wmv": ("wmv2", "-q:v", "2"),
    "flv1.flv": ("flv", "-q:v", "2"),
    "screen.flv": ("flashsv",),
    "h263.3gp": ("h263", "-q:v", "2"),
    "theora.ogv": ("libtheora", "-q:v", "10"),
    "mjpeg.avi": ("mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"),
    "prores.mov": ("prores_ks",),
    "prores4444.mov": ("prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"),
    "dnxhr.mov": ("dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p"),
    "cineform.mov": ("cfhd",),
    "dv.avi": ("dvvideo", "-s", "720x576", "-pix_fmt", "yuv420p"),
    "ffv1.mkv": ("ffv1",),
    "ffv1-16.mkv": ("ffv1", "-pix_fmt", "yuv444p16le"),
    "huffyuv.avi": ("huffyuv",),
    "utvideo.avi": ("utvideo",),
    "zmbv.avi": ("zmbv",),
    "png.mov": ("png",),
    "ljpeg.mkv": ("ljpeg", "-pix_fmt", "yuvj420p"),
    "qtrle.mov": ("qtrle",),
    "cinepak.mov": ("cinepak",),
    "rpza.mov": ("rpza",),
    "svq1.mov": ("svq1", "-q:v", "2"),
    "raw.avi": ("rawvideo", "-pix_fmt", "yuv420p"),
    "raw.mov": ("v210",),
    "jpeg2000.mov": ("jpeg2000",),
    "rv10.rm": ("rv10", "-q:v", "2"),
    "rv20.rm": ("rv20", "-q:v", "2"),
    "msvideo.avi": ("msvideo1",),
}

SOUNDS = {
    "aac.mp4": ("aac",),
    "mp3.avi": ("libmp3lame",),
    "mp2.mpg": ("mp2",),
    "ac3.vob": ("ac3",),
    "eac3.ts": ("eac3",),
    "dts.mkv": ("dca", "-strict", "-2"),
    "truehd.mkv": ("truehd", "-strict", "-2"),
    "opus.webm": ("libopus",),
    "vorbis.ogv": ("libvorbis",),
    "flac.mkv": ("flac",),
    "alac.mov": ("alac",),
    "wmav1.wmv": ("wmav1",),
    "wmav2.wmv": ("wmav2",),
    "speech.3gp": ("libopencore_amrnb", "-ar", "8000", "-ac", "1"),
    "pcm.mov": ("pcm_s16be",),
    "pcm24.mov": ("pcm_s24le",),
    "pcm.avi": ("pcm_s16le",),
    "pcm8.avi": ("pcm_u8", "-ar", "11025"),
    "float.mov": ("pcm_f32le",),
    "mulaw.mov": ("pcm_mulaw", "-ar", "8000"),
    "alaw.mov": ("pcm_alaw", "-ar", "8000"),
    "ima.avi": ("adpcm_ima_wav", "-ar", "22050"),
    "ms.avi": ("adpcm_ms", "-ar", "22050"),
    "swf.flv": ("adpcm_swf", "-ar", "22050"),
    "nelly.flv": ("nellymoser", "-ar", "22050", "-ac", "1"),
    "g722.mkv": ("g722", "-ar", "16000", "-ac", "1"),
    "ra144.rm": ("real_144", "-ar", "8000", "-ac", "1"),
}


@pytest.fixture(autouse=True)
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def decode(path: Path, *options: str) -> bytes:
    """Read a file as the product does, which allows few demuxers and no other file."""
    argv = [
        *product.base_args(binaries.find_ffmpeg(Settings())),
        *product.input_args(path, max_pixels=40_000_000),
        *options,
        "-",
    ]
    return subprocess.run(argv, check=True, capture_output=True).stdout


@pytest.mark.parametrize("name", PICTURES)
def test_picture_has_its_colours(tmp_path: Path, name: str) -> None:
    codec, *options = PICTURES[name]
    path = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", BARS, "-c:v", codec, *options, "-t", "0.2", path)
    raw = decode(
        path, "-map", "0:v:0", "-frames:v", "1", "-vf", "scale=80:40", "-f", "rawvideo", "-pix_fmt", "rgb24"
    )
    assert len(raw) == 80 * 40 * 3
    for number, (colour, expected) in enumerate(COLOURS.items()):
        at = (20 * 80 + 20 * number + 10) * 3
        assert raw[at : at + 3] == pytest.approx(expected, abs=45), colour


@pytest.mark.parametrize("name", SOUNDS)
def test_audio_has_its_pitch(tmp_path: Path, name: str) -> None:
    """A tone of 500 Hz crosses zero upwards 500 times per second."""
    codec, *options = SOUNDS[name]
    path = tmp_path / name
    tone = ("-f", "lavfi", "-i", "sine=frequency=500:sample_rate=48000,volume=4")
    ffmpeg(*tone, "-c:a", codec, *options, "-t", "1", path)
    raw = decode(path, "-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "s16le")
    samples = array("h", raw)[4000:12000]
    assert max(samples) > 8000
    crossings = sum(before < 0 <= after for before, after in pairwise(samples))
    assert crossings == pytest.approx(250, abs=3)
