"""Repeated migration with everything registered."""

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.migration import Videos, new_cloud
from benchmarks.workbench import Workbench


def measure(bench: Workbench) -> list[Measurement]:
    count = bench.size(200, quick=3)
    videos = Videos.make(bench, count=count, size=library.MIB)
    empty = bench.folder("empty")

    def runs() -> tuple[float, float, float]:
        """Return the seconds of the first run, the second run, and a run on an empty directory."""
        with new_cloud(bench) as cloud:
            first = cloud.migrate(videos.folder).seconds
            cloud.ensure_contains(videos)
            return first, cloud.migrate(videos.folder).seconds, cloud.migrate(empty).seconds

    rounds = [result for (result,) in take_turns(bench.rounds, runs)]
    return [
        Measurement(
            what=f"second migration of {count} × 1 MiB, all registered",
            peer_name="first migration",
            unit="s",
            pairs=[(second, first) for first, second, _ in rounds],
            target=Target(Bound.AT_MOST, 0.1),
        ),
        Measurement(
            what="of which program start (empty directory)",
            peer_name="first migration",
            unit="s",
            pairs=[(start, first) for first, _, start in rounds],
        ),
    ]
