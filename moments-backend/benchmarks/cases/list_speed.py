"""Full list under load."""

import json
import urllib.request
from typing import Any

from benchmarks import library
from benchmarks.load import Load, highest_share, put_load
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import BenchmarkError, Server
from benchmarks.workbench import Workbench

PATH = "/api/videos"
CLIENTS = 8


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(10_000, quick=100)
    seconds = bench.size(5.0, quick=0.2)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, rows)

    def load(server: Server) -> Load:
        return put_load(server, [PATH], clients=CLIENTS, seconds=seconds)

    with bench.database() as database_url:
        library.fill(database_url, rows)
        environment = bench.environment(database_url=database_url, static_dir=static_dir)
        with (
            bench.our_application(database_url=database_url, static_dir=static_dir) as ours,
            bench.application("benchmarks.peers.bare_list:app", environment) as peer,
        ):
            ensure_same_rows(ours, peer)
            load(ours), load(peer)
            pairs = take_turns(bench.rounds, lambda: load(ours), lambda: load(peer))
    return [
        Measurement(
            what=f"`GET /api/videos`, {rows:,} rows, {CLIENTS} clients",
            peer_name="bare asyncpg + orjson behind the same server",
            unit="requests/s",
            pairs=[(ours.requests_per_second, peer.requests_per_second) for ours, peer in pairs],
            target=Target(Bound.AT_LEAST, 0.9),
            note=highest_share([load for pair in pairs for load in pair]),
        )
    ]


def ensure_same_rows(ours: Server, peer: Server) -> None:
    """Check that both servers return the same rows.

    Raises:
        BenchmarkError: the lists differ or are empty.
    """
    names = ("id", "filename", "duration_seconds", "cloud_url", "source_url")
    lists = [[[video[name] for name in names] for video in _videos(server)] for server in (ours, peer)]
    if lists[0] != lists[1] or not lists[0]:
        raise BenchmarkError("the peer's list differs from ours")


def _videos(server: Server) -> list[dict[str, Any]]:
    with urllib.request.urlopen(server.url + PATH) as response:
        videos: list[dict[str, Any]] = json.load(response)
    return videos
