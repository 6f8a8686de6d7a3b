"""TRANSITIONAL: the JSON registry of the links that videos came from.

What is transitional:  this module and `static/url_registry.json`.
Source of truth:       the table `videos`, column `source_url`; where the two differ, the table is right.
Who still reads it:    nobody inside this project; programs around it may, so the pipeline writes both.
When it goes:          in phase 10, with its last outside reader. Ruff's banned-api keeps new readers away.

Making ids and comparing links is not transitional: `app/core/urls/normalization.py`.
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
    """One link, normalised, and the video that came from it."""

    url: str
    video_id: str
    registered_at: datetime


_FILE = TypeAdapter(dict[str, RegistryEntry])


class URLRegistry:
    """Links and their videos, in one JSON object keyed by normalised link.

    Writers take turns through a lock file beside it, across processes and threads. Readers need none,
    because the file is replaced whole. Every method blocks: call it in a thread. A file that is damaged is
    moved aside under a name of its own, and the registry starts anew.

    Methods that take a link raise `InvalidRequestError` for what is none; all of them raise `LocalFileError`
    when the disk does not do its part.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or get_settings().url_registry_file

    def lookup_by_url(self, url: str) -> RegistryEntry | None:
        return self._read().get(normalise_source_url(url))

    def register(self, url: str, video_id: str) -> RegistryEntry:
        """Remember where a video came from. A link that is known already goes over to the new video."""
        entry = RegistryEntry(normalise_source_url(url), video_id, datetime.now(UTC))

        def add(entries: dict[str, RegistryEntry]) -> bool:
            entries[entry.url] = entry
            return True

        self._change(add)
        return entry

    def unregister(self, url: str) -> bool:
        """Whether the link was known."""
        address = normalise_source_url(url)
        return self._change(lambda entries: entries.pop(address, None) is not None)

    def get_video_id_for_url(self, url: str) -> str:
        """The id of the video that came from this link, or else the one that a new video would get."""
        address = normalise_source_url(url)
        entries = self._read()
        if address in entries:
            return entries[address].video_id
        made = self.generate_video_id_from_url(url)
        taken = any(entry.video_id == made for entry in entries.values())
        return with_hash_suffix(made, url) if taken else made

    @staticmethod
    def generate_video_id_from_url(url: str) -> str:
        return video_id_from_url(url)

    def _read(self) -> dict[str, RegistryEntry]:
        try:
            return self._parsed()
        except ValidationError:
            with self._locked():
                return self._parsed_or_moved_aside()

    def _change(self, change: Callable[[dict[str, RegistryEntry]], bool]) -> bool:
        """Read, change and replace the file as one step; `change` says whether there is something to keep."""
        with self._locked():
            entries = self._parsed_or_moved_aside()
            changed = change(entries)
            if changed:
                atomic_write(self._path, _FILE.dump_json(entries, indent=2) + b"\n")
            return changed

    def _parsed(self) -> dict[str, RegistryEntry]:
        try:
            stored = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise FileUnreadableError(
                f"{self._path} cannot be read: {error.strerror}", remedy="check its owner and permissions"
            ) from error
        return _FILE.validate_json(stored)

    def _parsed_or_moved_aside(self) -> dict[str, RegistryEntry]:
        """Only under the lock: between reading and moving nobody else may have mended the file."""
        try:
            return self._parsed()
        except ValidationError:
            backup = self._path.with_name(f"{self._path.name}.damaged-{uuid4().hex[:8]}")
            with mapped_write_errors(backup):
                self._path.rename(backup)
            logger.warning(
                "%s was damaged and is kept as %s; the registry starts anew, the database has every link",
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
                    f"{self._path} was held by another process for {LOCK_TIMEOUT_SECONDS:g} s",
                    remedy="try again; look for a process that hangs",
                ) from error
        try:
            yield
        finally:
            lock.release()
