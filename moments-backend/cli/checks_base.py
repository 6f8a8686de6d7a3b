"""Types of the checks of `videomoments doctor`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from app.core.config import Settings

CHECK_SECONDS = 60
LOW_SPACE_BYTES = 2 * 1024**3


class State(StrEnum):
    """Result of a check; warnings do not change the exit code."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class CheckResult:
    name: str
    state: State
    detail: str
    remedy: str | None = None


Check = Callable[[Settings], Awaitable[str | CheckResult]]
"""Returns the detail of a passed check, or a result; raises `VideoMomentsError` for a failed one."""
