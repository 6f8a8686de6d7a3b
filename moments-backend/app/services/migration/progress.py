"""Progress of a migration in videos and bytes."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.services.migration.tasks import Task


@dataclass(slots=True)
class MigrationProgress:
    """Updated by the migration, read by the display.

    Attributes:
        bytes_total: size of the files that have to be read.
        current: bytes done and total bytes of the videos in progress, by file name.
    """

    videos_total: int = 0
    videos_done: int = 0
    bytes_total: int = 0
    current: dict[str, tuple[int, int]] = field(default_factory=dict)
    _waiting: dict[str, int] = field(default_factory=dict)
    _bytes_finished: int = 0
    _started: float = field(default_factory=time.monotonic)

    def start(self, tasks: Iterable[Task], *, reads_registered: bool) -> None:
        """Set the totals; `reads_registered` counts the files that have a row too."""
        everything = list(tasks)
        self._started = time.monotonic()
        self.videos_total = len(everything)
        for task in everything:
            is_read = not task.is_settled or (reads_registered and task.row is not None)
            if task.location is not None and is_read:
                self._waiting[task.filename] = task.size
        self.bytes_total = sum(self._waiting.values())

    def update(self, task: Task, done: int) -> None:
        self.current[task.filename] = (done, task.size)

    def complete(self, task: Task) -> None:
        self.videos_done += 1
        self.current.pop(task.filename, None)
        if task.location is not None:
            self._bytes_finished += self._waiting.pop(task.filename, 0)

    @property
    def bytes_done(self) -> int:
        return min(self._bytes_finished + sum(done for done, _ in self.current.values()), self.bytes_total)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def seconds_left(self) -> float | None:
        """The estimated remaining time; None before the first byte."""
        done = self.bytes_done
        return self.seconds * (self.bytes_total - done) / done if done else None
