"""Our own processes that run beside the servers: the worker and the API."""

import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from app.core.config import BACKEND_DIR
from app.core.exceptions import ServerFailedError
from cli.output import print_stderr
from embedded.process import ServerProcess

ANSWER_SECONDS = 2.0
STREAMS_END_SECONDS = 3
"""How long a player that is being served may go on once everything stops."""
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0
SCAN_SECONDS = 0.5
RELOAD_STOP_SECONDS = 5
STEADY_SECONDS = 60.0
"""Who has run for so long is started again after the first pause; else after twice the last one."""


@dataclass(frozen=True)
class Service:
    """What is started, and the condition under which it is up.

    `restarts`: it is started again when it ends by itself; for the others that ends everything.
    """

    title: str
    command: Callable[[str, int], list[str]]
    answers: Callable[[str, int], bool]
    restarts: bool = False
    reload_dirs: tuple[Path, ...] = ()
    """The service is restarted when a Python file below these directories changes."""


def api_command(host: str, port: int, streams_end_seconds: int = STREAMS_END_SECONDS) -> list[str]:
    limits = ["--timeout-graceful-shutdown", str(streams_end_seconds)]
    return [
        *(sys.executable, "-m", "uvicorn", "app.main:app", "--app-dir", str(BACKEND_DIR)),
        *("--host", host, "--port", str(port), "--no-access-log", "--log-level", "warning", *limits),
    ]


def api_is_up(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"{local_url(host, port)}/health", timeout=ANSWER_SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        with error:
            return error.code == HTTPStatus.SERVICE_UNAVAILABLE  # it says itself what it lacks
    except OSError:
        return False


def worker_command(_host: str, _port: int) -> list[str]:
    return [sys.executable, "-m", "cli", "worker"]


SERVICES = (
    Service("the worker", worker_command, lambda _host, _port: True, restarts=True),
    Service("the API", api_command, api_is_up),
)
"""In the order of the start; they end in the opposite order, before the servers."""


class ManagedProcess:
    """A service's process, and the next one where it has to be started again."""

    def __init__(self, service: Service, host: str, port: int) -> None:
        self.service = service
        self._where = host, port
        self._pause = FIRST_PAUSE_SECONDS
        self._start_at: float | None = None
        self._files: dict[Path, int] | None = None
        self._next_scan = 0.0
        self._start()

    def _start(self) -> None:
        self._process = ServerProcess(self.service.command(*self._where), stop_signal=signal.SIGTERM)
        self._started = time.monotonic()

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    def answers(self) -> bool:
        return self.service.answers(*self._where)

    def restart_if_exited(self) -> None:
        """Start it again when it has ended, after a pause that grows while it keeps ending.

        Raises:
            ServerFailedError: it has ended and is not one that is started again.
        """
        if not self.has_ended:
            return
        if not self.service.restarts:
            raise self.ended()
        now = time.monotonic()
        if self._start_at is None:
            if now - self._started >= STEADY_SECONDS:
                self._pause = FIRST_PAUSE_SECONDS
            print_stderr(f"{self.ended()}; it is started again in {self._pause:g} s.")
            self._start_at, self._pause = now + self._pause, min(2 * self._pause, MAX_PAUSE_SECONDS)
        elif now >= self._start_at:
            self._start_at = None
            self._start()

    def restart_if_changed(self) -> None:
        now = time.monotonic()
        if not self.service.reload_dirs or now < self._next_scan:
            return
        files = _modification_times(self.service.reload_dirs)
        if self._files not in (None, files):
            print_stderr(f"Restarting {self.service.title} …")
            self.stop(within=RELOAD_STOP_SECONDS)
            self._start_at = None
            self._start()
        self._files, self._next_scan = files, now + SCAN_SECONDS

    def ended(self) -> ServerFailedError:
        return ServerFailedError(
            f"{self.service.title} ended with code {self._process.returncode}",
            remedy="what it said is above; `videomoments doctor` checks what it needs",
        )

    def stop(self, *, within: float) -> None:
        self._process.stop(within=within)


def _modification_times(directories: Iterable[Path]) -> dict[Path, int]:
    times = {}
    for path in (path for directory in directories for path in directory.rglob("*.py")):
        with suppress(FileNotFoundError):  # an editor replaces a file that it saves
            times[path] = path.stat().st_mtime_ns
    return times


def local_url(host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not a place to listen
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
