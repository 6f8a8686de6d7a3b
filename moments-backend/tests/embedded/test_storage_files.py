"""Durability of the storage server: interrupted writes, damaged files and data of earlier versions."""

from __future__ import annotations

import errno
import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from app.core.config import BACKEND_DIR
from embedded.gcs import make_service_account_key
from embedded.ports import free_port
from embedded.storage_server.application import StorageServer
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.legacy_import import import_legacy_objects
from embedded.storage_server.resources import Preconditions
from embedded.storage_server.signatures import SignatureVerifier
from embedded.storage_server.store import Store

if TYPE_CHECKING:
    from pathlib import Path

KEY = make_service_account_key()
KILLS = 5


def put(store: Store, name: str, content: bytes) -> None:
    with BlobWriter(store.blobs, store.blobs.new_name()) as writer:
        writer.append(content)
        store.insert("bucket-1", name, writer, {}, Preconditions())


def content_of(store: Store, name: str) -> bytes:
    return store.blobs.path(store.get("bucket-1", name).blob).read_bytes()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "storage", durable=False)
    store.create_bucket("bucket-1")
    return store


def test_blobs_without_a_row_are_deleted_at_start(store: Store, tmp_path: Path) -> None:
    put(store, "kept", b"kept")
    with BlobWriter(store.blobs, store.blobs.new_name()) as unfinished:
        unfinished.append(b"half")
    store.close()
    again = Store(tmp_path / "storage", durable=False)
    assert len(list(again.blobs.names())) == 1
    assert content_of(again, "kept") == b"kept"
    again.close()


def test_replaced_content_is_deleted(store: Store) -> None:
    put(store, "a", b"1")
    put(store, "a", b"2")
    assert content_of(store, "a") == b"2"
    assert len(list(store.blobs.names())) == 1
    store.close()


def test_missing_blob_is_reported_at_start(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, "lost", b"1")
    put(store, "kept", b"2")
    store.blobs.delete(store.get("bucket-1", "lost").blob)
    store.close()
    with caplog.at_level(logging.ERROR):
        again = Store(tmp_path / "storage", durable=False)
    assert "bucket-1/lost is missing" in caplog.text
    assert content_of(again, "kept") == b"2"
    again.close()


