"""State of the verification: comparisons of all videos with the bucket, and their problems."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

VerificationState = Literal["off", "idle", "running", "waiting"]


class VerificationRoundRead(BaseModel):
    """One pass over all videos."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    trigger: Literal["schedule", "request"]
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    checked: int = Field(description="Videos verified so far.")
    problems: int = Field(description="Videos with a problem so far.")
    error: str | None = Field(description="Why the last portion could not be verified; it is retried.")


class VerificationProblem(BaseModel):
    """A video whose last verification found a problem."""

    id: str = Field(description="The video's identifier.")
    title: str | None
    kind: str = Field(description="Such as `missing-object`, `wrong-size` or `wrong-checksum`.")
    detail: str
    verified_at: AwareDatetime | None


class VerificationStatus(BaseModel):
    """Schedule, progress and result of the verification.

    `off`: nothing is scheduled or active. `idle`: scheduled. `running`: a round is active. `waiting`: the
    active round cannot continue, see `round.error`.
    """

    state: VerificationState
    every_days: int = Field(description="Setting VERIFY_EVERY_DAYS; 0: never.")
    next_at: AwareDatetime | None = Field(description="When the next scheduled round begins.")
    round: VerificationRoundRead | None = Field(description="The active round, or the last one.")
    total: int = Field(description="Videos in the library, the trash included.")
    verified: int = Field(description="Videos that have been verified at least once.")
    problem_count: int
    problems: list[VerificationProblem] = Field(description="At most 100, by identifier.")
