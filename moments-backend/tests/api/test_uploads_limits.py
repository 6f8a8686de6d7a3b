"""Limits on unfinished uploads: their number, the bytes they announce, and the length of the list."""

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from app.core.config import Settings
from app.core.files.disk_space import RESERVED_BYTES
from app.services.uploads import index
from app.services.uploads.metadata_store import SIDECAR, UploadDirectory, UploadInfo
from tests.api.conftest import serving
from tests.api.support.rows import add_row, problem
from tests.api.support.runs import add_run
from tests.api.support.tus_client import TUS, begin, connect, create, ended, patch, send, shown
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

MIB = 1024**2
GIB = 1024**3


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def limited(settings: Settings, **limits: int) -> Settings:
    return settings.model_copy(update=limits)


def set_free_space(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Give the disk of uploads this much space, without filling it."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free, 0, free))


async def names(client: httpx.AsyncClient, path: str = "/api/uploads") -> list[str]:
    return [upload["filename"] for upload in (await client.get(path)).raise_for_status().json()]


async def test_announced_bytes_count_against_free_space(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte of the first two uploads has arrived, so the disk itself shows nothing of them."""
    set_free_space(monkeypatch, RESERVED_BYTES + 100 * GIB)
    with serving(settings) as address:
        async with connect(address) as client:
            paths = [await begin(client, f"{n}.mp4", 40 * GIB) for n in range(2)]
            found = problem(await create(client, "a.mp4", 40 * GIB), 503, "disk-full")
            assert "42.95 GB needed, 107.64 GB free, 85.90 GB announced" in found["detail"]
            assert "remove unfinished uploads" in found["remedy"]
            await begin(client, "small.mp4", 20 * GIB)
            assert (await client.delete(paths[0], headers=TUS)).status_code == 204
            await begin(client, "a.mp4", 40 * GIB)


async def test_received_bytes_are_not_counted_twice(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that have arrived already reduce the free space of the disk."""
    set_free_space(monkeypatch, RESERVED_BYTES + 10 * MIB)
    with serving(settings) as address:
        async with connect(address) as client:
            path = await begin(client, "a.mp4", 8 * MIB)
            problem(await create(client, "b.mp4", 8 * MIB), 503, "disk-full")
            assert (await patch(client, path, 0, bytes(7 * MIB))).status_code == 204
            await begin(client, "b.mp4", 8 * MIB)


async def test_unfinished_uploads_are_limited(settings: Settings) -> None:
    with serving(limited(settings, upload_max_pending=3)) as address:
        async with connect(address) as client:
            paths = [await begin(client, f"{n}.mp4", 5) for n in range(3)]
            refused = await create(client, "a.mp4", 5)
            found = problem(refused, 429, "too-many-uploads")
            assert found["retryable"]
            assert "3 uploads" in found["detail"]
            assert "UPLOAD_MAX_PENDING" in found["remedy"]
            assert int(refused.headers["retry-after"]) > 0
            await send(client, paths[0], b"12345")  # no video: it fails, and its bytes are deleted
            await ended(client, paths[0], "failed")
            await begin(client, "a.mp4", 5)
            problem(await create(client, "b.mp4", 5), 429, "too-many-uploads")


async def test_concurrent_creations_keep_the_limit(settings: Settings) -> None:
    with serving(limited(settings, upload_max_pending=5)) as address:
        async with connect(address) as client:
            made = await asyncio.gather(*(create(client, f"{n}.mp4", 5) for n in range(30)))
    assert sorted(answer.status_code for answer in made) == [201] * 5 + [429] * 25
    assert len(os.listdir(settings.uploads_dir)) == 5  # noqa: PTH208


async def test_expired_uploads_are_not_counted(settings: Settings) -> None:
    with serving(limited(settings, upload_max_pending=1)) as address:
        async with connect(address) as client:
            path = await begin(client, "a.mp4", 5)
            problem(await create(client, "b.mp4", 5), 429, "too-many-uploads")
            directory = settings.uploads_dir / path.rpartition("/")[2]
            sidecar = directory / SIDECAR
            sidecar.write_text(re.sub(r'("created_at": ")\d{4}', r"\g<1>2020", sidecar.read_text()))
            os.utime(directory / "a.mp4", (0, 0))
            await begin(client, "b.mp4", 5)
            problem(await patch(client, path, 0, b"12345"), 404, "upload-not-found")


async def test_list_of_uploads_has_pages(settings: Settings) -> None:
    with serving(settings) as address:
        async with connect(address) as client:
            for n in range(5):
                await begin(client, f"{n}.mp4", 5)
            everything = await client.get("/api/uploads")
            assert "link" not in everything.headers
            assert [upload["filename"] for upload in everything.json()] == [
                f"{n}.mp4" for n in (4, 3, 2, 1, 0)
            ]
            seen, path = [], "/api/uploads?limit=2"
            while path:
                page = await client.get(path)
                assert len(page.json()) <= 2
                seen += page.json()
                path = page.links.get("next", {}).get("url", "")
            assert seen == everything.json()
            for query in ("limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=WzFd"):
                problem(await client.get(f"/api/uploads?{query}"), 422, "invalid-request")


async def test_list_reads_only_changed_metadata(
    settings: Settings, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list and each creation read all metadata files before."""
    loaded: list[str] = []
    load = UploadDirectory.load

    def counting(self: UploadDirectory) -> UploadInfo:
        loaded.append(self.id)
        return load(self)

    monkeypatch.setattr(UploadDirectory, "load", counting)
    with serving(settings) as address:
        async with connect(address) as client:
            paths = [await begin(client, f"{n}.mp4", 5) for n in range(20)]
            assert len(await names(client)) == 20
            loaded.clear()
            for _ in range(10):
                assert len(await names(client)) == 20
            assert loaded == []
            assert (await patch(client, paths[3], 0, b"123")).status_code == 204
            assert (await shown(client, paths[3]))["offset"] == 3
            offsets = {
                upload["filename"]: upload["offset"] for upload in (await client.get("/api/uploads")).json()
            }
            assert offsets == {f"{n}.mp4": 3 if n == 3 else 0 for n in range(20)}


async def test_old_results_make_room_for_new_ones(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failed files without bytes do not count as unfinished; their number is limited separately."""
    monkeypatch.setattr(index, "MAX_FINISHED", 3)
    with serving(settings) as address:
        async with connect(address) as client:
            for n in range(6):
                path = await begin(client, f"{n}.mp4", 5)
                await send(client, path, b"12345")
                await ended(client, path, "failed")
            await begin(client, "last.mp4", 5)
            assert await names(client) == ["last.mp4", "5.mp4", "4.mp4", "3.mp4"]


@pytest.mark.slow
async def test_upload_waits_for_a_place_in_the_queue(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    """The video is added; its run, and only that, is repeated by a retry."""
    file = make_video(tmp_path / "talk.mp4")
    add_row(library, "other")
    request_id = add_run(library, "other")
    with serving(limited(settings, pipeline_max_queued=1)) as address:
        async with connect(address) as client:
            path = await begin(client, file.name, file.stat().st_size, find_moments="true")
            await send(client, path, file.read_bytes())
            failed = await ended(client, path, "failed")
            assert failed["error"]["type"] == "queue-full"
            assert failed["error"]["retryable"]
            assert (await client.get("/api/videos/talk")).status_code == 200
            library.execute("UPDATE pipeline_runs SET status = 'failed' WHERE request_id = %s", request_id)
            assert (await client.post(f"{path}/retry")).status_code == 202
            assert (await ended(client, path))["request_id"] is not None
