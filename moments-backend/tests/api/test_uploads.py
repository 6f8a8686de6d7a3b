"""Uploads over real sockets: transfer, resumption, errors, deletion and expiry."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.api.tus import protocol
from app.api.tus.storage_adapter import TusStorageAdapter
from app.core.config import Settings
from app.main import create_app
from tests.api.conftest import serving
from tests.api.support.rows import problem
from tests.api.support.runs import jobs, run_rows
from tests.api.support.tus_client import (
    OFFSET_TYPE,
    TUS,
    begin,
    connect,
    create,
    ended,
    half_a_patch,
    metadata,
    offset_of,
    patch,
    send,
    shown,
    upload,
)
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

MISSING = "0" * 32


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(address) as opened:
        yield opened


@pytest.fixture
def video_file(tmp_path: Path) -> Path:
    return make_video(tmp_path / "Tale ü (1).mp4", seconds=3)


def folders(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.uploads_dir.iterdir())


@pytest.mark.slow
async def test_upload_in_several_patches(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    content = video_file.read_bytes()
    created = await create(client, video_file.name, len(content), filetype="video/mp4")
    assert created.status_code == 201
    path = created.headers["location"]
    assert path.startswith("/api/uploads/")
    assert created.headers["upload-expires"].endswith(" GMT")
    head = await client.head(path, headers=TUS)
    assert head.headers["upload-length"] == str(len(content))
    assert head.headers["upload-metadata"] == metadata(filename=video_file.name, filetype="video/mp4")
    assert head.headers["cache-control"] == "no-store"
    begun = await shown(client, path)
    assert (begun["status"], begun["offset"], begun["video_id"]) == ("receiving", 0, None)
    await send(client, path, content, pieces=5)
    done = await ended(client, path)
    assert done["video_id"] == video_file.stem
    assert (done["offset"], done["percent"]) == (len(content), 100.0)
    assert not done["is_duplicate"]
    assert done["request_id"] is None
    assert done["error"] is None
    assert (library.folder / video_file.name).read_bytes() == content
    assert library.download(f"videos/{video_file.stem}/{video_file.name}") == content
    row = library.rows()[video_file.stem]
    assert row["file_size_kb"] == len(content) // 1024
    assert row["duration_seconds"] == pytest.approx(3, abs=0.2)
    assert not list(library.settings.uploads_dir.glob("*/*.mp4"))
    assert jobs(library) == []
    assert (await client.get("/api/uploads")).json() == [done]
    assert await offset_of(client, path) == len(content)


async def test_options(client: httpx.AsyncClient, settings: Settings) -> None:
    answer = await client.options("/api/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,termination,expiration"
    assert answer.headers["tus-max-size"] == str(settings.upload_max_size_bytes)


async def test_location_contains_no_host(client: httpx.AsyncClient) -> None:
    """Behind a proxy only the client has the public address. `filetype` is optional."""
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "elsewhere.example"}
    headers = TUS | {"Upload-Length": "5", "Upload-Metadata": metadata(filename="a.mp4", force="true")}
    created = await client.post("/api/uploads", headers=headers | forwarded)
    assert re.fullmatch(r"/api/uploads/[0-9a-f]{32}", created.headers["location"])
    head = await client.head(created.headers["location"], headers=TUS)
    assert head.headers["upload-metadata"] == metadata(filename="a.mp4", force="true")
    assert head.headers["content-length"] == "0"


async def test_hanging_disk_does_not_block_other_requests(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """Opening a pipe blocks until a reader opens it."""
    path = await begin(client, "a.mp4", 5)
    file = settings.uploads_dir / path.rpartition("/")[2] / "a.mp4"
    file.unlink()
    os.mkfifo(file)
    writing = asyncio.create_task(patch(client, path, 0, b"12345"))
    await asyncio.sleep(0.3)
    started = time.monotonic()
    assert (await client.get("/api/session")).status_code < 500
    assert (await client.get("/api/videos")).json() == []
    assert time.monotonic() - started < 2
    assert not writing.done()
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    problem(await writing, 503, "local-file")  # fsync of a pipe fails
    os.close(descriptor)


async def test_unreadable_metadata_is_404(client: httpx.AsyncClient, settings: Settings) -> None:
    path = await begin(client, "a.mp4", 5)
    (settings.uploads_dir / path.rpartition("/")[2] / "upload.json").write_text("{")
    problem(await client.get(path), 404, "upload-not-found")
    assert (await client.get("/api/uploads")).json() == []


async def test_method_override_header(client: httpx.AsyncClient) -> None:
    """For clients behind proxies without PATCH, as the protocol requires."""
    path = await begin(client, "a.mp4", 10)
    headers = TUS | {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": OFFSET_TYPE}
    assert (await client.post(path, headers=headers, content=b"12345")).status_code == 204
    assert await offset_of(client, path) == 5


@pytest.mark.slow
async def test_resume_after_a_lost_connection(
    address: str, client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    content = video_file.read_bytes()
    path = await begin(client, video_file.name, len(content))
    half = len(content) // 2
    with half_a_patch(address, path, 0, len(content), content[:half]):
        pass
    while await offset_of(client, path) < half:
        await asyncio.sleep(0.02)
    assert await offset_of(client, path) == half
    await send(client, path, content)
    await ended(client, path)
    assert (library.folder / video_file.name).read_bytes() == content


@pytest.mark.slow
async def test_second_patch_takes_over_an_idle_one(
    address: str,
    client: httpx.AsyncClient,
    library: Library,
    video_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A PATCH that receives bytes keeps the lock; an idle one is ended."""
    content = video_file.read_bytes()
    path = await begin(client, video_file.name, len(content))
    with half_a_patch(address, path, 0, len(content), content[:1000]) as first:
        await asyncio.sleep(0.2)
        started = time.monotonic()
        found = problem(await patch(client, path, 0, content), 423, "upload-busy")
        assert found["retryable"]
        assert time.monotonic() - started < 3
        first.sendall(content[1000:2000])
        monkeypatch.setattr(protocol, "TAKEOVER_IDLE_SECONDS", 0.3)
        await asyncio.sleep(0.5)
        problem(await patch(client, path, 0, content), 409, "upload-offset")
        assert await offset_of(client, path) == 2000
        await send(client, path, content)
    await ended(client, path)
    assert (library.folder / video_file.name).read_bytes() == content


