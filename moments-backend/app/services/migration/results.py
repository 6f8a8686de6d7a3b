"""Outcome of each video, and result of the whole run."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.core.exceptions import ExitCode


class Mode(StrEnum):
    """Purpose of a run: register new files, report only, compare, or repair."""

    MIGRATE = "migrate"
    DRY_RUN = "dry-run"
    VERIFY = "verify"
    REPAIR = "repair"

    @property
    def writes(self) -> bool:
        """True if the mode changes table and bucket."""
        return self in {Mode.MIGRATE, Mode.REPAIR}

    @property
    def is_full(self) -> bool:
        """True if the mode compares every row and object, instead of only registering new files."""
        return self in {Mode.VERIFY, Mode.REPAIR}


class Status(StrEnum):
    """Status of a video; hypothetical in a dry run.

    In a verification, SKIPPED is a match and FAILED a mismatch.
    """

    MIGRATED = "migrated"
    SKIPPED = "skipped"
    FAILED = "failed"
    LEFT = "left"
    """Still being written by another program; not part of the total."""
    INTERRUPTED = "interrupted"
    """Cancelled by the user; counted like videos that were not started."""


COUNTED = frozenset({Status.MIGRATED, Status.SKIPPED, Status.FAILED})
"""Statuses that add up to the total."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one video.

    Attributes:
        filename: path below the folder.
        seconds: duration of the processing.
        size: bytes of the local file; None without one.
        lines: console output below the heading.
        reason: why the video was skipped, left or failed.
        remedy: how to resolve the failure.
        error_type: type of the error of a failure.
    """

    filename: str
    identifier: str
    status: Status
    cloud_url: str | None
    seconds: float
    size: int | None
    lines: tuple[str, ...]
    reason: str | None = None
    remedy: str | None = None
    error_type: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Result of a run; `left` counts the videos that it did not finish (None if not yet counted)."""

    mode: Mode
    outcomes: tuple[Outcome, ...]
    left: int | None = None
    interrupted: bool = False

    @classmethod
    def of(cls, mode: Mode, outcomes: Iterable[Outcome], *, planned: int, interrupted: bool) -> "Result":
        finished = tuple(outcome for outcome in outcomes if outcome.status is not Status.INTERRUPTED)
        counted = sum(outcome.status in COUNTED for outcome in finished)
        return cls(mode, finished, planned - counted, interrupted)

    def count(self, status: Status) -> int:
        return Counter(outcome.status for outcome in self.outcomes)[status]

    @property
    def total(self) -> int:
        return sum(outcome.status in COUNTED for outcome in self.outcomes)

    @property
    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.status is Status.FAILED]

    @property
    def exit_code(self) -> ExitCode:
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if not self.failures:
            return ExitCode.OK
        return ExitCode.MISMATCH if self.mode is Mode.VERIFY else ExitCode.SOME_FAILED
