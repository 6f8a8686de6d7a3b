"""The files of a backup: documents below `STATIC_DIR`, and the local videos on request."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from uuid import uuid4

from app.core.config import Settings
from app.core.exceptions import InvalidBackupError, LibraryNotEmptyError
from app.core.files.atomic import mapped_write_errors
from app.core.files.disk_space import ensure_free_space
from app.core.files.private_folder import OWNER_ONLY
from app.repositories.transcript_repository import RECOGNISED
from app.services.backup.archive import BackupReader, sha256_of

DOCUMENTS = "documents"
VIDEOS = "videos"
FOLDERS = ("transcripts", f"transcripts/{RECOGNISED}", "moments", "chapters")
REGISTRY = "url_registry.json"
STAGING_PREFIX = ".restore-"
LEFTOVER_SECONDS = 24 * 3600
"""Longer than a restore takes, so that a running one keeps its files."""


def document_files(settings: Settings) -> dict[str, Path]:
    """Return the documents on this machine, by their names in a backup."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((settings.static_path / folder).glob("[!.]*.json")):
            found[f"{DOCUMENTS}/{folder}/{path.name}"] = path
    if settings.url_registry_file.is_file():
        found[f"{DOCUMENTS}/{REGISTRY}"] = settings.url_registry_file
    return found


def video_files(settings: Settings) -> dict[str, Path]:
    """Return the local videos, by their names in a backup; hidden files and folders are left out."""
    found = {}
    for folder, folders, names in os.walk(settings.videos_dir):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith(".") and path.is_file():
                found[f"{VIDEOS}/{path.relative_to(settings.videos_dir).as_posix()}"] = path
    return found


def target_of(name: str, settings: Settings) -> Path:
    """Return where a member is restored to.

    Raises:
        InvalidBackupError: the name is not one that a backup contains, for example one with `..`.
    """
    parts = PurePosixPath(name).parts
    plain = "/".join(parts) == name and not {".", ".."} & set(parts) and "\0" not in name
    match parts:
        case ("documents", *folders, file) if (
            plain and "/".join(folders) in FOLDERS and file.endswith(".json")
        ):
            return settings.static_path.joinpath(*folders, file)
        case ("documents", "url_registry.json") if plain:
            return settings.url_registry_file
        case ("videos", _, *_) if plain:
            return settings.videos_dir.joinpath(*parts[1:])
    raise InvalidBackupError(f"the backup contains an unexpected file: {name!r}")


class RestoredFiles:
    """Files of a backup, unpacked beside their targets so that `place` only renames them."""

    def __init__(self, settings: Settings, reader: BackupReader) -> None:
        self._reader = reader
        members = reader.manifest.members
        self._targets = {
            name: target_of(name, settings) for name in members if name.startswith((DOCUMENTS, VIDEOS))
        }
        self._staging = settings.static_path / f"{STAGING_PREFIX}{uuid4().hex}"
        self._staged: dict[Path, Path] = {}

    def refuse_conflicts(self) -> None:
        """Check that no target exists with other content.

        Raises:
            LibraryNotEmptyError: one does.
        """
        for name, target in self._targets.items():
            if target.exists() and sha256_of(target) != self._reader.manifest.members[name].sha256:
                raise LibraryNotEmptyError(
                    f"{target} exists and differs from the backup",
                    remedy="move it away, or replace existing data with --force",
                )

    @contextmanager
    def unpacked(self) -> Iterator[None]:
        """Unpack the files for the block.

        Raises:
            DiskFullError, LocalFileError: they cannot be written.
        """
        self._delete_leftovers()
        try:
            with mapped_write_errors(self._staging):
                self._staging.mkdir(mode=OWNER_ONLY, parents=True)
                sizes = (self._reader.manifest.members[name].size for name in self._targets)
                ensure_free_space(self._staging, sum(sizes))
                for number, (name, target) in enumerate(self._targets.items()):
                    staged = self._staging / str(number)
                    with staged.open("xb") as file:
                        file.writelines(self._reader.read(name))
                    self._staged[target] = staged
            yield
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)

    def _delete_leftovers(self) -> None:
        """Delete what a killed restore left behind."""
        for path in self._staging.parent.glob(f"{STAGING_PREFIX}*"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
                    shutil.rmtree(path)

    def place(self) -> int:
        """Move the files to their targets and return their number; undo all of it if one cannot be moved."""
        done: list[tuple[Path, Path | None]] = []
        try:
            for target, staged in self._staged.items():
                with mapped_write_errors(target):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    previous = staged.with_suffix(".previous") if target.exists() else None
                    if previous:
                        target.replace(previous)
                    done.append((target, previous))
                    staged.replace(target)
        except BaseException:
            for target, previous in reversed(done):
                target.unlink(missing_ok=True)
                if previous:
                    previous.replace(target)
            raise
        return len(done)
