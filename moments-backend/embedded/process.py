"""Start, watch and stop one server process."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from embedded.exec_wrapper import KEEP

EXEC_WRAPPER = Path(__file__).with_name("exec_wrapper.py")
ROOT = Path("/")
MAX_LOG_BYTES = 4 * 1024 * 1024


class ServerProcess:
    """A child process in its own session, so that Ctrl-C in the terminal reaches only the supervisor.

    Start it from a thread that lives as long as the supervisor: the parent-death signal of Linux is sent
    when the starting thread exits.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        stop_signal: signal.Signals,
        environment: dict[str, str] | None = None,
        log: Path | None = None,
        account: str = KEEP,
        directory: Path = ROOT,
        stdin: Path | None = None,
    ) -> None:
        """Start the process; without `log`, its output goes to this process's own streams.

        Args:
            account: user and capabilities of the process, see `exec_wrapper`.
            directory: working directory.
            stdin: file to read standard input from.
        """
        self.stop_signal = stop_signal
        self._log = log
        with ExitStack() as opened:
            output = opened.enter_context(_opened(log)) if log else None
            self._log_offset = output.tell() if output else 0
            source = opened.enter_context(stdin.open("rb")) if stdin else subprocess.DEVNULL
            self._process = subprocess.Popen(  # noqa: S603 - programs from pinned wheels
                wrapped_command(argv, stop_signal, account),
                stdin=source,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                env=environment,
                cwd=directory,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while the process runs."""
        return self._process.poll()

    def log_tail(self, lines: int = 8) -> str:
        """Return the last lines written to the log since this start."""
        if self._log is None:
            return ""
        with self._log.open("rb") as log:
            log.seek(self._log_offset)
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def wait(self, seconds: float) -> int | None:
        """Wait up to `seconds` and return the exit code, or None if the process still runs."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def stop(self, *, within: float) -> None:
        """Send the stop signal, and SIGKILL to the process group after `within` seconds."""
        with suppress(ProcessLookupError):
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


def wrapped_command(argv: Sequence[str], stop_signal: signal.Signals, account: str) -> list[str]:
    """Return the command that runs `argv` through `exec_wrapper`, as `account` (see there)."""
    own = [sys.executable, "-I", "-S", str(EXEC_WRAPPER), str(int(stop_signal)), str(os.getpid()), account]
    return [*own, *argv]


def server_environment(**extra: str) -> dict[str, str]:
    """Return a minimal environment, without the user's PG* and locale variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", **extra}


def _opened(log: Path) -> BinaryIO:
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.old"))
    return log.open("ab")
