"""Programs of a benchmark: commands that run to their end, and servers that are ended.

Linux only: the memory of a process is read from `/proc`.
"""

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
    """A program did not do what is to be measured, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How long a command took, and the most memory that it and its descendants held at once."""

    seconds: float
    peak_bytes: int


def run(argv: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> Finished:
    """Run a command to its end, in `moments-backend/`.

    Raises:
        BenchmarkError: it failed; the error has what it said.
    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in argv],
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
            said = output.read().decode(errors="replace")
            raise BenchmarkError(f"{argv[0]} ended with {process.returncode}:\n{said[-2000:]}")
    return Finished(seconds, memory.peak_bytes)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    process: ServerProcess

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def cpu_seconds(self) -> float:
        """What it has taken of the processors so far, with its children."""
        process = psutil.Process(self.process.pid)
        times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
        return float(sum(each.user + each.system for each in times))

    def peak_bytes(self) -> int:
        """The most memory it has ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024


@contextmanager
def serve(argv: Sequence[str], *, port: int, environment: dict[str, str], log: Path) -> Iterator[Server]:
    """A server from the moment it listens on `port` until the block ends.

    Raises:
        BenchmarkError: it ended, or does not listen in time.
    """
    process = ServerProcess(argv, log=log, stop_signal=signal.SIGTERM, environment=environment)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            if process.returncode is not None or time.monotonic() > deadline:
                raise BenchmarkError(f"{argv[0]} does not listen:\n{process.log_tail()}")
            time.sleep(SAMPLE_SECONDS)
        yield Server(port, process)
    finally:
        process.stop(within=STOP_SECONDS)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


class _PeakMemory:
    """Adds up the resident memory of a process and its descendants, again and again, in a thread.

    What `wait4` says of a child's peak would not do: it begins with the peak of the process that started it.
    """

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, _resident_bytes(self._pid))


def _resident_bytes(pid: int, parent: Path | None = None) -> int:
    """Of a process and its descendants; what ends meanwhile counts nothing.

    Nor does a child that still runs the `parent` program: until it becomes another one, the memory that it
    shows is its parent's.
    """
    process = Path("/proc", str(pid))
    own = 0
    program = None
    children = list[int]()
    with suppress(OSError):
        program = (process / "exe").readlink()
        if program != parent:
            own = int((process / "statm").read_text().split()[1]) * PAGE_BYTES
        for thread in os.listdir(process / "task"):  # noqa: PTH208 - names are enough, fifty times a second
            children += map(int, (process / "task" / thread / "children").read_text().split())
    return own + sum(_resident_bytes(child, program) for child in children)
