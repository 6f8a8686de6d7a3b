"""Migration of many small videos."""

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target
from benchmarks.migration import RCLONE, Videos, compare_with_rclone, memories, speeds
from benchmarks.workbench import Workbench


def measure(bench: Workbench) -> list[Measurement]:
    count = bench.size(200, quick=3)
    videos = Videos.make(bench, count=count, size=library.MIB)
    rounds = compare_with_rclone(bench, videos)
    return [
        Measurement(
            what=f"migration of {count} × 1 MiB",
            peer_name=RCLONE,
            unit="MB/s",
            pairs=speeds(rounds, videos),
            target=Target(Bound.AT_LEAST, 0.75),
        ),
        Measurement(
            what=f"migration of {count} × 1 MiB, memory",
            peer_name=RCLONE,
            unit="MB",
            pairs=memories(rounds),
            target=Target(Bound.AT_MOST, 0.5),
        ),
    ]
