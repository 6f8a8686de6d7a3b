"""The migration again, when everything is there."""

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.migration import Videos, new_cloud
from benchmarks.workbench import Workbench


def measure(bench: Workbench) -> list[Measurement]:
    count = bench.size(200, quick=3)
    videos = Videos.make(bench, count=count, size=library.MIB)
    empty = bench.folder("empty")

    def runs() -> tuple[float, float, float]:
        """Seconds of the first run, of the second, and of one that finds no video at all."""
        with new_cloud(bench) as cloud:
            first = cloud.migrate(videos.folder).seconds
            cloud.ensure_holds(videos)
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
