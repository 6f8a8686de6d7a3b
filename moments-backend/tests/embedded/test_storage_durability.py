"""The storage server after kills, on a full disk, and with objects larger than its memory."""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import storage
from google.oauth2.credentials import Credentials

from app.core.config import Settings
from app.core.exceptions import StorageError
from app.services.storage.gcs_uploader import GCSUploader
from embedded.storage_server.resources import Object, utc_now
from embedded.storage_server.store import Store
from tests.embedded.support import kill_loop
from tests.embedded.support.storage_client import upload_in_chunks
from tests.embedded.support.storage_server import BUCKET, TOKEN, OwnServer, own_server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

FILE_LIMIT_KIB = 2048
MIB = 1024**2


@contextmanager
def bucket_of(server: OwnServer) -> Iterator[storage.Bucket]:
    client = storage.Client(
        project="test", credentials=Credentials(TOKEN), client_options={"api_endpoint": server.url}
    )
    try:
        yield client.bucket(BUCKET)
    finally:
        client.close()


def test_killed_server_keeps_acknowledged_objects(tmp_path: Path) -> None:
    kept = kill_loop.run(tmp_path, 3)
    assert kept.objects > 0


def test_upload_continues_after_a_kill(tmp_path: Path) -> None:
    with own_server(tmp_path) as server:
        content = os.urandom(3 * kill_loop.CHUNK)
        with server.client() as client:
            params = {"uploadType": "resumable", "name": "a"}
            session = client.post(kill_loop.PATH, params=params, json={}).headers["location"]
            span = f"bytes 0-{kill_loop.CHUNK - 1}/{len(content)}"
            client.put(session, content=content[: kill_loop.CHUNK], headers={"Content-Range": span})
        server.kill()
        server.start()
        with server.client() as client:
            status = client.put(session, headers={"Content-Range": "bytes */*"})
            assert status.headers["range"] == f"bytes=0-{kill_loop.CHUNK - 1}"
            span = f"bytes {kill_loop.CHUNK}-{len(content) - 1}/{len(content)}"
            last = client.put(session, content=content[kill_loop.CHUNK :], headers={"Content-Range": span})
            assert last.status_code == 200
        with bucket_of(server) as bucket:
            assert bucket.blob("a").download_as_bytes(checksum="md5") == content


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[OwnServer]:
    """Run a server whose writes fail at a file size, as on a full disk or on FAT."""
    shell = shutil.which("bash")
    assert shell is not None
    limit = (shell, "-c", f'ulimit -f {FILE_LIMIT_KIB} && exec "$@"', "bash")
    with own_server(tmp_path, limit) as server:
        yield server


@pytest.mark.parametrize("is_resumable", [False, True])
def test_full_disk_keeps_earlier_objects(limited: OwnServer, *, is_resumable: bool) -> None:
    with bucket_of(limited) as bucket:
        bucket.blob("a").upload_from_string(b"kept")
        files = len(list(limited.data.glob("blobs/*/*")))
        too_large = b"x" * (FILE_LIMIT_KIB * 1024 + 1)
        with pytest.raises(GoogleAPICallError) as failure:  # noqa: PT012 - one of two calls
            if is_resumable:
                upload_in_chunks(bucket.blob("a", chunk_size=MIB), too_large)
            else:
                bucket.blob("a").upload_from_string(too_large)
        assert failure.value.code == 507
        assert "cannot store" in str(failure.value)
        assert bucket.blob("a").download_as_bytes() == b"kept"
        bucket.blob("b").upload_from_string(b"still works")
        assert len(list(limited.data.glob("blobs/*/*"))) == files + 1 + is_resumable  # which can continue


async def test_full_disk_is_named_by_the_uploader(limited: OwnServer, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x" * (FILE_LIMIT_KIB * 1024 + 1))
    settings = Settings(
        storage_emulator_host=limited.url,
        storage_emulator_token=TOKEN,
        gcs_bucket_name=BUCKET,
        gcs_chunk_size_mib=1,
        gcs_service_account_file=tmp_path / "key.json",
    )
    uploader = GCSUploader(settings)
    try:
        with pytest.raises(StorageError, match="cannot store this"):
            await uploader.store(film, "videos/film/film.mp4")
    finally:
        await uploader.close()


def test_half_request_heads_keep_no_client_out(tmp_path: Path) -> None:
    shell = shutil.which("bash")
    assert shell is not None
    with (
        own_server(tmp_path, (shell, "-c", 'ulimit -n 128 && exec "$@"', "bash")) as server,
        ExitStack() as connections,
    ):
        for _ in range(200):
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            with suppress(ConnectionError):
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")
        with bucket_of(server) as bucket:
            bucket.blob("a").upload_from_string(b"content", timeout=30)
            assert bucket.blob("a").download_as_bytes(timeout=30) == b"content"


def test_memory_does_not_depend_on_object_size(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(512 * MIB)
    with own_server(tmp_path) as server, bucket_of(server) as bucket:
        assert server.process is not None
        before = _peak_bytes(server.process.pid)
        bucket.blob("film", chunk_size=32 * MIB).upload_from_filename(film)
        bucket.blob("film").download_to_filename(tmp_path / "back.mp4", raw_download=True)
        assert _peak_bytes(server.process.pid) - before < 64 * MIB


def test_reading_stops_when_the_client_leaves(tmp_path: Path) -> None:
    """A player that seeks closes its connection in the middle of a video."""
    size = 4 * 1024 * MIB
    store = Store(tmp_path / "storage")
    blob = store.blobs.new_name()
    with store.blobs.path(blob).open("wb") as file:
        file.truncate(size)
    store.create_bucket(BUCKET)
    now = utc_now()
    store.index.put_object(Object(BUCKET, "film", 1, 1, size, None, "AAAAAA==", blob, now, now))
    store.close()
    with own_server(tmp_path) as server, server.client() as client:
        assert server.process is not None
        path = f"/storage/v1/b/{BUCKET}/o/film"
        with client.stream("GET", path, params={"alt": "media"}) as response:
            next(response.iter_raw(MIB))
        descriptors = Path("/proc", str(server.process.pid), "fd")
        deadline = time.monotonic() + 60
        while any(blob in target for target in _targets(descriptors)):
            assert time.monotonic() < deadline, "the film is still open"
            time.sleep(0.05)
        (read,) = re.findall(r"rchar: (\d+)", Path("/proc", str(server.process.pid), "io").read_text())
        assert int(read) < size / 4


def _targets(descriptors: Path) -> list[str]:
    targets = []
    for descriptor in descriptors.iterdir():
        with suppress(FileNotFoundError):
            targets.append(str(descriptor.readlink()))
    return targets


def _peak_bytes(pid: int) -> int:
    status = Path("/proc", str(pid), "status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
