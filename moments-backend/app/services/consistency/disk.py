"""Files on the disk: local originals, derived files, and leftovers of uploads and runs."""

import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from app.core.config import Settings
from app.core.exceptions import LocalFileError, UploadNotFoundError
from app.repositories.consistency_repository import CheckedRow
from app.services.consistency.findings import Finding, Kind
from app.services.consistency.parts import part_of_file
from app.services.consistency.table import HashedNames
from app.services.library.identity import identifier_of, object_filename
from app.services.migration.scanner import VideoFile, scan
from app.services.storage.checksums import digest_file
from app.services.uploads.metadata_store import LEFTOVER_SECONDS, UploadDirectory, is_upload_id

DERIVED_FOLDERS = (
    *("audios", "transcripts", "moments", "chapters", "thumbnails", "storyboards", "captions"),
    "moment_clips",
)
PARTIAL_SECONDS = 24 * 3600
"""Age from which on a partial file is a leftover; no transfer takes longer without writing to it."""
PARTIAL = re.compile(r"\.[0-9a-f]{32}\.part")
_LOCK = ".lock"


@dataclass(slots=True)
class LocalOriginals:
    """The video files, matched with rows by path and size."""

    files: dict[str, VideoFile]
    _claimed: set[str] = field(default_factory=set)
    _wrong: list[tuple[CheckedRow, str]] = field(default_factory=list)
    _by_identifier: dict[str, list[str]] | None = None

    @classmethod
    def scan(cls, settings: Settings) -> "LocalOriginals":
        """Read the folder of videos. Blocks."""
        if not settings.videos_dir.is_dir():
            return cls({})
        return cls({file.relative_path: file for file in scan(settings.videos_dir).videos})

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files.values())

    def match(self, row: CheckedRow) -> VideoFile | None:
        """Return the file of a row; remember a file of another size at its path."""
        for path in self._paths(row):
            file = self.files.get(path)
            if file is None or file.error is not None:
                continue
            if row.size_bytes in {None, file.size}:
                self._claimed.add(path)
                return file
            self._wrong.append((row, path))
        return None

    def _paths(self, row: CheckedRow) -> list[str]:
        if row.relative_path is not None:
            return [row.relative_path] if row.relative_path else []
        if row.filename in self.files and identifier_of(row.filename) == row.identifier:
            return [row.filename]
        if self._by_identifier is None:
            self._by_identifier = {}
            for path in self.files:
                self._by_identifier.setdefault(identifier_of(path), []).append(path)
        found = self._by_identifier.get(row.identifier, ())
        return [path for path in found if object_filename(path) == row.filename]

    def unregistered(self) -> Iterator[VideoFile]:
        """Yield the files that no row has, after all rows were matched."""
        at_path_of_row = {path for _, path in self._wrong}
        for path, file in self.files.items():
            if path not in self._claimed and path not in at_path_of_row:
                yield file

    def findings(self) -> Iterator[Finding]:
        """Yield the files without a row, and those that are not the video of the row at their path."""
        for row, path in self._wrong:
            if path not in self._claimed:
                file = self.files[path]
                cause = f"{path} has {file.size} bytes, the row of {row.identifier!r} states {row.size_bytes}"
                yield _file(Kind.LOCAL_WRONG_SIZE, file, cause, identifier=row.identifier)
        for file in self.unregistered():
            if file.error is not None:
                cause = file.error.cause
                yield Finding(Kind.LOCAL_UNREADABLE, "file", f"videos/{file.relative_path}", cause)
            else:
                yield _file(Kind.FILE_WITHOUT_ROW, file, f"no row has the file {file.relative_path}")


def check_checksum(row: CheckedRow, file: VideoFile, check: Callable[[], None]) -> Finding | None:
    """Hash a file and compare it with its row. Blocks."""
    try:
        digest = digest_file(file.path, check)
    except LocalFileError as error:
        return _file(Kind.LOCAL_UNREADABLE, file, error.cause, identifier=row.identifier)
    if digest.md5_hex == row.md5:
        return None
    cause = (
        f"{file.relative_path} has the MD5 {digest.md5_hex}, the row of {row.identifier!r} states {row.md5}"
    )
    return _file(Kind.LOCAL_WRONG_CHECKSUM, file, cause, identifier=row.identifier)


def find_derived(
    settings: Settings, identifiers: HashedNames, local: set[str], *, min_age: float
) -> Iterator[Finding]:
    """Yield derived files whose video is neither in the table nor in the folder of videos. Blocks.

    Args:
        local: identifiers of files that no row has.
        min_age: seconds since the last change of a file from which on it may be removed.
    """
    for folder in DERIVED_FOLDERS:
        for path, status in _walk(settings.static_path, folder):
            part = part_of_file(path)
            if part is None or part.identifier is None:
                continue
            if part.identifier not in identifiers and part.identifier not in local:
                yield Finding(
                    Kind.DERIVED_FILE_WITHOUT_PARENT,
                    "file",
                    path,
                    f"no video has the id {part.identifier!r}",
                    identifier=part.identifier,
                    part=part.kind,
                    size=status.st_size,
                    modified_ns=status.st_mtime_ns,
                    reason=too_young(time.time() - status.st_mtime, min_age, "changed"),
                )


