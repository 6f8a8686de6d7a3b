"""Test videos whose frames show their number and whose audio clicks at each full second."""

import json
import subprocess
from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.media import binaries
from tests.fixtures.media import ffmpeg

BITS = 12
WIDTH, HEIGHT = 16 * BITS, 32
"""A white block for each set bit, the lowest at the left."""

CLICK_RATE = 48_000


def make_counted(
    path: Path,
    *,
    seconds: float = 4,
    fps: str = "25",
    picture: str = "",
    sound: str | None = "",
    options: tuple[str, ...] = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
    key_frames_every: int = 250,
) -> Path:
    """Create a video.

    `picture` and `sound` are filters, such as `,select='not(mod(n,3))'`; no audio if `sound` is None.
    """
    bits = "if(mod(floor(N/pow(2,floor(X/16))),2),235,16)"
    inputs = [
        *(
            "-f",
            "lavfi",
            "-i",
            f"color=s={WIDTH}x{HEIGHT}:r={fps}:d={seconds},geq=lum='{bits}':cb=128:cr=128{picture}",
        )
    ]
    if sound is not None:
        click = f"aevalsrc='0.8*lt(mod(t,1),0.005)*sin(2*PI*2000*t)':s={CLICK_RATE}{sound}"
        inputs += ["-f", "lavfi", "-i", click]
    ffmpeg(*inputs, *options, "-g", str(key_frames_every), "-t", str(seconds), path)
    return path


def shown(path: Path) -> list[tuple[float, int]]:
    """Return the time in seconds and the number of each frame."""
    pixels = ffmpeg(
        *("-i", path, "-map", "0:v", "-vf", f"scale={WIDTH}:{HEIGHT},format=gray"),
        *("-fps_mode", "passthrough", "-f", "rawvideo", "-"),
    )
    times = [
        float(frame["best_effort_timestamp_time"])
        for frame in ffprobe(path, "-select_streams", "v")["frames"]
    ]
    size = WIDTH * HEIGHT
    pictures = [pixels[offset : offset + size] for offset in range(0, len(pixels), size)]
    return list(zip(times, map(picture_number, pictures), strict=True))


def picture_number(picture: bytes) -> int:
    """Return the number that a gray picture of `WIDTH` x `HEIGHT` shows."""
    row = HEIGHT // 2 * WIDTH
    return sum(1 << bit for bit in range(BITS) if picture[row + 16 * bit + 8] > 128)


def clicks(path: Path) -> list[float]:
    """Return the times of the clicks in seconds."""
    sound = ffmpeg("-i", path, "-map", "0:a", "-af", "aresample=async=1:first_pts=0", *_RAW, "-")
    samples = array("h", sound)
    onsets: list[int] = []
    for index, sample in enumerate(samples):
        if abs(sample) > 4000 and (not onsets or index - onsets[-1] > CLICK_RATE // 2):
            onsets.append(index)
    return [onset / CLICK_RATE for onset in onsets]


_RAW = ("-f", "s16le", "-ac", "1", "-ar", str(CLICK_RATE))


def ffprobe(path: Path, *options: str) -> dict[str, Any]:
    """Return `format`, `streams` and `frames`."""
    shown = ("-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_frames")
    argv: list[str | Path] = [binaries.find_ffprobe(Settings()), *shown, *options, path]
    answer = subprocess.run(argv, check=True, capture_output=True).stdout
    return dict(json.loads(answer))


def frame_at(seconds: float, fps: str) -> int:
    """Return the frame number of a constant-rate video at a time."""
    return int(Fraction(str(seconds)) * Fraction(fps))
