"""Audio and transcript flags of many videos."""

import itertools
import os
import time
from collections.abc import Callable

from app.repositories import directory_listing
from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import BenchmarkError
from benchmarks.workbench import Workbench

Flags = list[tuple[bool, bool]]

OLD_MTIME = 1_700_000_000
"""Modification time in seconds that is old enough to be cached."""


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(10_000, quick=100)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, rows)
    audios, transcripts = static_dir / "audios", static_dir / "transcripts"
    identifiers = [library.identifier(number) for number in range(rows)]
    mtimes = itertools.count(OLD_MTIME)

    def by_listing() -> Flags:
        with_audio, with_transcript = directory_listing.names(audios), directory_listing.names(transcripts)
        return [(f"{name}.wav" in with_audio, f"{name}.json" in with_transcript) for name in identifiers]

    def by_stat() -> Flags:
        prefix, other = os.fspath(audios), os.fspath(transcripts)
        exists = os.path.exists
        return [(exists(f"{prefix}/{name}.wav"), exists(f"{other}/{name}.json")) for name in identifiers]

    def change() -> None:
        mtime = next(mtimes)
        for folder in (audios, transcripts):
            os.utime(folder, (mtime, mtime))

    if by_listing() != by_stat():
        raise BenchmarkError("the flags differ")
    changed = take_turns(bench.rounds, lambda: _rate(by_listing, rows, change), lambda: _rate(by_stat, rows))
    unchanged = take_turns(bench.rounds, lambda: _rate(by_listing, rows), lambda: _rate(by_stat, rows))
    return [
        Measurement(
            what=f"audio and transcript flags of {rows:,} rows, {state} directories",
            peer_name="`os.path.exists`, twice per row",
            unit="thousand rows/s",
            pairs=[(ours, peer) for ours, peer in pairs],
            target=Target(Bound.AT_LEAST, limit),
        )
        for state, pairs, limit in (("changed", changed, 2.0), ("unchanged", unchanged, 5.0))
    ]


def _rate(work: Callable[[], Flags], rows: int, before: Callable[[], None] = lambda: None) -> float:
    """Return thousand rows per second, the best of five, since disturbances only slow down."""
    times = []
    for _ in range(5):
        before()
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return rows / min(times) / 1000
