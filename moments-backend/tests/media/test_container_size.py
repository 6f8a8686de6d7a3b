"""Declared sizes of real files, complete and truncated, and of handmade headers."""

from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import TruncatedFileError
from app.media.container_size import declared_size
from app.media.ffprobe import probe
from tests.fixtures.media import ffmpeg, make_video, truncate

EBML = b"\x1a\x45\xdf\xa3\x80"
SEGMENT = b"\x18\x53\x80\x67"

CONTAINERS = ["a.mp4", "a.m4v", "a.mov", "a.mkv", "a.webm", "a.avi"]


def box(kind: bytes, content: bytes = b"", *, length: int | None = None) -> bytes:
    return (8 + len(content) if length is None else length).to_bytes(4) + kind + content


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", CONTAINERS)
def test_complete_file_has_its_declared_size(tmp_path: Path, name: str) -> None:
    path = make_video(tmp_path / name)
    expected = declared_size(path)
    assert expected is not None
    assert 0 <= path.stat().st_size - expected <= 8


@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize("keep", [0.3, 0.99])
@pytest.mark.parametrize("name", CONTAINERS)
async def test_truncated_file_is_detected(tmp_path: Path, name: str, keep: float) -> None:
    path = truncate(make_video(tmp_path / name), keep=keep)
    with pytest.raises(TruncatedFileError, match=rf"^{name} is truncated: \d+ of \d+ bytes$"):
        await probe(path, settings=Settings())


@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize("flags", ["+faststart", "+frag_keyframe+empty_moov"])
async def test_truncated_file_with_leading_index_is_detected(tmp_path: Path, flags: str) -> None:
    """Detect truncation that ffprobe does not."""
    path = tmp_path / "a.mp4"
    ffmpeg("-i", make_video(tmp_path / "b.mp4"), "-c", "copy", "-movflags", flags, path)
    assert (await probe(path, settings=Settings())).video_codec == "h264"
    with pytest.raises(TruncatedFileError):
        await probe(truncate(path), settings=Settings())


@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.webm", ("-f", "webm", "-live", "1")),
        ("a.mkv", ("-f", "matroska", "-live", "1")),
        ("a.mkv", ("-f", "mpegts")),
        ("a.avi", ("-f", "flv")),
        ("a.mp4", ("-f", "mpegts")),
    ],
)
async def test_files_without_declared_size_pass(tmp_path: Path, name: str, options: Any) -> None:
    source = make_video(tmp_path / ("b.webm" if name == "a.webm" else "b.mp4"))
    path = written(tmp_path / name, ffmpeg("-i", source, "-c", "copy", *options, "-"))
    assert declared_size(path) is None
    assert (await probe(path, settings=Settings())).resolution == "320x180"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (box(b"ftyp", b"isom") + box(b"moov") + box(b"mdat", b"x" * 9), 37),
        (box(b"ftyp", b"isom") + box(b"mdat", b"x", length=500), 512),
        (box(b"mdat", (600).to_bytes(8) + b"x", length=1), 600),
        (box(b"ftyp") + box(b"mdat", b"x", length=0), None),
        (box(b"ftyp") + box(b"moov") + b"\0" * 40, None),
        (box(b"ftyp") + box(b"moov") + b"junk at the end of it", None),
        (box(b"ftyp") + box(b"moov") + b"\0", None),
        (box(b"ftyp") + box(b"free", length=99), None),
        (EBML + SEGMENT + b"\x85" + b"12345", 15),
        (EBML + SEGMENT + b"\x01\x00\x00\x00\x00\x00\x01\x00", 273),
        (EBML + SEGMENT + b"\xff", None),
        (EBML + SEGMENT + b"\x01" + b"\xff" * 7, None),
        (EBML + SEGMENT, None),
        (EBML + SEGMENT + b"\x00", None),
        (EBML + b"\xec\x81\x00", None),
        (EBML, None),
        (EBML[:4], None),
        (b"RIFF" + (1000).to_bytes(4, "little") + b"AVI ", 1000),
        (b"RIFF" + (1000).to_bytes(4, "little") + b"WAVE", None),
        (b"RIFF", None),
        (b"", None),
        (b"hello", None),
        (b"\0" * 100, None),
    ],
)
def test_declared_size(tmp_path: Path, content: bytes, expected: int | None) -> None:
    assert declared_size(written(tmp_path / "a", content)) == expected
