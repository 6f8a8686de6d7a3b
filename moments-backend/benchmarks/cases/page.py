"""Pages of a long list in every order, compared with the first page of a short one."""

import re
import urllib.request
from itertools import product
from statistics import median

from benchmarks import library
from benchmarks.load import put_load
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import BenchmarkError, Server
from benchmarks.workbench import Workbench

PAGE = 50
STRIDE = 1000
"""Largest allowed page."""

SORTS = ("created_at", "title", "duration_seconds", "id")
ORDERS = ("asc", "desc")
FIRST_PAGE = f"/api/videos?limit={PAGE}"


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(100_000, quick=200)
    few = 100
    seconds = bench.size(4.0, quick=0.3)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, few)
    with bench.database() as long_list, bench.database() as short_list:
        library.fill(long_list, rows)
        library.fill(short_list, few)
        with (
            bench.our_application(database_url=long_list, static_dir=static_dir) as ours,
            bench.our_application(database_url=short_list, static_dir=static_dir) as peer,
        ):
            pages = [page for order in product(SORTS, ORDERS) for page in _pages(ours, rows, *order)]
            rounds = take_turns(
                bench.rounds,
                lambda: _latencies(ours, pages, seconds),
                lambda: _latencies(peer, [FIRST_PAGE], seconds / 4),
            )
    slowest = max(pages, key=lambda page: median(ours[page] for ours, _ in rounds))
    return [
        Measurement(
            what=f"page of {PAGE} of {rows:,} rows: slowest of first, middle and last page in every order",
            peer_name=f"first page of {few} rows",
            unit="ms",
            pairs=[(max(ours.values()), peer[FIRST_PAGE]) for ours, peer in rounds],
            target=Target(Bound.AT_MOST, 3),
            note=f"slowest: {_without_cursor(slowest)}",
        )
    ]


def _latencies(server: Server, paths: list[str], seconds: float) -> dict[str, float]:
    """Return the median latency of each path in ms, with one client."""
    load = put_load(server, paths, clients=1, seconds=seconds)
    return {path: load.milliseconds(path) for path in paths}


def _pages(server: Server, rows: int, sort: str, order: str) -> list[str]:
    """Return the paths of the first, the middle and the last page of an order."""
    first = f"/api/videos?sort={sort}&order={order}&limit={PAGE}"
    middle = _walk(server, first, rows // 2)
    return [first, middle, _walk(server, middle, rows - PAGE - rows // 2)]


def _walk(server: Server, path: str, rows: int) -> str:
    """Follow `next` links and return the page that starts `rows` after the start of `path`."""
    while rows:
        step = min(rows, STRIDE)
        with urllib.request.urlopen(server.url + _with_limit(path, step)) as response:
            link = re.match(r'<([^>]+)>; *rel="?next"?', response.headers.get("Link", ""))
        if link is None:
            raise BenchmarkError(f"{path} has {rows} rows too few")
        path = link.group(1).removeprefix(server.url)
        rows -= step
    return _with_limit(path, PAGE)


def _with_limit(path: str, limit: int) -> str:
    return re.sub(r"(?<=[?&])limit=\d+", f"limit={limit}", path)


def _without_cursor(path: str) -> str:
    order = re.findall(r"(?:sort|order)=(\w+)", path)
    return ", ".join([*order, "middle or last page" if "cursor=" in path else "first page"])
