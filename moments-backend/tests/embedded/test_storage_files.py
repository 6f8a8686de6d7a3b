"""The files of the storage server: leftovers of interrupted writes, and damaged ones."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from embedded.stack import EmbeddedStack
from embedded.storage_server.api_errors import ApiError
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.index import Upload
from embedded.storage_server.listing import Query
from embedded.storage_server.resources import Preconditions
from embedded.storage_server.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def put(store: Store, name: str, content: bytes) -> None:
    with BlobWriter(store.blobs, store.blobs.new_name()) as writer:
        writer.append([content])
        store.insert("bucket-1", name, writer, {}, Preconditions())


def content_of(store: Store, name: str) -> bytes:
    return store.blobs.path(store.get("bucket-1", name).blob).read_bytes()


def names_of(store: Store) -> list[str]:
    return [found.name for found in store.list("bucket-1", Query()).objects]


class Directory:
    """A store that is closed and opened again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = Store(path, durable=False)

    def reopen(self) -> Store:
        self.store.close()
        self.store = Store(self.path, durable=False)
        return self.store

    def damage(self, *, at: int, size: int) -> None:
        """Overwrite a part of the closed index."""
        self.store.close()
        with (self.path / "index.sqlite3").open("r+b") as file:
            file.seek(at)
            file.write(b"\xff" * size)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    directory = Directory(tmp_path / "storage")
    directory.store.create_bucket("bucket-1")
    yield directory
    directory.store.close()


def test_directory_is_private(directory: Directory) -> None:
    put(directory.store, "a", b"1")
    for path in (directory.path, *directory.path.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_blobs_without_a_row_are_deleted_at_start(directory: Directory) -> None:
    put(directory.store, "kept", b"kept")
    with BlobWriter(directory.store.blobs, directory.store.blobs.new_name()) as unfinished:
        unfinished.append([b"half"])
    store = directory.reopen()
    assert len(list(store.blobs.names())) == 1
    assert content_of(store, "kept") == b"kept"


def test_replaced_content_is_deleted(directory: Directory) -> None:
    put(directory.store, "a", b"1")
    put(directory.store, "a", b"2")
    assert content_of(directory.store, "a") == b"2"
    assert len(list(directory.store.blobs.names())) == 1


def test_copy_shares_content_until_one_is_deleted(directory: Directory) -> None:
    store = directory.store
    put(store, "a", b"content")
    store.copy(store.get("bucket-1", "a"), "bucket-1", "b", {}, Preconditions())
    first, second = (store.blobs.path(store.get("bucket-1", name).blob).stat() for name in "ab")
    assert first.st_ino == second.st_ino
    store.delete("bucket-1", "a", Preconditions())
    assert content_of(store, "b") == b"content"


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_lost_content_is_named_and_the_rest_served(
    directory: Directory, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    put(directory.store, "lost", b"123")
    put(directory.store, "kept", b"2")
    blob = directory.store.blobs.path(directory.store.get("bucket-1", "lost").blob)
    if damage == "missing":
        blob.unlink()
    else:
        blob.write_bytes(b"12")
    with caplog.at_level(logging.ERROR):
        store = directory.reopen()
    assert "bucket-1/lost" in caplog.text
    assert names_of(store) == ["kept"]
    assert content_of(store, "kept") == b"2"
    with pytest.raises(ApiError, match="No such object"):
        store.get("bucket-1", "lost")
    put(store, "lost", b"again")
    assert content_of(directory.reopen(), "lost") == b"again"


def test_content_that_comes_back_is_served_again(directory: Directory) -> None:
    put(directory.store, "a", b"1")
    generation = directory.store.get("bucket-1", "a").generation
    blob = directory.store.blobs.path(directory.store.get("bucket-1", "a").blob)
    elsewhere = directory.path / "elsewhere"
    blob.rename(elsewhere)
    assert names_of(directory.reopen()) == []
    elsewhere.rename(blob)
    assert directory.reopen().get("bucket-1", "a").generation == generation


def test_damaged_rows_are_recovered(directory: Directory, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(200):
        put(directory.store, f"object-{number:03}", b"x")
    directory.store.close()
    size = (directory.path / "index.sqlite3").stat().st_size
    directory.damage(at=size - 4096, size=4096)
    with caplog.at_level(logging.ERROR):
        store = directory.reopen()
    assert "is damaged" in caplog.text
    assert "objects recovered" in caplog.text
    assert len(list(store.blobs.names())) == 200  # an unreadable row may have named any of them
    assert len(names_of(store)) > 50
    put(store, "new", b"new")
    assert content_of(store, "new") == b"new"


def test_damaged_header_is_replaced_by_the_backup(
    directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        put(directory.store, f"object-{number:03}", b"x")
    directory.reopen()  # writes the backup
    directory.damage(at=0, size=4096)
    with caplog.at_level(logging.ERROR):
        store = directory.reopen()
    assert "20 from its backup" in caplog.text
    assert len(names_of(store)) == 20
    assert list(directory.path.glob("index.damaged-*"))


def test_index_of_another_format_is_replaced(directory: Directory) -> None:
    put(directory.store, "a", b"1")
    directory.reopen()
    directory.store.close()
    (directory.path / "index.sqlite3").write_bytes(b"text " * 5000)
    assert names_of(directory.reopen()) == ["a"]


def test_index_that_cannot_be_opened_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite3").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        Store(tmp_path, durable=False)
    assert not list(tmp_path.glob("index.damaged-*"))


def test_problems_are_reported_by_make_run(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "storage")
    directory.store.create_bucket("bucket-1")
    put(directory.store, "videos/lost.mp4", b"1")
    directory.store.blobs.delete(directory.store.get("bucket-1", "videos/lost.mp4").blob)
    directory.store.close()
    messages: list[str] = []
    options: dict[str, Any] = {"database": False, "redis": False, "durable": False}
    with EmbeddedStack(tmp_path, bucket="bucket-1", report=messages.append, **options):
        assert messages == [
            "GCS server: the content of object bucket-1/videos/lost.mp4 is missing; upload it again"
        ]


def test_abandoned_upload_sessions_are_deleted(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    store = directory.store
    blob = store.blobs.new_name()
    with BlobWriter(store.blobs, blob) as writer:
        writer.append([b"half"])
    store.index.put_upload(Upload("id", "bucket-1", "a", blob, None, {}, {}))
    assert list(directory.reopen().blobs.names()) == [blob]
    monkeypatch.setattr("embedded.storage_server.store.UPLOAD_LIFETIME_SECONDS", -1)
    directory.store.delete_old_uploads()
    assert list(directory.store.blobs.names()) == []
    assert directory.store.index.get_upload("id") is None
