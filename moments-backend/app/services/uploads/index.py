"""All uploads of this machine in memory, with the limits that new ones must keep.

Metadata is read again only after its file was replaced, so a list costs one `stat` per upload. The number of
uploads is bounded: of unfinished ones by `UPLOAD_MAX_PENDING`, of finished ones by `MAX_FINISHED`.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from app.core.config import Settings
from app.core.exceptions import TooManyUploadsError, UploadNotFoundError
from app.core.files.atomic import mapped_write_errors
from app.core.files.disk_space import ensure_free_space
from app.services.uploads.metadata_store import (
    SIDECAR,
    UploadDirectory,
    UploadInfo,
    UploadSnapshot,
    is_upload_id,
)

MAX_FINISHED = 500
"""Finished uploads whose metadata is kept; the oldest are removed first."""

_Signature = tuple[int, int, int]
"""Inode, modification time and size of a metadata file, which is replaced at each change."""


@dataclass(frozen=True, slots=True)
class _Entry:
    directory: UploadDirectory
    signature: _Signature
    info: UploadInfo

    @property
    def position(self) -> tuple[str, str]:
        """Return the sort key of the list."""
        return self.info.created_at.isoformat(), self.info.id


class UploadIndex:
    """The uploads by id. All methods block: call them in a thread.

    Other processes may change uploads too. Their creations can exceed the limits by the number of processes.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def newest(self, limit: int, before: tuple[str, str] | None = None) -> list[UploadSnapshot]:
        """Return up to `limit` uploads, newest first.

        Args:
            before: position of the last upload of the previous page.
        """
        with self._lock:
            entries = sorted(self._refresh(), key=lambda entry: entry.position, reverse=True)
        snapshots: list[UploadSnapshot] = []
        for entry in entries:
            if before is not None and entry.position >= before:
                continue
            if len(snapshots) == limit:
                break
            with suppress(UploadNotFoundError):  # removed at this moment
                snapshots.append(entry.directory.snapshot(entry.info))
        return snapshots

    def count_by_status(self) -> dict[str, int]:
        with self._lock:
            return Counter(entry.info.status for entry in self._refresh())

    def ensure_capacity(self, size: int) -> None:
        """Check that an upload of `size` bytes can be created now.

        Raises:
            TooManyUploadsError: `UPLOAD_MAX_PENDING` uploads are unfinished.
            DiskFullError: the bytes announced by all unfinished uploads would not fit.
            LocalFileError: the folder cannot be created.
        """
        with self._lock:
            self._ensure_capacity(size)

    def create(self, info: UploadInfo) -> None:
        """Create the upload's directory; see `ensure_capacity`."""
        with self._lock:
            self._ensure_capacity(info.size)
            UploadDirectory(self._settings, info.id).create(info)
            self._remove_oldest_finished()

    def _ensure_capacity(self, size: int) -> None:
        folder = self._settings.uploads_dir
        with mapped_write_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        pending = list(_pending(self._refresh()))
        if len(pending) >= self._settings.upload_max_pending:
            raise TooManyUploadsError(self._settings.upload_max_pending)
        announced = sum(max(0, snapshot.info.size - snapshot.offset) for snapshot in pending)
        ensure_free_space(folder, size, announced=announced)

    def _refresh(self) -> list[_Entry]:
        """Read the metadata that is new or was replaced, and return all entries."""
        entries = {}
        for upload_id, signature in _signatures(self._settings):
            known = self._entries.get(upload_id)
            if known is not None and known.signature == signature:
                entries[upload_id] = known
                continue
            directory = UploadDirectory(self._settings, upload_id)
            with suppress(UploadNotFoundError):  # being removed, or unreadable
                entries[upload_id] = _Entry(directory, signature, directory.load())
        self._entries = entries
        return list(entries.values())

    def _remove_oldest_finished(self) -> None:
        finished = [entry for entry in self._entries.values() if _is_finished(entry)]
        finished.sort(key=lambda entry: entry.position)
        for entry in finished[: max(0, len(finished) - MAX_FINISHED)]:
            entry.directory.remove()


def _pending(entries: Iterable[_Entry]) -> Iterable[UploadSnapshot]:
    for entry in entries:
        if entry.info.status == "completed":
            continue
        with suppress(UploadNotFoundError):
            snapshot = entry.directory.snapshot(entry.info)
            if not snapshot.is_expired and not _is_finished(entry):
                yield snapshot


def _is_finished(entry: _Entry) -> bool:
    """Return whether nothing can follow: the upload is complete, or has failed without bytes to retry."""
    if entry.info.status == "failed":
        return not entry.directory.has_content(entry.info)
    return entry.info.status == "completed"


def _signatures(settings: Settings) -> Iterator[tuple[str, _Signature]]:
    """Yield id and signature of every upload. Strings: paths of pathlib took most of the time of a list."""
    try:
        with os.scandir(settings.uploads_dir) as found:
            for entry in found:
                if not is_upload_id(entry.name) or not entry.is_dir(follow_symlinks=False):
                    continue
                with suppress(FileNotFoundError):  # being created or removed
                    status = os.stat(f"{entry.path}/{SIDECAR}")  # noqa: PTH116 - see above
                    yield entry.name, (status.st_ino, status.st_mtime_ns, status.st_size)
    except (FileNotFoundError, NotADirectoryError):
        return
