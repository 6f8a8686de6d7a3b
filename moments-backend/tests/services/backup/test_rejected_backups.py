"""Backup files that are damaged, foreign, or of a newer version, and existing files."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from app.core.exceptions import (
    ConflictError,
    IncompatibleBackupError,
    InvalidBackupError,
)
from app.services.backup.archive import MANIFEST, MAX_MANIFEST_BYTES, BackupReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.core.config import Settings


from tests.services.backup.conftest import backup_of, content, restore


def rewritten(file: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> None:
    """Write the archive again with changed members."""
    with zipfile.ZipFile(file) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members:
            if (changed := change(name, data)) is not None:
                archive.writestr(*changed)


def with_manifest(**values: object) -> Callable[[str, bytes], tuple[str, bytes]]:
    def change(name: str, data: bytes) -> tuple[str, bytes]:
        return name, json.dumps(json.loads(data) | values).encode() if name == MANIFEST else data

    return change


def outside(name: str, data: bytes) -> tuple[str, bytes]:
    """Rename a document to a path outside `STATIC_DIR`, in the manifest as well."""
    bad = "documents/transcripts/../../../evil.json"
    if name == MANIFEST:
        return name, data.replace(b"documents/transcripts/talk.json", bad.encode())
    return (bad if name == "documents/transcripts/talk.json" else name), data


DAMAGE: dict[str, Callable[[str, bytes], tuple[str, bytes] | None]] = {
    "changed": lambda name, data: (name, data + b"x" if name == "database/videos.copy" else data),
    "missing": lambda name, data: None if name == "database/videos.copy" else (name, data),
    "no manifest": lambda name, data: None if name == MANIFEST else (name, data),
    "path outside": outside,
    "no time": with_manifest(created_at="yesterday"),
}


@pytest.mark.parametrize("kind", DAMAGE)
async def test_damaged_backup_is_rejected(
    filled: Settings, empty_world: Settings, tmp_path: Path, kind: str
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    rewritten(file, DAMAGE[kind])
    before = content(empty_world)
    with pytest.raises(InvalidBackupError):
        restore(empty_world, file)
    assert content(empty_world) == before
    assert not empty_world.static_path.exists()
    assert not list(tmp_path.rglob("evil.json"))


async def test_truncated_and_other_files_are_rejected(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    whole = file.read_bytes()
    for damaged in (
        whole[:-1],
        whole[: len(whole) // 2],
        b"",
        b"not an archive",
        whole[:200] + b"?" + whole[201:],
    ):
        file.write_bytes(damaged)
        with pytest.raises(InvalidBackupError):
            restore(empty_world, file)


def test_archives_that_cannot_be_unpacked_are_rejected(tmp_path: Path) -> None:
    """The archive may come from anywhere: no error of a library ends the command with a stack trace."""
    file = tmp_path / "library.zip"
    member, manifest = "documents/moments/a.json", {"created_at": "", "revision": "", "bucket": ""}
    listed = manifest | {"tables": {}, "sequences": {}, "members": {member: {"size": 1, "sha256": ""}}}

    def write_archive(text: str, *, flags: int = 0, method: int = 0) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(member), b"a")
            archive.writestr(MANIFEST, text)
        data = bytearray(file.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            found = data.index(signature) + offset
            data[found : found + 4] = bytes([flags, 0, method, 0])
        file.write_bytes(data)

    for text, changes in (
        (json.dumps(listed), {"flags": 1}),  # encrypted
        (json.dumps(listed), {"method": 97}),
        ("[" * 100_000, {}),
        (" " * (MAX_MANIFEST_BYTES + 1), {}),
    ):
        write_archive(text, **changes)
        with pytest.raises(InvalidBackupError), BackupReader(file) as reader:
            reader.verify()


@pytest.mark.parametrize("values", [{"revision": "9999"}, {"format": 2}])
async def test_backup_of_newer_version_is_rejected(
    filled: Settings, empty_world: Settings, tmp_path: Path, values: dict[str, object]
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    rewritten(file, with_manifest(**values))
    with pytest.raises(IncompatibleBackupError) as error:
        restore(empty_world, file)
    assert "newer" in (error.value.remedy or "")


def test_existing_file_is_not_overwritten(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "library.zip").write_text("precious")
    with pytest.raises(ConflictError):
        backup_of(settings, tmp_path / "library.zip")
    assert (tmp_path / "library.zip").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["library.zip"]
