"""Start of everything, as `make run` does on a prepared checkout, until the application is healthy."""

import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measurement import Measurement, take_turns
from benchmarks.processes import BenchmarkError, Server, serve
from benchmarks.workbench import Workbench
from embedded.ports import free_port
from embedded.process import server_environment

HEALTHY_SECONDS = 60
POLL_SECONDS = 0.01


def measure(bench: Workbench) -> list[Measurement]:
    directory = bench.folder("checkout")

    def everything() -> float:
        started = time.perf_counter()
        with run_all(directory) as server:
            wait_until_healthy(server)
            return time.perf_counter() - started

    def application() -> float:
        started = time.perf_counter()
        with bench.our_application(database_url=url, static_dir=static) as server:
            wait_until_healthy(server)
            return time.perf_counter() - started

    static = bench.folder("static")
    with bench.database() as url:
        everything()  # creates the databases
        pairs = take_turns(bench.rounds, everything, application)
    return [
        Measurement(
            what="start of `make run` on a prepared checkout, until healthy",
            peer_name="start of the application alone",
            unit="s",
            pairs=[(ours, peer) for ours, peer in pairs],
        )
    ]


@contextmanager
def run_all(directory: Path) -> Iterator[Server]:
    """Start the embedded servers, the application and a worker with their data in `directory`."""
    port = free_port()
    folders = {name: directory / name for name in ("static", "embedded", "work")}
    environment = server_environment(
        STATIC_DIR=str(folders["static"]),
        EMBEDDED_DIR=str(folders["embedded"]),
        WORK_DIR=str(folders["work"]),
    )
    argv = [sys.executable, "-m", "cli", "up", "--port", str(port)]
    with serve(argv, port=port, environment=environment, log=directory / "up.log") as server:
        yield server


def wait_until_healthy(server: Server) -> None:
    """Poll `/health`.

    Raises:
        BenchmarkError: it did not return 200 within `HEALTHY_SECONDS`.
    """
    deadline = time.monotonic() + HEALTHY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(POLL_SECONDS)
    raise BenchmarkError(f"{server.url} is not healthy after {HEALTHY_SECONDS} s")
