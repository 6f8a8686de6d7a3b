"""Storyboard of a long video, and thumbnails of many videos."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, process
from app.media.ffprobe import probe
from app.media.key_frames import PictureSource
from app.media.limits import decoder_threads
from app.media.storyboard import make_storyboard
from app.media.thumbnail import choose_thumbnail
from app.services.library.thumbnails import MAX_PROCESSES
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import run
from benchmarks.workbench import Workbench

SEGMENT_SECONDS = 60
KEY_FRAMES_EVERY = 60
"""Frames; two seconds."""


def measure(bench: Workbench) -> list[Measurement]:
    minutes, cards = bench.size((60, 40), quick=(1, 2))
    folder = bench.folder("storyboard")
    segment = _make_segment(folder / "segment.mp4", bench.size(SEGMENT_SECONDS, quick=2))
    film = _join(segment, folder / "long.mp4", times=minutes)
    source = asyncio.run(_source_of(film))
    _decode_key_frames(film)  # reads the file into the page cache
    boards = take_turns(bench.rounds, lambda: _make_board(source), lambda: _decode_key_frames(film))
    thumbnails = take_turns(
        bench.rounds,
        lambda: asyncio.run(_make_thumbnails([source] * cards)),
        lambda: asyncio.run(_make_typical_frames([film] * cards)),
    )
    return [
        Measurement(
            what=f"storyboard of {minutes} minutes of 720p",
            peer_name="decoding its key frames with `ffmpeg -skip_frame nokey`",
            unit="s",
            pairs=[(ours, peer) for ours, peer in boards],
            target=Target(Bound.AT_MOST, 1.5),
        ),
        Measurement(
            what=f"thumbnails of {cards} such videos, {MAX_PROCESSES} at a time",
            peer_name="ffprobe, then FFmpeg's `thumbnail` filter at a tenth of the video",
            unit="s",
            pairs=[(ours, peer) for ours, peer in thumbnails],
            target=Target(Bound.AT_MOST, 1.0),
            note="ours uses the metadata of the row",
        ),
    ]


def _make_segment(path: Path, seconds: int) -> Path:
    images = "testsrc2=size=1280x720:rate=30,noise=alls=3:allf=t,format=yuv420p"
    run(
        [
            *(binaries.find_ffmpeg(Settings()), "-v", "error"),
            *("-f", "lavfi", "-i", images, "-f", "lavfi", "-i", "sine=sample_rate=48000"),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "28", "-g", str(KEY_FRAMES_EVERY)),
            *("-c:a", "aac", "-t", str(seconds), path),
        ]
    )
    return path


def _join(segment: Path, path: Path, *, times: int) -> Path:
    listing = path.with_suffix(".txt")
    listing.write_text(f"file '{segment.name}'\n" * times)
    ffmpeg = binaries.find_ffmpeg(Settings())
    run([ffmpeg, "-v", "error", "-f", "concat", "-i", listing, "-c", "copy", path])
    return path


async def _source_of(film: Path) -> PictureSource:
    info = (await probe(film, settings=Settings())).info
    return PictureSource(film, info, info.duration_seconds)


def _make_board(source: PictureSource) -> float:
    """Make one storyboard and return the seconds."""
    started = time.perf_counter()
    asyncio.run(make_storyboard(source, source_bytes=0, by_seeking=False, settings=Settings()))
    return time.perf_counter() - started


def _decode_key_frames(film: Path) -> float:
    ffmpeg = binaries.find_ffmpeg(Settings())
    return run(
        [ffmpeg, "-v", "error", "-skip_frame", "nokey", "-i", film, "-map", "0:v:0", "-f", "null", "-"]
    ).seconds


async def _make_thumbnails(sources: Sequence[PictureSource]) -> float:
    """Make thumbnails as the API does and return the seconds."""
    processes = asyncio.Semaphore(MAX_PROCESSES)

    async def make(source: PictureSource) -> None:
        async with processes:
            await choose_thumbnail(source, settings=Settings())

    started = time.perf_counter()
    await asyncio.gather(*map(make, sources))
    return time.perf_counter() - started


async def _make_typical_frames(films: Sequence[Path]) -> float:
    """Probe each video and extract the most typical of 25 frames; return the seconds."""
    processes = asyncio.Semaphore(MAX_PROCESSES)
    settings = Settings()

    async def make(film: Path) -> None:
        async with processes:
            duration = (await probe(film, settings=settings)).duration_seconds or 0.0
            argv = [
                *(str(binaries.find_ffmpeg(settings)), "-nostdin", "-v", "error"),
                *("-threads", str(decoder_threads()), "-ss", f"{duration / 10:.3f}", "-i", str(film)),
                *("-map", "0:V:0", "-vf", "scale=640:-2,setsar=1,thumbnail=25", "-frames:v", "1"),
                *("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "4", "-f", "image2pipe", "pipe:1"),
            ]
            await process.run(argv, timeout=60)

    started = time.perf_counter()
    await asyncio.gather(*map(make, films))
    return time.perf_counter() - started
