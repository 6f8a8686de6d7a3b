"""Load on a server from separate processes; see `load_generator.py`."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self

from benchmarks.processes import BenchmarkError, Server
from embedded.ports import LOOPBACK

GENERATOR = Path(__file__).with_name("load_generator.py")
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Load:
    """Result of a load.

    Attributes:
        latencies: seconds from each request to the last byte of its response, by path.
        body_bytes: bytes of all response bodies.
        seconds: duration.
        cpu_seconds: processor time of the load generator.
    """

    latencies: Mapping[str, Sequence[float]]
    body_bytes: int
    seconds: float
    cpu_seconds: float

    @classmethod
    def combine(cls, loads: "Sequence[Load]") -> Self:
        """Combine the results of concurrent processes."""
        return cls(
            {
                path: [latency for load in loads for latency in load.latencies.get(path, ())]
                for path in _paths(loads)
            },
            sum(load.body_bytes for load in loads),
            max(load.seconds for load in loads),
            sum(load.cpu_seconds for load in loads),
        )

    @property
    def requests_per_second(self) -> float:
        return sum(map(len, self.latencies.values())) / self.seconds

    @property
    def megabytes_per_second(self) -> float:
        return self.body_bytes / MEGABYTE / self.seconds

    @property
    def generator_share(self) -> float:
        """Cores used by the load generator."""
        return self.cpu_seconds / self.seconds

    def milliseconds(self, path: str) -> float:
        """Return the median latency of a path."""
        return median(self.latencies[path]) * 1000


def put_load(
    server: Server,
    paths: Sequence[str],
    *,
    clients: int,
    seconds: float,
    sizes: Sequence[int] = (),
    range_bytes: int = 0,
    processes: int = 1,
) -> Load:
    """Request `paths` in turn from `clients` connections for `seconds`, one request at a time on each.

    Args:
        sizes: sizes of the files at `paths`; if given, random ranges of `range_bytes` are requested.
        processes: number of load generators, which share the clients.

    Raises:
        BenchmarkError: a response has an unexpected status.
    """
    job = {
        "host": LOOPBACK,
        "port": server.port,
        "targets": [
            {"path": path, "size": size} for path, size in zip(paths, sizes or [0] * len(paths), strict=True)
        ],
        "clients": clients // processes,
        "seconds": seconds,
        "range_bytes": range_bytes,
    }
    with ThreadPoolExecutor(processes) as pool:
        return Load.combine(list(pool.map(lambda seed: _generate({**job, "seed": seed}), range(processes))))


def highest_share(loads: Sequence[Load]) -> str:
    """Return a note on the load generator's use of its core: near 100 %, it limits the figure."""
    return f"load generator: {max(load.generator_share for load in loads):.0%} of a core at most"


def _paths(loads: Sequence[Load]) -> set[str]:
    return set[str]().union(*(load.latencies for load in loads))


def _generate(job: dict[str, Any]) -> Load:
    completed = subprocess.run(
        [sys.executable, "-I", "-S", GENERATOR],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode != 0:
        raise BenchmarkError(f"the load generator failed: {completed.stderr.strip().splitlines()[-1]}")
    return Load(**json.loads(completed.stdout))
