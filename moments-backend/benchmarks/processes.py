"""Commands and servers of a benchmark, with their time and memory. Linux only: reads `/proc`."""

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from app.core.config import BACKEND_DIR
from embedded.ports import LOOPBACK
from embedded.process import ServerProcess

SAMPLE_SECONDS = 0.02
START_SECONDS = 30
STOP_SECONDS = 10
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class BenchmarkError(Exception):
    """A program failed, so that there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Duration of a command, and the peak memory of it and its descendants together."""

    seconds: float
    peak_bytes: int


def run(argv: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> Finished:
    """Run a command in `moments-backend/`.

    Raises:
        BenchmarkError: non-zero exit code; the error contains the end of its output.
    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(argument) for argument in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=BACKEND_DIR,
            start_new_session=True,
        )
        try:
            with _PeakMemory(process.pid) as memory:
                process.wait()
            seconds = time.perf_counter() - started
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if process.returncode != 0:
            output.seek(0)
            text = output.read().decode(errors="replace")
            raise BenchmarkError(f"{argv[0]} exited with {process.returncode}:\n{text[-2000:]}")
    return Finished(seconds, memory.peak_bytes)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: ServerProcess

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def cpu_seconds(self) -> float:
        """Return the processor time of the server and its descendants so far."""
        process = psutil.Process(self.process.pid)
        processes = (process, *process.children(recursive=True))
        return float(sum(time.user + time.system for time in (item.cpu_times() for item in processes)))

    def peak_bytes(self) -> int:
        """Return the peak resident memory of the server process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024


@contextmanager
def serve(argv: Sequence[str], *, port: int, environment: dict[str, str], log: Path) -> Iterator[Server]:
    """Run a server during the block, which starts when the server listens on `port`.

    Raises:
        BenchmarkError: the server exited, or did not listen within `START_SECONDS`.
    """
    process = ServerProcess(argv, log=log, stop_signal=signal.SIGTERM, environment=environment)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            if process.returncode is not None or time.monotonic() > deadline:
                raise BenchmarkError(f"{argv[0]} does not listen on port {port}:\n{process.log_tail()}")
            time.sleep(SAMPLE_SECONDS)
        yield Server(port, process)
    finally:
        process.stop(within=STOP_SECONDS)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


class _PeakMemory:
    """Sample the resident memory of a process and its descendants in a thread.

    `wait4` is unsuitable: its peak of a child includes the memory of the parent before `exec`.
    """

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="peak-memory")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, _resident_bytes(self._pid))


def _resident_bytes(pid: int, parent: Path | None = None) -> int:
    """Return the resident memory of a process and its descendants; exited processes count nothing.

    A child that still runs the `parent` program counts nothing: before `exec`, its memory is its parent's.
    """
    process = Path("/proc", str(pid))
    own = 0
    program = None
    children = list[int]()
    with suppress(OSError):
        program = (process / "exe").readlink()
        if program != parent:
            own = int((process / "statm").read_text().split()[1]) * PAGE_BYTES
        for thread in os.listdir(process / "task"):  # noqa: PTH208 - faster than Path.iterdir, at 50 calls per second
            children += map(int, (process / "task" / thread / "children").read_text().split())
    return own + sum(_resident_bytes(child, program) for child in children)
