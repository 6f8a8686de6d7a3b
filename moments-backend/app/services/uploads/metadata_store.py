"""Directories of uploads: the received bytes, and metadata beside them.

Each upload has a directory below `static/uploads/`: the file under its own name, so that error messages show
that name, and `upload.json`, which is replaced atomically. The offset is not recorded: it is the file's size,
which is correct even after the process was killed.
"""

import logging
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from app.core.config import Settings
from app.core.exceptions import UploadNotFoundError
from app.core.files.atomic import atomic_write, mapped_write_errors
from app.models.pipeline import RunError
from app.models.upload import UploadStatus
from app.services.library.identity import identifier_of

logger = logging.getLogger(__name__)

SIDECAR = "upload.json"
LOCK = ".lock"
FINISHED_SECONDS = 24 * 3600
"""Retention of the metadata of a finished upload."""
LEFTOVER_SECONDS = 3600
"""Age at which a directory without metadata is deleted; a younger one may be in creation."""

_ID = re.compile(r"[0-9a-f]{32}")


class UploadInfo(BaseModel):
    """Content of `upload.json`.

    `stored_as` is the file's path below the folder of videos, saved before the file is moved there.
    `duplicate_of` is the id of a video of another name with the same bytes, for which nothing is moved.
    `metadata` is what the client sent, unchanged: the protocol returns it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    filename: str
    folder: str = ""
    size: int
    metadata: dict[str, str]
    find_moments: bool = False
    status: UploadStatus = "receiving"
    stored_as: str | None = None
    is_duplicate: bool = False
    duplicate_of: str | None = None
    is_restored: bool = False
    request_id: str | None = None
    error: RunError | None = None
    created_at: datetime
    finished_at: datetime | None = None

    def with_changes(self, **fields: Any) -> Self:
        return self.model_copy(update=fields)

    @property
    def video_id(self) -> str | None:
        if self.duplicate_of is not None or self.stored_as is None:
            return self.duplicate_of
        return identifier_of(self.stored_as)


@dataclass(frozen=True, slots=True)
class UploadSnapshot:
    """Metadata of an upload with its current offset and expiry."""

    info: UploadInfo
    offset: int
    expires_at: datetime | None
    """None while it is being registered."""

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


class UploadDirectory:
    """The directory of one upload. All methods block: call them in a thread.

    Every method raises `UploadNotFoundError` if the upload does not exist; the constructor, if the id is
    malformed.
    """

    def __init__(self, settings: Settings, upload_id: str) -> None:
        if not is_upload_id(upload_id):
            raise UploadNotFoundError(upload_id)
        self.id = upload_id
        self.path = settings.uploads_dir / upload_id
        self._videos_dir = settings.videos_dir
        self._ttl = timedelta(seconds=settings.upload_ttl)

    @property
    def sidecar(self) -> Path:
        return self.path / SIDECAR

    @property
    def lock(self) -> Path:
        return self.path / LOCK

    def create(self, info: UploadInfo) -> None:
        """Create the directory. The metadata is written last: a directory without it is a leftover."""
        with mapped_write_errors(self.path):
            self.path.mkdir(parents=True)
            self.file(info).touch(exist_ok=False)
        self.save(info)

    def load(self) -> UploadInfo:
        try:
            return UploadInfo.model_validate_json(self.sidecar.read_bytes())
        except FileNotFoundError:
            raise UploadNotFoundError(self.id) from None
        except (OSError, ValidationError) as error:
            logger.warning("cannot read upload %s: %s", self.id, error)
            raise UploadNotFoundError(self.id) from error

    def save(self, info: UploadInfo) -> None:
        atomic_write(self.sidecar, info.model_dump_json(indent=1).encode())

    def snapshot(self, info: UploadInfo | None = None) -> UploadSnapshot:
        """Return the current state; `info` is loaded if it is not given."""
        info = info or self.load()
        return UploadSnapshot(info, self.offset(info), self.expires_at(info))

    def file(self, info: UploadInfo) -> Path:
        """Return the path of the bytes until they are moved to the folder of videos."""
        return self.path / info.filename

    def target(self, info: UploadInfo) -> Path | None:
        """Return the file's path in the folder of videos, once the name is reserved."""
        return None if info.stored_as is None else self._videos_dir / info.stored_as

    def offset(self, info: UploadInfo) -> int:
        """Return the number of received bytes."""
        if info.status != "receiving":
            return info.size
        try:
            return self.file(info).stat().st_size
        except FileNotFoundError:
            raise UploadNotFoundError(self.id) from None

    def expires_at(self, info: UploadInfo) -> datetime | None:
        """Return None while the upload is being registered."""
        if info.status == "registering":
            return None
        if info.finished_at is not None:
            can_retry = info.status == "failed" and self.has_content(info)
            return info.finished_at + (self._ttl if can_retry else timedelta(seconds=FINISHED_SECONDS))
        try:
            last_write = datetime.fromtimestamp(self.file(info).stat().st_mtime, UTC)
        except FileNotFoundError:
            return info.created_at
        return max(last_write, info.created_at) + self._ttl

    def has_content(self, info: UploadInfo) -> bool:
        """Return whether the bytes still exist, here or in the folder of videos."""
        target = self.target(info)
        return self.file(info).exists() or (target is not None and target.exists())

    def is_uploaded_file(self, info: UploadInfo) -> bool:
        """Return whether the target is the uploaded file itself, not a duplicate that existed before."""
        file, target = self.file(info), self.target(info)
        if target is None or info.is_duplicate or not target.is_file():
            return False
        return file.samefile(target) if file.exists() else target.stat().st_size == info.size

    def moved_file(self, info: UploadInfo) -> Path | None:
        """Return the target if an earlier attempt has moved the file there; None without a target."""
        is_moved = self.is_uploaded_file(info) or not self.file(info).exists()
        return self.target(info) if is_moved else None

    def delete_content(self, info: UploadInfo) -> None:
        """Delete the file if it is still in this directory."""
        self.file(info).unlink(missing_ok=True)

    def remove_leftovers(self) -> None:
        """Delete a directory left by an interrupted create or remove, unless it is recent."""
        with suppress(FileNotFoundError):
            is_old = time.time() - self.path.stat().st_mtime > LEFTOVER_SECONDS
            if is_old and not self.sidecar.exists():
                self.remove()

    def remove(self) -> None:
        """Delete the directory. The metadata is deleted first, so an interrupted removal leaves no upload."""
        self.sidecar.unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)


def is_upload_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def upload_directories(settings: Settings) -> list[UploadDirectory]:
    """Return every directory of an upload, leftovers included. Blocks: call it in a thread."""
    return [
        UploadDirectory(settings, path.name)
        for path in settings.uploads_dir.glob("*/")
        if is_upload_id(path.name) and not path.is_symlink()
    ]
