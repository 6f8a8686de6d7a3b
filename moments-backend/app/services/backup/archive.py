"""The file of a backup: a ZIP archive whose last member, the manifest, lists the others with SHA-256."""

import hashlib
import json
import lzma
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ValidationError

from app.core.exceptions import ConflictError, InvalidBackupError, LocalFileNotFoundError
from app.core.files.atomic import mapped_write_errors, move_file_if_absent
from app.core.files.disk_space import fsync_path

FORMAT = 1
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 64 * 1024**2
BLOCK_BYTES = 1024**2
OWNER_ONLY = 0o600
REMEDY = "use another backup; this one is incomplete or damaged"

_DAMAGE = (OSError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
"""Errors of `zipfile`; RuntimeError: an encrypted member or an unknown compression."""


def _aware_time(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("must have a zone")
    return text


class Member(BaseModel):
    size: int
    sha256: str


class TableEntry(BaseModel):
    columns: list[str]


class Manifest(BaseModel):
    """Content of a backup."""

    format: int = FORMAT
    created_at: Annotated[str, AfterValidator(_aware_time)]
    revision: str
    bucket: str
    tables: dict[str, TableEntry]
    sequences: dict[str, int]
    members: dict[str, Member] = {}


class BackupWriter:
    """Writes a hidden file of mode 0600 beside `target`, which gets its name when it is complete.

    Raises:
        ConflictError: `target` exists.
        DiskFullError, LocalFileError: the file cannot be written.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.with_name(f".{uuid4().hex}.part")
        self._members: dict[str, Member] = {}

    def __enter__(self) -> Self:
        self._refuse_existing()
        with mapped_write_errors(self._target):
            descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
            self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", compresslevel=6)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, ValueError):  # after an error, the archive's end need not be written
            self._zip.close()
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, name: str, blocks: Iterable[bytes], *, compress: bool = True) -> int:
        """Add a member and return its size."""
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        entry.external_attr = OWNER_ONLY << 16
        with mapped_write_errors(self._target), self._zip.open(entry, "w", force_zip64=True) as member:
            for block in blocks:
                member.write(block)
                digest.update(block)
                size += len(block)
        self._members[name] = Member(size=size, sha256=digest.hexdigest())
        return size

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, and give the file its name once the disk has everything."""
        complete = manifest.model_copy(update={"members": self._members})
        self.add(MANIFEST, [complete.model_dump_json(indent=1).encode()])
        with mapped_write_errors(self._target):
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
        if not move_file_if_absent(self._part, self._target):
            self._refuse_existing()
        with mapped_write_errors(self._target):
            fsync_path(self._target.parent)

    def _refuse_existing(self) -> None:
        if self._target.exists():
            raise ConflictError(f"{self._target} exists", remedy="name another file")


class BackupReader:
    """An opened backup.

    Raises:
        LocalFileNotFoundError: the file does not exist.
        InvalidBackupError: the file is not a backup, incomplete or damaged.
    """

    def __init__(self, file: Path) -> None:
        self._name = file
        try:
            self._zip = zipfile.ZipFile(file)
            self.manifest = self._read_manifest()
        except FileNotFoundError as error:
            raise LocalFileNotFoundError(f"{file} does not exist", remedy="check the path") from error
        except (*_DAMAGE, ValueError, ValidationError) as error:
            raise InvalidBackupError(
                f"{file} is not a complete backup: {_reason(error)}", remedy=REMEDY
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def verify(self) -> None:
        """Compare every member with the manifest.

        Raises:
            InvalidBackupError: a member is missing, unknown or has other bytes.
        """
        counts = Counter(self._zip.namelist())
        expected = self.manifest.members
        unexpected = sorted(counts.keys() ^ {*expected, MANIFEST}) or sorted(
            name for name, count in counts.items() if count > 1
        )
        if unexpected:
            raise self._damaged(f"{unexpected[0]} is missing or not listed in the manifest")
        for name, member in expected.items():
            digest, size = hashlib.sha256(), 0
            for block in self.read(name):
                digest.update(block)
                size += len(block)
            if (size, digest.hexdigest()) != (member.size, member.sha256):
                raise self._damaged(f"the checksum of {name} differs")

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a member."""
        try:
            with self._zip.open(name) as member:
                while block := member.read(BLOCK_BYTES):
                    yield block
        except _DAMAGE as error:
            raise self._damaged(f"{name} cannot be read: {_reason(error)}") from error

    def _read_manifest(self) -> Manifest:
        with self._zip.open(MANIFEST) as member:
            text = member.read(MAX_MANIFEST_BYTES + 1)
        if len(text) > MAX_MANIFEST_BYTES:
            raise ValueError(f"the manifest is larger than {MAX_MANIFEST_BYTES} bytes")
        return Manifest.model_validate(json.loads(text))

    def _damaged(self, cause: str) -> InvalidBackupError:
        return InvalidBackupError(f"{self._name}: {cause}", remedy=REMEDY)


def file_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: Exception) -> Any:
    return "it has no manifest" if isinstance(error, KeyError) else str(error).partition("\n")[0]
