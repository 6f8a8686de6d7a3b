"""What a check of `videomoments doctor` is, and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from app.core.config import Settings

CHECK_SECONDS = 60
LITTLE_SPACE_BYTES = 2 * 1024**3


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class CheckResult:
    """The answer of one check."""

    name: str
    state: State
    detail: str
    remedy: str | None = None


Check = Callable[[Settings], Awaitable[str | CheckResult]]
"""Returns what is good, or a finding; raises `VideoMomentsError` for what is broken."""
