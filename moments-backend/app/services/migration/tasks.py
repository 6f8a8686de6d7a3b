"""A video of a migration: its file, its row, or both."""

import os
from dataclasses import dataclass
from pathlib import Path

from app.core.exceptions import IdentifierConflictError, VideoMomentsError
from app.repositories.video_identity_repository import VideoIdentity
from app.services.migration.scanner import NO_VERSION, FileVersion


@dataclass(frozen=True, slots=True)
class Task:
    """One video: a file, a row, or both.

    Attributes:
        filename: path below the scanned folder.
        location: path to open the file; None for a row without a file in the folder.
        row: the row of this file, judging by path and size.
        error: why the file cannot be migrated.
        version: state of the file when the folder was read.
        is_doubtful: the file may have been replaced since it was registered; only its MD5 can decide.
        conflict: another video has the identifier. The file may still be a moved one, or be renamed.
        same_size: other rows that this file may belong to; only its MD5 can decide.
    """

    filename: str
    identifier: str
    gcs_path: str
    location: str | os.PathLike[str] | None
    size: int
    row: VideoIdentity | None = None
    error: VideoMomentsError | None = None
    version: FileVersion = NO_VERSION
    is_doubtful: bool = False
    conflict: IdentifierConflictError | None = None
    same_size: tuple[VideoIdentity, ...] = ()

    @property
    def path(self) -> Path:
        """The location of a file, made on demand: ten thousand paths take longer than reading their folders.

        Raises:
            ValueError: the task has no file.
        """
        if self.location is None:
            raise ValueError(f"the row of {self.identifier!r} has no file in the folder")
        return Path(self.location)

    @property
    def is_new(self) -> bool:
        """True if the file will be registered, unless its content proves to be registered already."""
        return self.row is None and self.error is None and self.conflict is None

    @property
    def is_settled(self) -> bool:
        """True if names, sizes and rows decide, without reading the file."""
        return self.error is not None or (self.row is not None and not self.is_doubtful)