@pytest.mark.slow
async def test_concurrent_patches_at_one_offset(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    content = video_file.read_bytes()
    path = await begin(client, video_file.name, len(content))
    answers = await asyncio.gather(*(patch(client, path, 0, content) for _ in range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 204
    assert set(statuses[1:]) <= {409, 422, 423}
    done = await ended(client, path)
    assert not done["is_duplicate"]
    assert (library.folder / video_file.name).read_bytes() == content
    assert len(library.rows()) == 1


async def test_idle_patch_times_out(
    address: str, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "IDLE_TIMEOUT_SECONDS", 0.3)
    path = await begin(client, "a.mp4", 100)
    with half_a_patch(address, path, 0, 100, b"12345") as silent:
        silent.settimeout(10)
        assert silent.recv(1000)
        assert await offset_of(client, path) == 5


@pytest.mark.slow
async def test_repeated_completion_changes_nothing(
    client: httpx.AsyncClient, library: Library, video_file: Path
) -> None:
    content = video_file.read_bytes()
    path = await begin(client, video_file.name, len(content), find_moments="true")
    await send(client, path, content)
    for _ in range(3):
        answer = await patch(client, path, len(content), b"")
        assert answer.status_code == 204, answer.text
        assert answer.headers["upload-offset"] == str(len(content))
    done = await ended(client, path)
    assert (await patch(client, path, len(content), b"")).status_code == 204
    problem(await patch(client, path, 0, b"1"), 409, "upload-offset")
    assert await shown(client, path) == done
    assert len(run_rows(library)) == 1


@pytest.mark.slow
async def test_delete(
    client: httpx.AsyncClient, library: Library, settings: Settings, video_file: Path
) -> None:
    path = await begin(client, video_file.name, 1000)
    assert (await patch(client, path, 0, b"12345")).status_code == 204
    problem(await client.post(f"{path}/retry"), 409, "upload-state")
    assert (await client.delete(path, headers=TUS)).status_code == 204
    assert folders(settings) == []
    assert (await client.head(path, headers=TUS)).status_code == 404
    done = await upload(client, video_file)
    assert (await client.delete(f"/api/uploads/{done['id']}", headers=TUS)).status_code == 204
    assert folders(settings) == []
    assert video_file.stem in library.rows()
    assert (library.folder / video_file.name).exists()


async def test_delete_ends_an_active_patch(
    address: str, client: httpx.AsyncClient, settings: Settings
) -> None:
    path = await begin(client, "a.mp4", 1000)
    with half_a_patch(address, path, 0, 1000, b"12345"):
        await asyncio.sleep(0.2)
        assert (await client.delete(path, headers=TUS)).status_code == 204
    assert folders(settings) == []


async def test_removed_upload_is_not_recreated(settings: Settings) -> None:
    """After an interrupted PATCH, tuspyserver writes the metadata once more."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        uploads = app.state.container.uploads
        storage = TusStorageAdapter(uploads)
        info = {"metadata": {"filename": "a.mp4"}, "size": 5}
        await storage.create(MISSING)
        await storage.write_info(MISSING, info)
        assert await storage.exists(MISSING)
        await uploads.remove(MISSING)
        await storage.write_info(MISSING, info)
        assert not await storage.exists(MISSING)
    assert folders(settings) == []


@pytest.mark.slow
async def test_sweep_removes_expired_uploads(settings: Settings, video_file: Path) -> None:
    """Expired uploads and old leftovers are removed at start-up; recent ones stay."""
    with serving(settings) as address:
        async with connect(address) as client:
            old, young = [await begin(client, "a.mp4", 1000) for _ in range(2)]
            done = f"/api/uploads/{(await upload(client, video_file))['id']}"
            for path in (old, young):
                await patch(client, path, 0, b"12345")
            assert len(folders(settings)) == 3
    file = settings.uploads_dir / old.rpartition("/")[2] / "a.mp4"
    record = file.with_name("upload.json")
    record.write_text(record.read_text().replace(f'"{datetime.now(UTC).year}-', '"2020-'))
    remains = settings.uploads_dir / ("f" * 32)
    remains.mkdir()
    os.utime(remains, (0, 0))
    week = time.time() - settings.upload_ttl
    for age in (week + 60, week - 60):
        os.utime(file, (age, age))
        with serving(settings) as address:
            async with connect(address) as client:
                await asyncio.sleep(0.5)
                status = 200 if age > week else 404
                assert (await client.head(old, headers=TUS)).status_code == status
                assert (await client.head(young, headers=TUS)).status_code == 200
                assert (await client.get(done)).status_code == 200
    assert not remains.exists()
    record = settings.uploads_dir / done.rpartition("/")[2] / "upload.json"
    finished = (datetime.now(UTC) - timedelta(hours=24, minutes=1)).isoformat()
    record.write_text(record.read_text().replace('"finished_at": "', f'"finished_at": "{finished}", "x": "'))
    with serving(settings) as address:
        async with connect(address) as client:
            await asyncio.sleep(0.5)
            assert (await client.get(done)).status_code == 404
    assert (settings.videos_dir / video_file.name).exists()


async def test_uploads_require_the_key(settings: Settings) -> None:
    with serving(settings.model_copy(update={"api_key": SecretStr("secret")})) as address:
        async with connect(address) as client:
            path = f"/api/uploads/{MISSING}"
            for method, where in [
                *(("OPTIONS", "/api/uploads"), ("POST", "/api/uploads"), ("GET", "/api/uploads")),
                *(("HEAD", path), ("PATCH", path), ("DELETE", path), ("GET", path)),
                ("POST", f"{path}/retry"),
            ]:
                assert (await client.request(method, where, headers=TUS)).status_code == 401
