"""One child process: started, watched, ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

LAUNCHER = Path(__file__).with_name("exec_wrapper.py")
MAX_LOG_BYTES = 4 * 1024 * 1024


class ServerProcess:
    """A child in its own session, so that Ctrl-C on the terminal reaches the supervisor alone.

    Start it from a thread that lives as long as the supervisor: Linux ends a child with the thread that
    started it.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        stop_signal: signal.Signals,
        environment: dict[str, str] | None = None,
        log: Path | None = None,
        account: str = "-",
    ) -> None:
        """Without `log` it writes where we do."""
        self.stop_signal = stop_signal
        self._log = log
        with ExitStack() as opened:
            output = opened.enter_context(_opened(log)) if log else None
            self._log_offset = output.tell() if output else 0
            self._process = subprocess.Popen(  # noqa: S603 - programs of our own wheels
                launcher(argv, stop_signal, account),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                env=environment,
                cwd="/",
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def log_tail(self, lines: int = 8) -> str:
        """The last lines that it wrote to its log since it was started."""
        if self._log is None:
            return ""
        with self._log.open("rb") as log:
            log.seek(self._log_offset)
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def wait(self, seconds: float) -> int | None:
        """Its exit code; None when it has not ended after `seconds`."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

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


def launcher(argv: Sequence[str], stop_signal: signal.Signals, account: str) -> list[str]:
    """Becomes `argv`, as `account` (`UID:GID`, or `-` for our own), and dies with this process."""
    own = [sys.executable, "-I", "-S", str(LAUNCHER), str(int(stop_signal)), str(os.getpid()), account]
    return [*own, *argv]


def server_environment(**extra: str) -> dict[str, str]:
    """What a server sees: none of the user's PG… or language variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", **extra}


def _opened(log: Path) -> BinaryIO:
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.old"))
    return log.open("ab")
