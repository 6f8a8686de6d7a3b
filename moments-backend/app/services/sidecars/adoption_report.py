"""Result of an adoption, for its output."""

from dataclasses import dataclass, field
from typing import Any

from app.core.exceptions import ExitCode, VideoMomentsError
from app.services.sidecars.folders import BucketContent


@dataclass(frozen=True, slots=True)
class Problem:
    """A video that was not adopted, or whose row differs from its object."""

    identifier: str
    object_name: str | None
    error: VideoMomentsError

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.identifier or None,
            "object": self.object_name,
            "type": self.error.type,
            "detail": self.error.cause,
            "remedy": self.error.remedy,
        }


@dataclass
class AdoptionReport:
    videos: int = 0
    """Folders in the bucket."""
    sidecars: int = 0
    adopted: int = 0
    skipped: int = 0
    """Videos that had a row."""
    library_rows: int = 0
    registered: list[str] = field(default_factory=list)
    """Videos without a sidecar."""
    others: list[str] = field(default_factory=list)
    """Objects that belong to no video."""
    remarks: list[tuple[str, str]] = field(default_factory=list)
    differences: list[Problem] = field(default_factory=list)
    failures: list[Problem] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.adopted + self.skipped + len(self.registered) + len(self.failures)

    @property
    def exit_code(self) -> ExitCode:
        if self.failures:
            return ExitCode.SOME_FAILED
        return ExitCode.MISMATCH if self.differences else ExitCode.OK

    def found(self, content: BucketContent) -> None:
        self.videos = len(content.folders)
        self.sidecars = sum(folder.sidecar is not None for folder in content.folders.values())
        self.others = content.others

    def adopt(self, count: int) -> None:
        self.adopted += count

    def skip(self, count: int = 1) -> None:
        self.skipped += count

    def register(self, identifier: str) -> None:
        self.registered.append(identifier)

    def remark(self, identifier: str, text: str) -> None:
        self.remarks.append((identifier, text))

    def differ(self, identifier: str, error: VideoMomentsError) -> None:
        self.differences.append(Problem(identifier, None, error))

    def fail(self, identifier: str, object_name: str, error: VideoMomentsError) -> None:
        self.failures.append(Problem(identifier, object_name, error))

    def to_json(self, *, dry_run: bool) -> dict[str, Any]:
        return {
            "dry_run": dry_run,
            "videos": self.videos,
            "sidecars": self.sidecars,
            "adopted": self.adopted,
            "registered": self.registered,
            "skipped": self.skipped,
            "library_rows": self.library_rows,
            "remarks": [{"id": identifier, "detail": text} for identifier, text in self.remarks],
            "differences": [problem.to_json() for problem in self.differences],
            "failures": [problem.to_json() for problem in self.failures],
            "other_objects": self.others,
        }
