"""Test data: rows of the table, files in the directories, videos to migrate."""

import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import psycopg

from app.core.config import Settings
from app.media import binaries

FIRST_CREATED_AT = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = (
    "identifier, source_url, cloud_url, title, duration_seconds, file_size_kb,"
    " video_codec, audio_codec, resolution, frame_rate, created_at"
)
BOX_HEADER_BYTES = 8
MIB = 1024**2
AGE_SECONDS = 60
"""Age of the videos: a migration waits for files that were changed within the last seconds."""


def identifier(number: int) -> str:
    return f"a-talk-about-something-{number:06}"


def fill(database_url: str, rows: int) -> None:
    """Insert rows: two in three have a title, one in three has a source URL."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        with connection.cursor().copy(f"COPY videos ({COLUMNS}) FROM STDIN") as copy:
            for row in _rows(rows):
                copy.write_row(row)
        connection.execute("VACUUM ANALYZE videos")


def make_folders(static_dir: Path, rows: int) -> None:
    """Create the directories; every second video has audio, every third a transcript."""
    for folder in ("videos", "audios", "transcripts"):
        (static_dir / folder).mkdir(parents=True)
    for number in range(rows):
        if number % 2 == 0:
            (static_dir / "audios" / f"{identifier(number)}.wav").touch()
        if number % 3 == 0:
            (static_dir / "transcripts" / f"{identifier(number)}.json").touch()


def make_videos(folder: Path, *, count: int, size: int) -> list[Path]:
    """Create distinct videos of one second, padded to `size` bytes with an MP4 `free` box."""
    video = _video(folder / "video.mp4")
    paths = []
    for number in range(count):
        path = folder / f"{identifier(number)}.mp4"
        with path.open("wb") as file:
            file.write(video)
            file.write((size - len(video)).to_bytes(4, "big") + b"free")
            _write_noise(file, size - len(video) - BOX_HEADER_BYTES)
        os.utime(path, (time.time() - AGE_SECONDS,) * 2)
        paths.append(path)
    return paths


def make_noise(folder: Path, *, count: int, size: int) -> list[Path]:
    """Create files of random bytes, which are in the page cache afterwards."""
    paths = [folder / f"noise-{number}.mp4" for number in range(count)]
    for path in paths:
        with path.open("wb") as file:
            _write_noise(file, size)
    return paths


def _write_noise(file: BinaryIO, size: int) -> None:
    file.writelines(os.urandom(min(MIB, size - start)) for start in range(0, size, MIB))


def _rows(count: int) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        name = identifier(number)
        yield (
            name,
            f"https://videos.example.com/watch?v={number}" if number % 3 == 1 else None,
            f"gs://benchmarks/videos/{name}/{name}.mp4",
            f"Über das Thema Nr. {number}" if number % 3 else None,
            number % 7200 + 0.5,
            number * 10,
            "h264",
            "aac",
            "1920x1080",
            29.97,
            FIRST_CREATED_AT + timedelta(seconds=number),
        )


def _video(path: Path) -> bytes:
    images = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25")
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-t", "1")
    ffmpeg = binaries.find_ffmpeg(Settings())
    argv: list[str | Path] = [ffmpeg, "-v", "error", *images, *tone, *codecs, path]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    content = path.read_bytes()
    path.unlink()
    return content