def count_derived(settings: Settings) -> int:
    """Return the number of local files besides originals. Blocks."""
    return sum(1 for folder in DERIVED_FOLDERS for _ in _walk(settings.static_path, folder))


def find_leftovers(settings: Settings) -> Iterator[Finding]:
    """Yield what killed uploads, runs and transfers left behind. Blocks."""
    for path in _folders(settings.uploads_dir):
        if cause := upload_leftover(settings, path):
            yield _folder(settings, path, cause, "uploads")
    for path in _folders(settings.work_dir):
        if is_unlocked(path):
            yield _folder(settings, path, "its run has ended without removing it", "work folders")
    for folder in ("videos", *DERIVED_FOLDERS):
        for relative_path, status in _walk(settings.static_path, folder, hidden=True):
            age = time.time() - status.st_mtime
            if age > PARTIAL_SECONDS and PARTIAL.fullmatch(relative_path.rpartition("/")[2]):
                yield Finding(
                    Kind.UPLOAD_LEFTOVER,
                    "file",
                    relative_path,
                    f"a partial file that has not changed for {age / 3600:.0f} hours",
                    part="partial files",
                    size=status.st_size,
                    modified_ns=status.st_mtime_ns,
                )


def describe_entry(path: Path) -> tuple[int, int]:
    """Return the size of a file or of a folder's content, and the newest modification time. Blocks.

    Raises:
        OSError: it does not exist, or is a link.
    """
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise FileNotFoundError(f"{path} is a symbolic link")
    if not stat.S_ISDIR(status.st_mode):
        return status.st_size, status.st_mtime_ns
    size, newest = 0, status.st_mtime_ns
    for folder, folders, names in os.walk(path):
        for name in (*folders, *names):
            found = Path(folder, name).lstat()
            size += 0 if stat.S_ISDIR(found.st_mode) else found.st_size
            newest = max(newest, found.st_mtime_ns)
    return size, newest


def too_young(age: float, min_age: float, verb: str) -> str | None:
    """Return why something of this age may not be removed yet; None if it may."""
    if age >= min_age:
        return None
    return (
        f"{verb} {max(age, 0):.0f} s ago, so it may belong to work in progress; run again in {min_age:.0f} s"
    )


def _file(kind: Kind, file: VideoFile, cause: str, *, identifier: str | None = None) -> Finding:
    return Finding(
        kind,
        "file",
        f"videos/{file.relative_path}",
        cause,
        identifier=identifier,
        part="originals",
        size=file.size,
        modified_ns=file.version.modified_ns,
    )


def _folder(settings: Settings, path: Path, cause: str, part: str) -> Finding:
    size, newest = describe_entry(path)
    subject = path.relative_to(settings.static_path).as_posix()
    return Finding(Kind.UPLOAD_LEFTOVER, "file", subject, cause, part=part, size=size, modified_ns=newest)


def _folders(parent: Path) -> list[Path]:
    return sorted(path for path in parent.glob("*/") if not path.is_symlink())


def upload_leftover(settings: Settings, path: Path) -> str | None:
    """Return why the folder belongs to no upload any more; None if it does."""
    age = time.time() - path.stat().st_mtime
    if not is_upload_id(path.name):
        return "no upload has this name" if age > LEFTOVER_SECONDS else None
    try:
        snapshot = UploadDirectory(settings, path.name).snapshot()
    except UploadNotFoundError:
        return "its upload has no metadata" if age > LEFTOVER_SECONDS else None
    if snapshot.expires_at is None or snapshot.expires_at > datetime.now(UTC):
        return None
    return f"its upload expired at {snapshot.expires_at.isoformat(timespec='seconds')}"


def is_unlocked(folder: Path) -> bool:
    """Return whether no process holds the lock of a work folder."""
    if not (folder / _LOCK).exists():
        return time.time() - folder.stat().st_mtime > LEFTOVER_SECONDS
    lock = FileLock(folder / _LOCK, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except (Timeout, OSError):
        return False
    lock.release()
    return True


def _walk(root: Path, folder: str, *, hidden: bool = False) -> Iterator[tuple[str, os.stat_result]]:
    """Yield path below `root` and status of the regular files in a folder and its subfolders."""
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            with os.scandir(root / current) as entries:
                for entry in entries:
                    path = f"{current}/{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith("."):
                            pending.append(path)
                    elif entry.is_file(follow_symlinks=False) and entry.name.startswith(".") == hidden:
                        yield path, entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
