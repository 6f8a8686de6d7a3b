"""The local original of a video: the file below the folder of videos that is the row's own.

A file of the right name may be another video, for example after `migrate --on-conflict rename`, or after a
file was replaced on disk. The row decides: by the path that it states, else by the object's file name, and in
both cases by the size.
"""

import asyncio
import time
from pathlib import Path
from typing import NamedTuple

from app.core.concurrency import CancelCheck, run_cancellable_in_thread
from app.core.config import Settings
from app.core.exceptions import DatabaseError
from app.database.models import Video
from app.database.session import transaction
from app.repositories import directory_listing, video_db_repository
from app.services.library.identity import object_filename
from app.services.storage.checksums import digest_file, map_os_error

DATABASE_TIMEOUT_SECONDS = 3.0
RETRY_SECONDS = 10.0
"""Pause after a failed query, during which files are found by their last known facts or their names."""
MAX_KNOWN_ROWS = 10_000


class OriginalFacts(NamedTuple):
    """The columns of a row that identify its local file."""

    filename: str
    """Last part of the object's name."""
    relative_path: str | None
    """Empty if the file at the path is another video now, None if the path was not recorded."""
    size_bytes: int | None
    is_deleted: bool = False
    """The video is in the trash."""

    @classmethod
    def of(cls, video: Video) -> "OriginalFacts":
        return cls(video.cloud_url.rpartition("/")[2], video.relative_path, video.size_bytes)


def find_original(videos_dir: Path, identifier: str, facts: OriginalFacts | None) -> Path | None:
    """Return the local original. Blocks: call it in a thread.

    Args:
        facts: None if no row has the identifier; then the first file with this identifier is used. A video in
            the trash has no file.
    """
    if facts is not None and facts.is_deleted:
        return None
    path = find_relative_path(videos_dir, identifier, facts)
    return None if path is None else videos_dir / path


def find_relative_path(videos_dir: Path, identifier: str, facts: OriginalFacts | None) -> str | None:
    """Do the same as `find_original`; return the path below the folder of videos."""
    if facts is None:
        return next(iter(directory_listing.find_video(videos_dir, identifier)), None)
    if facts.relative_path is not None:
        paths = [facts.relative_path] if facts.relative_path else []
    else:
        found = directory_listing.find_video(videos_dir, identifier)
        paths = [path for path in found if object_filename(path) == facts.filename]
    return next(
        (path for path in paths if directory_listing.is_inside(videos_dir, path, size=facts.size_bytes)), None
    )


def has_bytes_of(path: Path, video: Video, check: CancelCheck = lambda: None) -> bool:
    """Return whether a file that `find_original` returned has the MD5 of the row. Blocks.

    It is read only if it changed, or got this path, after the registration.

    Raises:
        LocalFileError: it cannot be read, or changed meanwhile.
    """
    if video.md5 is None:
        return True
    try:
        status = path.stat()
    except OSError as error:
        raise map_os_error(error, path) from error
    if max(status.st_mtime, status.st_ctime) <= video.created_at.timestamp():
        return True
    return digest_file(path, check).md5_hex == video.md5


class OriginalFactsReader:
    """Reads the facts of rows, and keeps the last known ones: local files play without a database, too."""

    def __init__(self) -> None:
        self._known: dict[str, OriginalFacts] = {}
        self._unavailable_until = 0.0

    async def read(self, identifier: str) -> OriginalFacts | None:
        """Return the facts; None without a row, and for an unknown one while the database is unavailable."""
        if time.monotonic() < self._unavailable_until:
            return self._known.get(identifier)
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT_SECONDS):
                facts = await _query(identifier)
        except (DatabaseError, TimeoutError):
            self._unavailable_until = time.monotonic() + RETRY_SECONDS
            return self._known.get(identifier)
        self._known.pop(identifier, None)
        if facts is not None:
            if len(self._known) >= MAX_KNOWN_ROWS:
                del self._known[next(iter(self._known))]
            self._known[identifier] = facts
        return facts


async def find_local_original(settings: Settings, video: Video) -> Path | None:
    """Return the local original of a row; see `has_bytes_of` for its cost.

    Raises:
        LocalFileError: it cannot be read, or changed meanwhile.
    """
    facts = OriginalFacts.of(video)

    def find(check: CancelCheck) -> Path | None:
        path = find_original(settings.videos_dir, video.identifier, facts)
        return path if path is not None and has_bytes_of(path, video, check) else None

    return await run_cancellable_in_thread(find)


async def _query(identifier: str) -> OriginalFacts | None:
    async with transaction() as session:
        row = await video_db_repository.get_file_columns(session, identifier)
    return None if row is None else OriginalFacts(row[0].rpartition("/")[2], *row[1:])
