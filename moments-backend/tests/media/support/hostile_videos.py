"""Small files that need much memory or disk space."""

import tempfile
from pathlib import Path

from tests.fixtures.file_cache import cached_bytes
from tests.fixtures.media import ffmpeg, make_video

_MACROBLOCK = 16


def huge_picture(path: Path, *, side: int = 16_000) -> Path:
    """Write less than 1 kB of H.264 whose decoder needs a square frame of `side` pixels.

    The slices contain no picture data: decoders allocate the frame first, and conceal the missing part.
    """
    path.write_bytes(_huge_picture(side))
    return path


def gap_in_audio(path: Path, *, gap: float, seconds: float = 10, at: float = 3) -> Path:
    """Write a video whose audio claims a pause of `gap` seconds from second `at`."""
    path.write_bytes(_gap_in_audio(path.suffix, gap, seconds, at))
    return path


@cached_bytes
def _huge_picture(side: int) -> bytes:
    count = side // _MACROBLOCK
    sequence = b"\x67\x42\xc0\x3e" + _bits(0, 0, 2, 1, "0", count - 1, count - 1, "1", "1", "0", "0")
    picture = b"\x68" + _bits(0, 0, "0", "0", 0, 0, 0, "0", "00", 0, 0, 0, "0", "0", "0")
    slice_ = b"\x65" + _bits(0, 7, 0, "0000", 0, "0", "0", 0)
    stream = b"".join(b"\0\0\0\1" + unit for unit in (sequence, picture, slice_) * 3)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "a.mp4")
        ffmpeg("-probesize", "32", "-f", "h264", "-i", "-", "-c", "copy", made, stdin=stream)
        return made.read_bytes()


def _bits(*values: int | str) -> bytes:
    """Encode numbers as Exp-Golomb codes and texts as bits; add the stop bit and emulation prevention.

    ITU-T H.264, 7.3 and 9.1.
    """
    codes = [value if isinstance(value, str) else f"{value + 1:b}" for value in values]
    text = "".join(
        code if isinstance(value, str) else "0" * (len(code) - 1) + code
        for code, value in zip(codes, values, strict=True)
    )
    text += "1"
    text += "0" * (-len(text) % 8)
    content = int(text, 2).to_bytes(len(text) // 8, "big")
    for ending in (b"\0", b"\1", b"\2", b"\3"):
        content = content.replace(b"\0\0" + ending, b"\0\0\3" + ending)
    return content


@cached_bytes
def _gap_in_audio(suffix: str, gap: float, seconds: float, at: float) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        whole, made = Path(folder, f"whole{suffix}"), Path(folder, f"made{suffix}")
        make_video(whole, seconds=seconds, size="64x36", fps=5)
        later = f"setts=ts='TS+if(gte(TS*TB,{at}),{gap}/TB,0)'"
        ffmpeg("-i", whole, "-map", "0", "-c", "copy", "-bsf:a", later, made)
        return made.read_bytes()
