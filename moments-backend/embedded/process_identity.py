"""Process id and start time, which identify a process even after its id is reused."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from signal import Signals
from typing import Any, Self

import psutil

CLOCK_TOLERANCE_SECONDS = 2.0
"""Start times are derived from the boot time, which shifts when the system clock is set."""

MAX_PID = 2**31 - 1


@dataclass(frozen=True)
class ProcessIdentity:
    """A process id and the start time of that process, in seconds since the epoch."""

    pid: int
    create_time: float

    @classmethod
    def of(cls, pid: int) -> Self:
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def read(cls, value: Any) -> Self | None:
        """Parse the output of `as_json`; return None for any other value."""
        match value:
            case {"pid": int(pid), "create_time": float(create_time)} if 0 < pid <= MAX_PID:
                return cls(pid, create_time)
        return None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def find(self) -> psutil.Process | None:
        """Return the process if it still runs; None if it exited or its id was reused."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.create_time) < CLOCK_TOLERANCE_SECONDS
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


def terminate_orphan(identity: ProcessIdentity, stop_signal: Signals, *, within: float) -> None:
    """Terminate a server left by a killed supervisor; kill it after `within` seconds."""
    process = identity.find()
    if process is None:
        return
    with suppress(psutil.NoSuchProcess):
        process.send_signal(stop_signal)
        _, alive = psutil.wait_procs([process], timeout=within)
        for survivor in alive:
            survivor.kill()
        psutil.wait_procs(alive, timeout=within)
