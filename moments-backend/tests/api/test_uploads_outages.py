"""Uploads with killed servers, unavailable storage and two processes."""

import asyncio
import hashlib
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx
import psutil
import pytest

from app.core.config import Settings
from tests.api.conftest import serving
from tests.api.support.rows import problem
from tests.api.support.runs import run_rows
from tests.api.support.tus_client import (
    OFFSET_TYPE,
    TUS,
    Server,
    begin,
    connect,
    ended,
    half_a_patch,
    offset_of,
    patch,
    send,
    server,
    shown,
)
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

pytestmark = pytest.mark.slow

MIB = 1024**2
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def video_file(tmp_path: Path) -> Path:
    return make_video(tmp_path / "talk.mp4")


@pytest.fixture
def large_video_file(video_file: Path) -> Path:
    """Append a large box that players ignore."""
    filling = os.urandom(24 * MIB)
    with video_file.open("ab") as file:
        file.write((len(filling) + 8).to_bytes(4) + b"free" + filling)
    return video_file


@contextmanager
def hanging() -> Iterator[str]:
    """A storage server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def registering(client: httpx.AsyncClient, path: str) -> None:
    while (await shown(client, path))["status"] != "registering":
        await asyncio.sleep(0.02)


async def test_server_killed_during_a_patch(library: Library, large_video_file: Path) -> None:
    content = large_video_file.read_bytes()
    with server() as first:
        async with connect(first.address) as client:
            path = await begin(client, large_video_file.name, len(content))
            await send(client, path, content[: 3 * MIB])
            with half_a_patch(
                first.address, path, 3 * MIB, len(content) - 3 * MIB, content[3 * MIB : 9 * MIB]
            ):
                while await offset_of(client, path) < 6 * MIB:
                    await asyncio.sleep(0.01)
                first.kill()
    with server() as second:
        async with connect(second.address) as client:
            at = await offset_of(client, path)
            assert 6 * MIB <= at < len(content)
            await send(client, path, content, pieces=3)
            done = await ended(client, path)
    stored = (library.folder / large_video_file.name).read_bytes()
    assert hashlib.md5(stored).digest() == hashlib.md5(content).digest()
    assert library.objects()["videos/talk/talk.mp4"].size == len(content)
    assert done["video_id"] == "talk"


async def test_server_killed_during_registration(library: Library, video_file: Path) -> None:
    """The next process resumes, and none interferes while the first one is alive."""
    content = video_file.read_bytes()
    with hanging() as storage, server(STORAGE_EMULATOR_HOST=storage) as first:
        async with connect(first.address) as client:
            path = await begin(client, video_file.name, len(content), find_moments="true")
            await send(client, path, content)
            await registering(client, path)
            problem(await client.delete(path, headers=TUS), 409, "upload-state")
            problem(await client.post(f"{path}/retry"), 409, "upload-state")
            while not (library.folder / video_file.name).exists():
                await asyncio.sleep(0.02)
        with server() as second:
            async with connect(second.address) as client:
                await asyncio.sleep(1)
                assert (await shown(client, path))["status"] == "registering"
                assert library.rows() == {}
        first.kill()
    with server() as third:
        async with connect(third.address) as client:
            done = await ended(client, path)
    assert (done["video_id"], done["is_duplicate"]) == ("talk", False)
    assert (library.folder / video_file.name).read_bytes() == content
    assert library.rows().keys() == {"talk"}
    assert [run["request_id"] for run in run_rows(library)] == [done["request_id"]]


@pytest.mark.parametrize("moment", ["before", "between", "after"])
async def test_server_killed_during_the_move(
    settings: Settings, library: Library, video_file: Path, moment: str
) -> None:
    """The name is saved; the file has its old name, both names, or the new one."""
    content = video_file.read_bytes()
    away = settings.model_copy(update={"storage_emulator_host": NOWHERE, "gcs_max_retries": 0})
    with serving(away) as address:
        async with connect(address) as client:
            path = await begin(client, video_file.name, len(content))
            await send(client, path, content)
            await ended(client, path, "failed")
    target, folder = library.folder / video_file.name, settings.uploads_dir / path.rpartition("/")[2]
    record, file = folder / "upload.json", folder / video_file.name
    record.write_text(record.read_text().replace('"failed"', '"registering"'))
    if moment == "before":
        target.rename(file)
    if moment == "between":
        file.hardlink_to(target)
    with serving(settings) as address:
        async with connect(address) as client:
            done = await ended(client, path)
    assert (done["video_id"], done["is_duplicate"]) == ("talk", False)
    assert not file.exists()
    assert target.read_bytes() == content
    assert target.stat().st_nlink == 1
    assert library.rows().keys() == {"talk"}


async def test_server_killed_after_the_last_byte(
    settings: Settings, library: Library, video_file: Path
) -> None:
    """All bytes are on the disk, but registration has not started."""
    content = video_file.read_bytes()
    with serving(settings) as address:
        async with connect(address) as client:
            path = await begin(client, video_file.name, len(content))
    (settings.uploads_dir / path.rpartition("/")[2] / video_file.name).write_bytes(content)
    with serving(settings) as address:
        async with connect(address) as client:
            done = await ended(client, path)
    assert done["video_id"] == "talk"
    assert library.download("videos/talk/talk.mp4") == content


async def test_unavailable_storage_fails_and_retry_works(
    settings: Settings, library: Library, video_file: Path
) -> None:
    away = settings.model_copy(update={"storage_emulator_host": NOWHERE, "gcs_max_retries": 0})
    content = video_file.read_bytes()
    with serving(away) as address:
        async with connect(address) as client:
            paths = [await begin(client, name, len(content)) for name in ("talk.mp4", "other.mp4")]
            for path in paths:
                await send(client, path, content)
                failed = await ended(client, path, "failed")
                assert failed["error"]["type"] == "storage-unavailable"
                assert failed["error"]["retryable"]
                assert failed["offset"] == len(content)
            assert (await client.post(f"{paths[0]}/retry")).json()["error"] is None
            await ended(client, paths[0], "failed")
            assert (library.folder / "other.mp4").exists()
            assert (await client.delete(paths[1], headers=TUS)).status_code == 204
            assert not (library.folder / "other.mp4").exists()
    assert library.rows() == {}
    with serving(settings) as address:
        async with connect(address) as client:
            again = await client.post(f"{paths[0]}/retry")
            assert again.status_code == 202
            assert again.json()["status"] == "registering"
            done = await ended(client, paths[0])
            problem(await client.post(f"{paths[0]}/retry"), 409, "upload-state")
    assert (done["video_id"], done["is_duplicate"]) == ("talk", False)
    assert library.download("videos/talk/talk.mp4") == content


async def test_file_of_a_failed_upload_registered_otherwise(
    settings: Settings, library: Library, video_file: Path
) -> None:
    """The registered file stays when the upload is removed."""
    away = settings.model_copy(update={"storage_emulator_host": NOWHERE, "gcs_max_retries": 0})
    with serving(away) as address:
        async with connect(address) as client:
            path = await begin(client, video_file.name, video_file.stat().st_size)
            await send(client, path, video_file.read_bytes())
            await ended(client, path, "failed")
            library.execute(
                "INSERT INTO videos (identifier, cloud_url) VALUES ('talk', %s)",
                f"gs://{library.bucket}/videos/talk/talk.mp4",
            )
            assert (await client.delete(path, headers=TUS)).status_code == 204
    assert (library.folder / video_file.name).exists()


async def test_registration_progress(settings: Settings, large_video_file: Path) -> None:
    content = large_video_file.read_bytes()
    seen = set()
    with serving(settings.model_copy(update={"gcs_chunk_size_mib": 1})) as address:
        async with connect(address) as client:
            path = await begin(client, large_video_file.name, len(content))
            await send(client, path, content)
            while (found := await shown(client, path))["status"] != "completed":
                assert found["status"] == "registering"
                assert found["expires_at"] is None
                if found["bytes_total"]:
                    assert found["bytes_total"] == len(content)
                    assert found["percent"] == pytest.approx(
                        100 * found["bytes_done"] / len(content), abs=0.1
                    )
                    seen.add(found["bytes_done"])
    assert len(seen) > 2


async def test_two_processes_share_uploads(settings: Settings, library: Library, video_file: Path) -> None:
    content = video_file.read_bytes()
    with server() as other, serving(settings) as address:
        async with connect(address) as client, connect(other.address) as far:
            path = await begin(client, video_file.name, len(content))
            with half_a_patch(address, path, 0, len(content), content[:1000]):
                await asyncio.sleep(0.3)
                started = time.monotonic()
                problem(await patch(far, path, 0, content), 423, "upload-busy")
                problem(await far.delete(path, headers=TUS), 423, "upload-busy")
                assert time.monotonic() - started < 5
            while await offset_of(client, path) < 1000:
                await asyncio.sleep(0.02)
            await send(far, path, content)
            assert (await ended(client, path))["video_id"] == "talk"
    assert (library.folder / video_file.name).read_bytes() == content


class Highest:
    """Peak memory of a process during the block, minus its memory before."""

    def __init__(self, started: Server) -> None:
        self._process = psutil.Process(started.process.pid)
        self._before = self._process.memory_info().rss
        self._done = threading.Event()
        self.rise = 0

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self.rise = max(self.rise, self._process.memory_info().rss - self._before)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


async def test_large_upload_uses_constant_memory(settings: Settings) -> None:
    size, block = 512 * MIB, bytes(MIB)

    async def content() -> AsyncIterator[bytes]:
        for _ in range(size // len(block)):
            yield block

    with server() as started:
        async with connect(started.address) as client:
            await upload_once(client)
            path = await begin(client, "zeros.mp4", size)
            headers = TUS | {"Upload-Offset": "0", "Content-Type": OFFSET_TYPE, "Content-Length": str(size)}
            with Highest(started) as highest:
                sent = await client.patch(path, headers=headers, content=content())
                assert sent.headers["upload-offset"] == str(size)
                await ended(client, path, "failed")
    assert highest.rise < 64 * MIB


async def upload_once(client: httpx.AsyncClient) -> None:
    """Load everything that the first upload loads."""
    path = await begin(client, "a.mp4", 5)
    await send(client, path, b"12345")
    await ended(client, path, "failed")
