"""Probing of many files."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

from app.core.config import Settings
from app.media import ffprobe
from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.workbench import Workbench

CONCURRENCY = 2


def measure(bench: Workbench) -> list[Measurement]:
    count = bench.size(100, quick=3)
    videos = library.make_videos(bench.folder("videos"), count=count, size=library.MIB)
    pairs = take_turns(
        bench.rounds,
        lambda: asyncio.run(_rate(videos, concurrency=CONCURRENCY)),
        lambda: asyncio.run(_rate(videos, concurrency=1)),
    )
    return [
        Measurement(
            what=f"probing {count} files, {CONCURRENCY} at a time",
            peer_name="one at a time",
            unit="files/s",
            pairs=[(ours, peer) for ours, peer in pairs],
            target=Target(Bound.AT_LEAST, 1.7),
            note=f"{os.cpu_count()} cores",
        )
    ]


async def _rate(videos: Sequence[Path], *, concurrency: int) -> float:
    """Return the files probed per second."""
    settings = Settings()
    following = iter(videos)

    async def worker() -> None:
        for video in following:
            await ffprobe.probe(video, settings=settings)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return len(videos) / (time.perf_counter() - started)
