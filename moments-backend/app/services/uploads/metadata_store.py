"""What is kept of an upload beside its bytes, and where both lie.

Each upload has a folder of its own below `static/uploads/`: the file under its own name, so that every
message names it as its user does, and `upload.json`, replaced atomically. How many bytes have arrived is not
written down: the file's size says it, also after the process was killed.
"""

import logging
import re
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from app.core.config import Settings
from app.core.exceptions import UploadNotFoundError
from app.core.files.atomic import atomic_write, mapped_write_errors
from app.models.pipeline import RunError
from app.models.upload import UploadStatus

logger = logging.getLogger(__name__)

SIDECAR = "upload.json"
LOCK = ".lock"
FINISHED_SECONDS = 24 * 3600
"""How long is remembered what came of an upload."""
REMAINS_SECONDS = 3600

_ID = re.compile(r"[0-9a-f]{32}")


class UploadInfo(BaseModel):
    """The sidecar. `stored_as` is the file's name in the folder of videos, written before it gets that name.

    `metadata` is what the client said, word for word: the protocol gives it back.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    filename: str
    size: int
    metadata: dict[str, str]
    find_moments: bool = False
    status: UploadStatus = "receiving"
    stored_as: str | None = None
    is_duplicate: bool = False
    request_id: str | None = None
    error: RunError | None = None
    created_at: datetime
    finished_at: datetime | None = None

    def with_changes(self, **fields: Any) -> Self:
        return self.model_copy(update=fields)

    @property
    def video_id(self) -> str | None:
        return None if self.stored_as is None else Path(self.stored_as).stem


class UploadDirectory:
    """The folder of one upload. Its methods block: call them in a thread.

    Raises:
        UploadNotFoundError: the id is none of ours; from every method also when the upload is gone.
    """

    def __init__(self, settings: Settings, upload_id: str) -> None:
        if not _ID.fullmatch(upload_id):
            raise UploadNotFoundError(upload_id)
        self.id = upload_id
        self.path = settings.uploads_dir / upload_id
        self._videos_dir = settings.videos_dir
        self._ttl = timedelta(seconds=settings.upload_ttl)

    @property
    def lock(self) -> Path:
        return self.path / LOCK

    def create(self, record: UploadInfo) -> None:
        """The sidecar last: what has none is no upload."""
        with mapped_write_errors(self.path):
            self.path.mkdir(parents=True)
            self.file(record).touch(exist_ok=False)
        self.save(record)

    def load(self) -> UploadInfo:
        try:
            return UploadInfo.model_validate_json((self.path / SIDECAR).read_bytes())
        except FileNotFoundError:
            raise UploadNotFoundError(self.id) from None
        except (OSError, ValidationError) as error:
            logger.warning("upload %s cannot be read: %s", self.id, error)
            raise UploadNotFoundError(self.id) from error

    def save(self, record: UploadInfo) -> None:
        atomic_write(self.path / SIDECAR, record.model_dump_json(indent=1).encode())

    def file(self, record: UploadInfo) -> Path:
        """Where the bytes are until the folder of videos has them."""
        return self.path / record.filename

    def target(self, record: UploadInfo) -> Path | None:
        """Where the folder of videos has, or is to have, the file."""
        return None if record.stored_as is None else self._videos_dir / record.stored_as

    def offset(self, record: UploadInfo) -> int:
        """How many bytes are here."""
        if record.status != "receiving":
            return record.size
        try:
            return self.file(record).stat().st_size
        except FileNotFoundError:
            raise UploadNotFoundError(self.id) from None

    def has_content(self, record: UploadInfo) -> bool:
        """Whether the file is still anywhere."""
        target = self.target(record)
        return self.file(record).exists() or (target is not None and target.exists())

    def is_uploaded_file(self, record: UploadInfo) -> bool:
        """Whether the folder of videos has the very file that was uploaded, and not one that was there."""
        file, target = self.file(record), self.target(record)
        if target is None or record.is_duplicate or not target.is_file():
            return False
        return file.samefile(target) if file.exists() else target.stat().st_size == record.size

    def expires_at(self, record: UploadInfo) -> datetime | None:
        """None while it is registered."""
        if record.status == "registering":
            return None
        if record.finished_at is not None:
            stays = self._ttl if self.has_content(record) and record.status == "failed" else None
            return record.finished_at + (stays or timedelta(seconds=FINISHED_SECONDS))
        try:
            arrived = datetime.fromtimestamp(self.file(record).stat().st_mtime, UTC)
        except FileNotFoundError:
            return record.created_at
        return max(arrived, record.created_at) + self._ttl

    def delete_content(self, record: UploadInfo) -> None:
        """Remove the file, if it is still here."""
        self.file(record).unlink(missing_ok=True)

    def remove_leftovers(self) -> None:
        """Of an upload that was not quite made, or not quite removed; one just being made is left alone."""
        with suppress(FileNotFoundError):
            is_old = time.time() - self.path.stat().st_mtime > REMAINS_SECONDS
            if is_old and not (self.path / SIDECAR).exists():
                self.remove()

    def remove(self) -> None:
        """The sidecar first: what is left of a removal that was cut short is no upload."""
        (self.path / SIDECAR).unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)


def upload_directories(settings: Settings) -> list[UploadDirectory]:
    """Every upload's, and those of which something was left. Blocks: call it in a thread."""
    return [
        UploadDirectory(settings, path.name)
        for path in settings.uploads_dir.glob("*/")
        if _ID.fullmatch(path.name) and not path.is_symlink()
    ]
