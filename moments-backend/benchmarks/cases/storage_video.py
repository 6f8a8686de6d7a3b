"""A large video, and several at once, through the migration into the embedded storage server."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import library
from benchmarks.load import MEGABYTE
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.migration import SCRIPT
from benchmarks.processes import run
from benchmarks.storage import storage_server
from benchmarks.workbench import Workbench

PEER = "`md5sum`, then `cp`"
ONCE = 8


@dataclass(frozen=True, slots=True)
class Stored:
    """Duration of the migration and peak memory of the storage server."""

    seconds: float
    server_bytes: int


def measure(bench: Workbench) -> list[Measurement]:
    mebibytes = bench.size(2048, quick=16)
    size = mebibytes * library.MIB
    video = library.make_videos(bench.folder("video"), count=1, size=size)
    rounds = take_turns(bench.rounds, lambda: migrate(bench, video), lambda: hash_and_copy(bench, video[0]))
    speeds: list[tuple[float, float]] = []
    peaks: list[int] = []
    for ours, peer in rounds:
        assert isinstance(ours, Stored)
        assert isinstance(peer, float)
        speeds.append((size / MEGABYTE / ours.seconds, size / MEGABYTE / peer))
        peaks.append(ours.server_bytes)
    video[0].unlink()
    small = mebibytes // ONCE
    videos = library.make_videos(bench.folder("videos"), count=ONCE, size=small * library.MIB)
    together = migrate(bench, videos)
    what = f"video of {mebibytes} MiB by `make migrate`"
    return [
        Measurement(f"{what}, speed", PEER, "MB/s", speeds, Target(Bound.AT_LEAST, 0.35)),
        memory(f"{what}, memory of the storage server", peaks, 100),
        memory(f"{ONCE} videos of {small} MiB at once, the same", [together.server_bytes], 150),
    ]


def memory(what: str, peaks: Sequence[int], limit: float) -> Measurement:
    """Compare peaks with a limit in MB."""
    pairs = [(peak / MEGABYTE, limit) for peak in peaks]
    return Measurement(what, "limit", "MB", pairs, Target(Bound.AT_MOST, 1))


def migrate(bench: Workbench, videos: Sequence[Path]) -> Stored:
    with storage_server(bench) as storage, bench.database() as url:
        settings = bench.environment(database_url=url, static_dir=bench.folder("static"))
        finished = run(
            [*SCRIPT, "--videos-dir", videos[0].parent, "--jobs", str(ONCE)],
            environment=settings | storage.environment(),
        )
        return Stored(finished.seconds, storage.server.peak_bytes())


def hash_and_copy(bench: Workbench, video: Path) -> float:
    """Return the seconds of both programs together."""
    copy = bench.folder("copy") / video.name
    seconds = run(["md5sum", video]).seconds + run(["cp", video, copy]).seconds
    copy.unlink()
    return seconds
