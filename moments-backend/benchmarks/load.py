"""Puts load on a server out of another process: see `load_generator.py`."""

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
    """What a server answered, and what the asking cost."""

    latencies: Mapping[str, Sequence[float]]
    """Seconds from a request to the last byte of its answer, by path."""

    body_bytes: int
    seconds: float
    cpu_seconds: float

    @classmethod
    def of_all(cls, loads: "Sequence[Load]") -> Self:
        """What several processes saw at the same time."""
        return cls(
            {
                path: [each for load in loads for each in load.latencies.get(path, ())]
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
        """The cores that the generator itself took."""
        return self.cpu_seconds / self.seconds

    def milliseconds(self, path: str) -> float:
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
    """Let some clients ask for `paths` in turn, for some seconds, each waiting for its answer.

    Args:
        sizes: of the files at `paths`, from which to ask for random ranges of `range_bytes`.
        processes: over how many of them the clients are divided.

    Raises:
        BenchmarkError: an answer is not the one that was asked for.
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
        return Load.of_all(list(pool.map(lambda seed: _generate({**job, "seed": seed}), range(processes))))


def highest_share(loads: Sequence[Load]) -> str:
    """A note on what the load generator took: a core that it takes whole is what limits the figure."""
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
        raise BenchmarkError(f"the load failed: {completed.stderr.strip().splitlines()[-1]}")
    return Load(**json.loads(completed.stdout))