def test_damaged_index_is_rebuilt(store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(200):
        put(store, f"object-{number:03}", b"x")
    store.close()
    index = tmp_path / "storage" / "index.sqlite3"
    with index.open("r+b") as file:
        file.seek(index.stat().st_size - 4096)
        file.write(b"\xff" * 4096)
    with caplog.at_level(logging.WARNING):
        again = Store(tmp_path / "storage", durable=False)
    assert "damaged" in caplog.text
    assert len(list(again.blobs.names())) == 200
    put(again, "new", b"new")
    assert content_of(again, "new") == b"new"
    again.close()


async def test_full_disk_keeps_earlier_objects(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    application = StorageServer(store, SignatureVerifier(KEY), token="secret")
    path = "/upload/storage/v1/b/bucket-1/o"
    headers = {"Authorization": "Bearer secret"}
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:1", headers=headers
    ) as client:
        await client.post(path, params={"uploadType": "media", "name": "a"}, content=b"kept")

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(BlobWriter, "append", full)
        response = await client.post(path, params={"uploadType": "media", "name": "a"}, content=b"lost")
        assert response.status_code == 507
    assert content_of(store, "a") == b"kept"
    assert len(list(store.blobs.names())) == 1
    store.close()


def legacy_file(path: Path, content: bytes, metadata: dict[str, object] | None, *, as_file: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if metadata is not None:
        text = json.dumps(metadata).encode()
        if as_file:
            path.with_name(path.name + ".metadata").write_bytes(text)
        else:
            os.setxattr(path, "user.metadata", text)


METADATA = {
    "ContentType": "video/mp4",
    "Md5Hash": "XUFAKrxLKna5cZ2REBfFkg==",
    "Crc32c": "mnG7TA==",
    "Created": "2026-11-29T09:18:37.157471Z",
    "Updated": "2026-11-29T09:18:37.157478Z",
    "Generation": 1795943917157480,
    "Metadata": {"key": "value"},
}


@pytest.mark.parametrize("as_file", [True, False])
def test_objects_of_earlier_versions_are_moved(store: Store, tmp_path: Path, *, as_file: bool) -> None:
    legacy = tmp_path / "gcs"
    try:
        legacy_file(legacy / "bucket-1" / "videos" / "ä b#?%.mp4", b"hello", METADATA, as_file=as_file)
    except OSError:
        pytest.skip("no extended attributes here")
    legacy_file(legacy / "other" / "plain", b"plain", None, as_file=as_file)
    (legacy / "bucket-1.bucketMetadata").write_text("{}")
    inode = (legacy / "bucket-1" / "videos" / "ä b#?%.mp4").stat().st_ino
    messages: list[str] = []
    assert import_legacy_objects(legacy, store, messages.append) == 2
    assert messages[0].startswith("Moving 2 objects")
    found = store.get("bucket-1", "videos/ä b#?%.mp4")
    assert (found.generation, found.md5, found.crc32c) == (1795943917157480, METADATA["Md5Hash"], "mnG7TA==")
    assert (found.content_type, found.fields["metadata"]) == ("video/mp4", {"key": "value"})
    assert store.blobs.path(found.blob).stat().st_ino == inode
    assert not legacy.exists()
    assert import_legacy_objects(legacy, store, messages.append) == 0
    store.close()


def test_interrupted_import_continues(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    legacy = tmp_path / "gcs"
    for number in range(6):
        legacy_file(legacy / "bucket-1" / f"object-{number}", b"x" * number, None, as_file=True)
    monkeypatch.setattr("embedded.storage_server.legacy_import.BATCH_FILES", 2)
    batches: list[str] = []

    def interrupt(message: str) -> None:
        batches.append(message)
        if len(batches) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_legacy_objects(legacy, store, interrupt)
    store.close()
    again = Store(tmp_path / "storage", durable=False)
    import_legacy_objects(legacy, again, lambda _: None)
    assert [len(content_of(again, f"object-{number}")) for number in range(6)] == list(range(6))
    assert not legacy.exists()
    again.close()


@pytest.mark.slow
def test_killed_server_keeps_acknowledged_objects(tmp_path: Path) -> None:
    configuration, data = tmp_path / "configuration.json", tmp_path / "storage"
    (tmp_path / "key.json").write_text(json.dumps(KEY))
    port = free_port()
    options = {"port": port, "data": str(data), "durable": True, "token": "secret"}
    configuration.write_text(json.dumps(options | {"key_file": str(tmp_path / "key.json")}))
    acknowledged: dict[str, int] = {}
    for round_number in range(KILLS):
        server = subprocess.Popen(
            [sys.executable, "-m", "embedded.storage_server", configuration], cwd=BACKEND_DIR
        )
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer secret"}
            ) as client:
                wait_until_healthy(client)
                client.post("/storage/v1/b", json={"name": "bucket-1"})
                verify(client, acknowledged)
                killer = threading.Timer(random.uniform(0.2, 0.8), server.send_signal, [signal.SIGKILL])
                killer.start()
                upload_until_lost(client, round_number, acknowledged)
                killer.join()
        finally:
            server.kill()
            server.wait()
    store = Store(data)
    assert len(list(store.blobs.names())) == len(store.index.object_blobs()) + len(store.index.upload_blobs())
    for name, size in acknowledged.items():
        assert len(content_of(store, name)) == size
    store.close()


def upload_until_lost(client: httpx.Client, round_number: int, acknowledged: dict[str, int]) -> None:
    for number in range(10_000):
        name, size = f"{round_number}-{number}", 1000 * (number % 300)
        path = "/upload/storage/v1/b/bucket-1/o"
        try:
            response = client.post(path, params={"uploadType": "media", "name": name}, content=b"x" * size)
        except httpx.HTTPError:
            return
        assert response.status_code == 200
        acknowledged[name] = size


def verify(client: httpx.Client, acknowledged: dict[str, int]) -> None:
    for name, size in acknowledged.items():
        response = client.get(f"/storage/v1/b/bucket-1/o/{name}", params={"alt": "media"})
        assert (response.status_code, len(response.content)) == (200, size)


def wait_until_healthy(client: httpx.Client) -> None:
    for _ in range(600):
        with suppress(httpx.HTTPError):
            if client.get("/health").status_code == 200:
                return
        threading.Event().wait(0.05)
    raise AssertionError("the server did not start")
