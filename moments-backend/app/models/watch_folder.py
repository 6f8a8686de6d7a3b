"""Watch folders, as the API returns them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.models.schemas import IsoTime


class WatchProblem(BaseModel):
    """The cause of an unavailable folder or a rejected file."""

    type: str = Field(description="For example `watch-folder` or `not-a-video`.")
    detail: str
    remedy: str | None = None

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> "WatchProblem | None":
        return None if stored is None else cls.model_validate(stored)


class FileProblem(WatchProblem):
    """A file that was not added."""

    path: str = Field(description="Path below the folder.")


class IgnoredFile(BaseModel):
    """An entry that is skipped."""

    path: str
    reason: str = Field(description="For example `an unfinished download`.")


class WatchFolderRecord(BaseModel):
    """A watch folder, as of its last scan."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    folder: str
    state: Literal["pending", "available", "unavailable"] = Field(
        description="`pending`: not scanned yet. `unavailable`: missing, unreadable, or unexpectedly empty."
    )
    error: WatchProblem | None = Field(
        default=None, description="Why the folder is unavailable, or why complete files have to wait."
    )
    checked_at: IsoTime | None = Field(default=None, description="Time of the last scan.")
    changed_at: IsoTime | None = Field(default=None, description="Time since which the state holds.")
    waiting: int = Field(default=0, description="Files that are not known to be complete yet.")
    added: int = 0
    known: int = Field(default=0, description="Files whose bytes the library has, or had until a deletion.")
    missing: int = Field(default=0, description="Files that are gone; their videos stay.")
    failed: int = 0
    problems: list[FileProblem] = Field(default=[], description="Files that failed; at most 100.")
    ignored: list[IgnoredFile] = Field(default=[], description="Skipped entries; at most 100.")
    ignored_count: int = 0
