"""Base class of the embedded servers."""

import importlib.util
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from app.core.exceptions import ConfigurationError, ServerFailedError
from embedded.data_dir import SPACE_REMEDY, DataDirectory
from embedded.exec_wrapper import DROP
from embedded.ports import port_is_free
from embedded.process import ROOT, ServerProcess, server_environment
from embedded.process_identity import ProcessIdentity, terminate_orphan

POLL_SECONDS = 0.02
PORT_ATTEMPTS = 3
OWN_SERVERS_REMEDY = "read its log for the cause, or configure your own server in the settings"
NO_SPACE = "No space left on device"


@dataclass(frozen=True)
class LaunchSpec:
    """Arguments of `ServerProcess`. By default, the process has no capabilities."""

    argv: Sequence[str]
    environment: dict[str, str] = field(default_factory=server_environment)
    account: str = DROP
    directory: Path = ROOT
    stdin: Path | None = None

    def start(self, stop_signal: signal.Signals, log: Path) -> ServerProcess:
        return ServerProcess(
            self.argv,
            log=log,
            stop_signal=stop_signal,
            environment=self.environment,
            account=self.account,
            directory=self.directory,
            stdin=self.stdin,
        )


class EmbeddedServer(ABC):
    """One embedded server; `start()` returns once it accepts requests."""

    name: ClassVar[str]
    title: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_seconds: ClassVar[float] = 60
    """Long enough for a busy disk and for replaying a journal."""
    stop_seconds: ClassVar[float] = 15

    def __init__(self, data_dir: DataDirectory) -> None:
        self.data_dir = data_dir
        self.port = 0
        self.last_error = ""
        self._process: ServerProcess | None = None
        self._identity: ProcessIdentity | None = None

    @property
    def log(self) -> Path:
        return self.data_dir.logs / f"{self.name}.log"

    @property
    def identity(self) -> ProcessIdentity | None:
        return self._identity

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while the server runs or before it was started."""
        return self._process.returncode if self._process else None

    def start(self, started: Callable[[], None]) -> None:
        """Start the process, without waiting until it is ready.

        Args:
            started: called as soon as the process exists.
        """
        self.prepare()
        self._start_process(started)

    def wait_until_started(self, started: Callable[[], None]) -> None:
        """Wait until the server is ready, and prepare it for use.

        Args:
            started: called when the process had to be started again.

        Raises:
            ServerFailedError: the process exited, or was not ready within `start_seconds`.
        """
        for attempt in range(1, PORT_ATTEMPTS + 1):
            if self._wait_until_ready():
                self.after_start()
                return
            # Another process may have taken the port after it was found free; then retry with a new one.
            if self.returncode is None or port_is_free(self.port) or attempt == PORT_ATTEMPTS:
                raise self.failure()
            self._start_process(started)

    def _start_process(self, started: Callable[[], None]) -> None:
        self.port = self.data_dir.port(self.name)
        self._process = self.launch().start(self.stop_signal, self.log)
        self._identity = ProcessIdentity.of(self._process.pid)
        started()

    def stop(self) -> None:
        """Stop the server gracefully. Repeated calls have no effect."""
        if self._process is not None:
            process, self._process, self._identity = self._process, None, None
            process.stop(within=self.stop_seconds)

    def clean_up_after_crash(self, orphan: ProcessIdentity | None) -> None:
        """Terminate the server process that a killed supervisor left behind."""
        if orphan is not None:
            terminate_orphan(orphan, self.stop_signal, within=self.stop_seconds)

    def failure(self) -> ServerFailedError:
        """Describe why the server does not run, with the last lines of its log."""
        process = self._process
        ended = process is not None and process.returncode is not None
        not_ready = f"does not respond ({self.last_error})" if self.last_error else "does not respond"
        problem = f"exited with code {process.returncode}" if process and ended else not_ready
        log = process.log_tail() if process else ""
        return ServerFailedError(
            f"{self.title} {problem}; its log is {self.log}",
            remedy=SPACE_REMEDY if NO_SPACE in log else OWN_SERVERS_REMEDY,
            log=log,
        )

    @abstractmethod
    def prepare(self) -> None:
        """Create the files that the program needs; keep existing ones."""

    @abstractmethod
    def launch(self) -> LaunchSpec:
        """Return the command that listens on `self.port`."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Return quickly whether the server accepts requests; polled every `POLL_SECONDS`."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return the settings that point to this server."""

    def after_start(self) -> None:
        """Create objects that need the running server, such as a database."""
        return

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + self.start_seconds
        while self.returncode is None and time.monotonic() < deadline:
            if self.is_ready():
                return True
            time.sleep(POLL_SECONDS)
        return False


def wheel_file(package: str, pattern: str, *, instead: str) -> Path:
    """Return the path of a program in a wheel, without importing the package.

    Raises:
        ConfigurationError: the package is missing or has no program for this platform; the remedy names
            `instead`, the setting for an external server.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or []:
        for file in sorted(Path(folder).glob(pattern)):
            return file
    raise ConfigurationError(
        f"the embedded servers are not installed: {package} is missing, or has no program for this machine",
        remedy=f"run `make setup`, or set {instead} to use your own server",
    )
