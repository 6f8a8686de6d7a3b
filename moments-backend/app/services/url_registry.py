"""TRANSITIONAL: the JSON registry of download links.

Source of truth:  column `source_url` of the table `videos`. If the two differ, the table is right.
Written by:       the pipeline, which writes both.
Read by:          external programs only; nothing in this project. Ruff's banned-api rejects new imports.
Removal:          in phase 10, with the last external reader, together with `static/url_registry.json`.

Creating ids and normalising links is not transitional: see `app/core/urls/normalization.py`.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from app.core.config import get_settings
from app.core.exceptions import FileUnreadableError, LocalFileError
from app.core.files.atomic import atomic_write, mapped_write_errors
from app.core.urls.normalization import normalise_source_url, video_id_from_url, with_hash_suffix

LOCK_TIMEOUT_SECONDS = 30.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """A normalised link, and the video that was downloaded from it."""

    url: str
    video_id: str
    registered_at: datetime


_FILE = TypeAdapter(dict[str, RegistryEntry])


class URLRegistry:
    """Links and their videos in one JSON object, keyed by normalised link.

    A lock file serialises writers across processes and threads. Readers need no lock, because the file is
    replaced atomically. A damaged file is renamed, and an empty registry takes its place. Every method
    blocks: call it in a thread.

    Methods that take a link raise `InvalidRequestError` if it is not a URL; all raise `LocalFileError` if the
    file cannot be read or written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or get_settings().url_registry_file

    def lookup_by_url(self, url: str) -> RegistryEntry | None:
        return self._read().get(normalise_source_url(url))

    def register(self, url: str, video_id: str) -> RegistryEntry:
        """Record the origin of a video. A known link is reassigned to the new video."""
        entry = RegistryEntry(normalise_source_url(url), video_id, datetime.now(UTC))

        def add(entries: dict[str, RegistryEntry]) -> bool:
            entries[entry.url] = entry
            return True

        self._change(add)
        return entry

    def unregister(self, url: str) -> bool:
        """Remove a link. Return whether it was registered."""
        address = normalise_source_url(url)
        return self._change(lambda entries: entries.pop(address, None) is not None)

    def get_video_id_for_url(self, url: str) -> str:
        """Return the id of the video from this link, or else the id that a new video would get."""
        address = normalise_source_url(url)
        entries = self._read()
        if address in entries:
            return entries[address].video_id
        video_id = self.generate_video_id_from_url(url)
        is_taken = any(entry.video_id == video_id for entry in entries.values())
        return with_hash_suffix(video_id, url) if is_taken else video_id

    @staticmethod
    def generate_video_id_from_url(url: str) -> str:
        return video_id_from_url(url)

    def _read(self) -> dict[str, RegistryEntry]:
        try:
            return self._parse()
        except ValidationError:
            with self._locked():
                return self._parse_or_move_aside()

    def _change(self, change: Callable[[dict[str, RegistryEntry]], bool]) -> bool:
        """Read, change and replace the file under the lock; `change` returns whether to save."""
        with self._locked():
            entries = self._parse_or_move_aside()
            changed = change(entries)
            if changed:
                atomic_write(self._path, _FILE.dump_json(entries, indent=2) + b"\n")
            return changed

    def _parse(self) -> dict[str, RegistryEntry]:
        try:
            stored = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise FileUnreadableError(
                f"{self._path} cannot be read: {error.strerror}", remedy="check its owner and permissions"
            ) from error
        return _FILE.validate_json(stored)

    def _parse_or_move_aside(self) -> dict[str, RegistryEntry]:
        """Parse again under the lock, because another process may have replaced the damaged file."""
        try:
            return self._parse()
        except ValidationError:
            backup = self._path.with_name(f"{self._path.name}.damaged-{uuid4().hex[:8]}")
            with mapped_write_errors(backup):
                self._path.rename(backup)
            logger.warning(
                "%s was damaged and renamed to %s; the registry restarts empty (see the database)",
                self._path,
                backup.name,
            )
            return {}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        path = self._path.with_name(f"{self._path.name}.lock")
        with mapped_write_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path, timeout=LOCK_TIMEOUT_SECONDS)
            try:
                lock.acquire()
            except Timeout as error:
                raise LocalFileError(
                    f"{self._path} was locked by another process for {LOCK_TIMEOUT_SECONDS:g} s",
                    remedy="try again; end the process if it hangs",
                ) from error
        try:
            yield
        finally:
            lock.release()
