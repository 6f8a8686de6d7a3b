"""Migration of a few large videos."""

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target
from benchmarks.migration import RCLONE, Videos, compare_with_rclone, memories, speeds
from benchmarks.workbench import Workbench


def measure(bench: Workbench) -> list[Measurement]:
    count, mebibytes = 4, bench.size(256, quick=1)
    videos = Videos.make(bench, count=count, size=mebibytes * library.MIB)
    rounds = compare_with_rclone(bench, videos)
    return [
        Measurement(
            what=f"migration of {count} × {mebibytes} MiB, memory",
            peer_name=RCLONE,
            unit="MB",
            pairs=memories(rounds),
            target=Target(Bound.AT_MOST, 1),
        ),
        Measurement(
            what=f"migration of {count} × {mebibytes} MiB, speed",
            peer_name=RCLONE,
            unit="MB/s",
            pairs=speeds(rounds, videos),
            target=Target(Bound.AT_LEAST, 0.75),
        ),
    ]
