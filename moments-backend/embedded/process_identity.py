"""Which process it was: a process id alone is given out again."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from signal import Signals
from typing import Any, Self

import psutil

CLOCK_TOLERANCE_SECONDS = 2.0
"""Start times are seconds since boot, and the time of boot moves when the clock is set."""

MAX_PID = 2**31 - 1


@dataclass(frozen=True)
class ProcessIdentity:
    """A process id and when its process began."""

    pid: int
    create_time: float

    @classmethod
    def of(cls, pid: int) -> Self:
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def read(cls, value: Any) -> Self | None:
        """From what `as_json` made; None when it is anything else."""
        match value:
            case {"pid": int(pid), "create_time": float(create_time)} if 0 < pid <= MAX_PID:
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


def terminate_orphan(identity: ProcessIdentity, stop_signal: Signals, *, within: float) -> None:
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
