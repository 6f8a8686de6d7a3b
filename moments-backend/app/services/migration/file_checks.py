"""Record of the files whose bytes were compared with their row although they are newer than it.

Restored and copied files have new modification times. Without this record each run would read them again.
Deleting `static/file_checks.json` is safe: the files are read once more.
"""

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from app.core.exceptions import VideoMomentsError
from app.core.files.atomic import atomic_write
from app.services.migration.scanner import FileVersion, VideoFile

logger = logging.getLogger(__name__)

FILENAME = "file_checks.json"


class FileChecks:
    """Sizes, modification times and MD5s by absolute path; the methods for files block."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._checks: dict[str, list[object]] = {}
        self._has_changes = False

    def load(self) -> None:
        """Read the record; a missing or corrupt file is an empty record."""
        try:
            stored = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return
        if isinstance(stored, dict):
            self._checks = stored

    def contains(self, path: Path, version: FileVersion, md5: str | None) -> bool:
        """Return whether this version of the file was found to have this MD5."""
        return bool(self._checks) and self._checks.get(_key(path)) == _value(version, md5)

    def add(self, path: Path, version: FileVersion, md5: str) -> None:
        self._checks[_key(path)] = _value(version, md5)
        self._has_changes = True

    def save(self, folder: Path, files: Iterable[VideoFile]) -> None:
        """Write new checks, without the files that left `folder`. A failure costs only time."""
        if not self._has_changes:
            return
        inside = _key(folder).rstrip("/") + "/"
        found = {_key(file.path) for file in files}
        kept = {
            path: check
            for path, check in self._checks.items()
            if path in found or not path.startswith(inside)
        }
        try:
            atomic_write(self._path, json.dumps(kept, indent=0).encode())
        except VideoMomentsError as error:
            logger.warning("%s; the next migration reads these files again", error)


def _key(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - `Path.absolute` keeps `..`


def _value(version: FileVersion, md5: str | None) -> list[object]:
    return [version.size, version.modified_ns, md5]
