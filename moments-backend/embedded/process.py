"""One server process: started, watched, ended, and recognised again by a later start."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import psutil

LAUNCHER = Path(__file__).with_name("launch.py")
MAX_LOG_BYTES = 4 * 1024 * 1024
CLOCK_TOLERANCE_SECONDS = 2.0
"""Start times are seconds since boot, and the time of boot moves when the clock is set."""


@dataclass(frozen=True)
class ProcessIdentity:
    """A process and when it began: a process id alone is given out again."""

    pid: int
    create_time: float

    @classmethod
    def of(cls, pid: int) -> Self:
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def read(cls, value: Any) -> Self | None:
        """From what `as_json` made; None when it is anything else."""
        match value:
            case {"pid": int(pid), "create_time": float(create_time)}:
                return cls(pid, create_time)
        return None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def find(self) -> psutil.Process | None:
        """The process, when it is still this one and not a later owner of the number."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.create_time) < CLOCK_TOLERANCE_SECONDS
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


class ServerProcess:
    """A child in its own session, so that Ctrl-C on the terminal reaches the supervisor alone.

    Start it from a thread that lives as long as the supervisor: Linux ends a child with the thread that
    started it.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        stop_signal: signal.Signals,
        environment: dict[str, str],
        account: str = "-",
    ) -> None:
        self.stop_signal = stop_signal
        self._log = log
        _keep_small(log)
        with log.open("ab") as output:
            self._log_offset = output.tell()
            self._process = subprocess.Popen(  # noqa: S603 - programs of our own wheels
                launcher(argv, stop_signal, account),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        self.identity = ProcessIdentity.of(self._process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def log_tail(self, lines: int = 8) -> str:
        """The last lines that it wrote since it was started."""
        with self._log.open("rb") as log:
            log.seek(self._log_offset)
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, *, within: float) -> None:
        """Ask it to end; after `within` seconds, make it."""
        with suppress(ProcessLookupError):
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


def end_orphan(identity: ProcessIdentity, stop_signal: signal.Signals, *, within: float) -> None:
    """End a server that a killed supervisor left running, if that is what the number still names."""
    process = identity.find()
    if process is None:
        return
    with suppress(psutil.NoSuchProcess):
        process.send_signal(stop_signal)
        _, alive = psutil.wait_procs([process], timeout=within)
        for survivor in alive:
            survivor.kill()
        psutil.wait_procs(alive, timeout=within)


def launcher(argv: Sequence[str], stop_signal: signal.Signals, account: str) -> list[str]:
    """Becomes `argv`, as `account` (`UID:GID`, or `-` for our own), and dies with this process."""
    own = [sys.executable, "-I", "-S", str(LAUNCHER), str(int(stop_signal)), str(os.getpid()), account]
    return [*own, *argv]


def server_environment(**extra: str) -> dict[str, str]:
    """What a server sees: none of the user's PG… or language variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", **extra}


def _keep_small(log: Path) -> None:
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.old"))
