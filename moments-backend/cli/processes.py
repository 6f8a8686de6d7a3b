"""The application's processes that run beside the servers: worker and API."""

import os
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

RESPONSE_SECONDS = 2.0
STREAMS_END_SECONDS = 3
"""Time that active streams get when everything stops."""
FIRST_DELAY_SECONDS = 1.0
MAX_DELAY_SECONDS = 30.0
SCAN_SECONDS = 0.5
RELOAD_STOP_SECONDS = 5
STABLE_SECONDS = 60.0
"""A process that ran for this long restarts after the first delay; others double the last one."""


@dataclass(frozen=True)
class Service:
    """A process to start, and its readiness check.

    Attributes:
        restarts: it is restarted when it exits; the exit of any other service stops everything.
    """

    title: str
    command: Callable[[str, int], list[str]]
    is_ready: Callable[[str, int], bool]
    restarts: bool = False
    reload_dirs: tuple[Path, ...] = ()
    """The service is restarted when a Python file below these directories changes."""


def api_command(host: str, port: int, streams_end_seconds: int = STREAMS_END_SECONDS) -> list[str]:
    limits = ["--timeout-graceful-shutdown", str(streams_end_seconds)]
    return [
        *(sys.executable, "-m", "uvicorn", "app.main:app", "--app-dir", str(BACKEND_DIR)),
        *("--http", "app.core.http_protocol:LimitedHttpProtocol", "--ws", "none"),
        *("--host", host, "--port", str(port), "--no-access-log", "--log-level", "warning", *limits),
    ]


def environment_for(host: str) -> dict[str, str]:
    """Return this environment with the address of `--host`, which is a name that the API is reached by."""
    return os.environ | {"HOST": host}


def api_is_up(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"{local_url(host, port)}/health", timeout=RESPONSE_SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        with error:
            return error.code == HTTPStatus.SERVICE_UNAVAILABLE  # running, but a server is unavailable
    except OSError:
        return False


def worker_command(_host: str, _port: int) -> list[str]:
    return [sys.executable, "-m", "cli", "worker"]


SERVICES = (
    Service("the worker", worker_command, lambda _host, _port: True, restarts=True),
    Service("the API", api_command, api_is_up),
)
"""In order of their start; they stop in reverse order, before the servers."""


class ManagedProcess:
    """The process of a service, replaced by a new one at a restart."""

    def __init__(self, service: Service, host: str, port: int) -> None:
        self.service = service
        self._address = host, port
        self._delay = FIRST_DELAY_SECONDS
        self._restart_at: float | None = None
        self._files: dict[Path, int] | None = None
        self._next_scan = 0.0
        self._start()

    def _start(self) -> None:
        self._process = ServerProcess(
            self.service.command(*self._address),
            stop_signal=signal.SIGTERM,
            environment=environment_for(self._address[0]),
        )
        self._started = time.monotonic()

    @property
    def has_exited(self) -> bool:
        return self._process.returncode is not None

    def is_ready(self) -> bool:
        return self.service.is_ready(*self._address)

    def restart_if_exited(self) -> None:
        """Restart an exited process, after a delay that grows with each quick exit.

        Raises:
            ServerFailedError: the process exited and is not restarted.
        """
        if not self.has_exited:
            return
        if not self.service.restarts:
            raise self.exit_error()
        now = time.monotonic()
        if self._restart_at is None:
            if now - self._started >= STABLE_SECONDS:
                self._delay = FIRST_DELAY_SECONDS
            print_stderr(f"{self.exit_error()}; restarting in {self._delay:g} s")
            self._restart_at, self._delay = now + self._delay, min(2 * self._delay, MAX_DELAY_SECONDS)
        elif now >= self._restart_at:
            self._restart_at = None
            self._start()

    def restart_if_changed(self) -> None:
        now = time.monotonic()
        if not self.service.reload_dirs or now < self._next_scan:
            return
        files = _modification_times(self.service.reload_dirs)
        if self._files not in (None, files):
            print_stderr(f"Restarting {self.service.title} …")
            self.stop(within=RELOAD_STOP_SECONDS)
            self._restart_at = None
            self._start()
        self._files, self._next_scan = files, now + SCAN_SECONDS

    def exit_error(self) -> ServerFailedError:
        return ServerFailedError(
            f"{self.service.title} exited with code {self._process.returncode}",
            remedy="see its output above, or run `videomoments doctor`",
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
    """Return the URL for a browser on this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - replaced, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
