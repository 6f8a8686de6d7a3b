"""Memory of the server for a long list."""

from benchmarks import library
from benchmarks.cases.list_speed import CLIENTS, PATH
from benchmarks.load import MEGABYTE, put_load
from benchmarks.measurement import Bound, Comparison, Measurement, Target, take_turns
from benchmarks.workbench import Workbench


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(100_000, quick=1_000)
    few = 100
    seconds = bench.size(5.0, quick=0.2)

    def peak(rows: int) -> float:
        """Return the peak memory of a new server under load in MB."""
        with bench.our_application(database_url=urls[rows], static_dir=static_dir) as server:
            put_load(server, [PATH], clients=CLIENTS, seconds=seconds)
            return server.peak_bytes() / MEGABYTE

    static_dir = bench.folder("static")
    library.make_folders(static_dir, few)
    with bench.database() as long_list, bench.database() as short_list:
        urls = {rows: long_list, few: short_list}
        for count, url in urls.items():
            library.fill(url, count)
        pairs = take_turns(bench.rounds, lambda: peak(rows), lambda: peak(few))
    return [
        Measurement(
            what=f"memory of `GET /api/videos`, {rows:,} rows, {CLIENTS} clients",
            peer_name=f"the same with {few} rows",
            unit="MB",
            pairs=[(ours, peer) for ours, peer in pairs],
            target=Target(Bound.AT_MOST, 30, Comparison.DIFFERENCE),
        )
    ]
