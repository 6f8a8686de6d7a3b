"""State of one source while a command starts and follows its run."""

from dataclasses import dataclass

from app.core.exceptions import VideoMomentsError
from app.core.terminal_text import escape_control_characters
from app.models.pipeline import RunKind, RunState
from cli.runs.text import BYTES_PER_MB, run_line


@dataclass
class TrackedRun:
    """One source and its run.

    Attributes:
        error: the reason why the run could not be started, or cannot be followed.
    """

    source: str
    video_id: str | None = None
    state: RunState | None = None
    error: VideoMomentsError | None = None
    bytes_copied: int | None = None
    bytes_total: int = 0
    kind: RunKind = "moments"

    @property
    def name(self) -> str:
        return escape_control_characters(self.video_id or self.source)

    @property
    def is_completed(self) -> bool:
        return self.error is None and self.state is not None and self.state.status == "completed"

    @property
    def is_active(self) -> bool:
        return self.error is None and (self.state is None or self.state.is_active)

    def summary(self) -> str:
        """Return a line such as `talk: queued, waiting for a worker`; before that, the import's progress."""
        if self.state is not None:
            return run_line(self.state)
        if self.bytes_copied is not None:
            total = self.bytes_total / BYTES_PER_MB
            return f"{self.name}: importing, {self.bytes_copied / BYTES_PER_MB:.1f} of {total:.1f} MB"
        return f"{self.name}: starting"
