"""What became of each video, and of all of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.core.exceptions import ExitCode


class Mode(StrEnum):
    """What a run does: bring in what is new, say what it would do, compare, or mend."""

    MIGRATE = "migrate"
    DRY_RUN = "dry-run"
    VERIFY = "verify"
    REPAIR = "repair"


class Status(StrEnum):
    """In a dry run, what it would be; in a verification, `skipped` is a match and `failed` a mismatch."""

    MIGRATED = "migrated"
    SKIPPED = "skipped"
    FAILED = "failed"
    INTERRUPTED = "parked"
    """Stopped on the user's word; counted with those that never began."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One video when the run is done with it.

    `seconds` is the time it took, `size` the file's bytes (None: there is no local file), `lines` what its
    block says below the heading, `reason` why it was skipped or failed, `remedy` what to do about that.
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


@dataclass(frozen=True, slots=True)
class Result:
    """A whole run.

    `left` counts the videos that an interruption left for the next one; None: nobody had counted them yet.
    """

    mode: Mode
    outcomes: tuple[Outcome, ...]
    left: int | None = None
    interrupted: bool = False

    @classmethod
    def of(cls, mode: Mode, outcomes: Iterable[Outcome], *, planned: int, interrupted: bool) -> "Result":
        finished = tuple(outcome for outcome in outcomes if outcome.status is not Status.INTERRUPTED)
        return cls(mode, finished, planned - len(finished), interrupted)

    def count(self, status: Status) -> int:
        return Counter(outcome.status for outcome in self.outcomes)[status]

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
