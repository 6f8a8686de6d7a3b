"""`/api/storage`, `/api/verification`, and offloading through the API."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.core.files.proven_delete import ProvenFile
from app.core.redis import create_redis
from app.services.consistency import usage as usage_module
from app.services.consistency.usage import StorageUsageService
from app.services.storage.gcs_uploader import GCSUploader
from embedded.ports import free_port
from tests.api.conftest import running
from tests.api.support.rows import problem, video_path
from tests.fixtures.library import Library
from tests.fixtures.stored_video import store_video


async def usage(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    """Poll until the use has been computed."""
    while True:
        response = await client.get(f"/api/storage{query}")
        assert response.status_code == 200
        status: dict[str, Any] = response.json()
        if status["state"] != "computing":
            return status
        query = ""
        await asyncio.sleep(0.02)


async def audited(client: httpx.AsyncClient) -> list[str]:
    return [entry["action"] for entry in (await client.get("/api/audit")).json()]


async def test_video_plays_without_its_file(client: httpx.AsyncClient, library: Library) -> None:
    video = store_video(library)
    assert (await client.get(video_path("talk", "stream"))).status_code == 200
    result = (await client.post(video_path("talk", "offload"))).json()
    assert (result["location"], result["freed_bytes"]) == ("bucket", len(video.content))
    redirect = await client.get(video_path("talk", "stream"))
    assert redirect.status_code == 307
    linked = await asyncio.to_thread(httpx.get, redirect.headers["location"])
    assert linked.content == video.content
    back = (await client.post(video_path("talk", "fetch"))).json()
    assert (back["location"], back["path"]) == ("both", "talk.mp4")
    assert (await client.get(video_path("talk", "stream"))).content == video.content
    assert await audited(client) == ["video.fetch", "video.offload"]


async def test_transfers_report_problems(client: httpx.AsyncClient, library: Library) -> None:
    problem(await client.post(video_path("unknown", "offload")), 404, "video-not-found")
    problem(await client.post(video_path("unknown", "fetch")), 404, "video-not-found")
    video = store_video(library, has_object=False)
    problem(await client.post(video_path("talk", "offload")), 404, "object-not-found")
    library.put(video.name, video.content[::-1])
    problem(await client.post(video_path("talk", "offload")), 409, "offload-refused")
    library.put(video.name, video.content)
    video.file.write_bytes(b"another video")
    problem(await client.post(video_path("talk", "fetch")), 409, "file-conflict")
    assert await audited(client) == []


async def test_changed_file_is_a_problem(
    client: httpx.AsyncClient, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = store_video(library)
    delete = ProvenFile.delete

    def change_and_delete(file: ProvenFile) -> None:
        video.file.write_bytes(video.content + b"!")
        delete(file)

    monkeypatch.setattr(ProvenFile, "delete", change_and_delete)
    problem(await client.post(video_path("talk", "offload")), 503, "file-changed")
    assert video.file.exists()


async def test_use_by_kind(client: httpx.AsyncClient, library: Library, settings: Settings) -> None:
    local, remote = store_video(library, "local"), store_video(library, "remote", is_local=False)
    library.put("transcripts/local.json", b"{}")
    library.put("someone/else.txt", b"other")
    settings.transcripts_dir.mkdir()
    (settings.transcripts_dir / "local.json").write_bytes(b"{}\n")
    status = await usage(client)
    assert (status["state"], status["error"]) == ("ready", None)
    found = status["usage"]
    bucket = {part["kind"]: (part["count"], part["bytes"]) for part in found["bucket"]}
    assert bucket["originals"] == (2, len(local.content) + len(remote.content))
    assert bucket["transcripts"] == (1, 2)
    assert (bucket["other"], bucket["sidecars"][0]) == ((1, 5), 2)
    disk = {part["kind"]: (part["count"], part["bytes"]) for part in found["disk"]}
    assert disk == {"originals": (1, len(local.content)), "transcripts": (1, 3)}
    assert found["offload"] == {"videos": 1, "bytes": len(local.content)}
    assert found["disk_free_bytes"] > 0
    library.put("transcripts/remote.json", b"{}")
    assert (await usage(client, "?refresh=true"))["computed_at"] == status["computed_at"]


async def test_use_is_computed_again_and_shared(
    client: httpx.AsyncClient, library: Library, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await usage(client)
    redis = create_redis(settings)
    second_process = StorageUsageService(settings, GCSUploader(settings), redis)
    assert (await second_process.status()).model_dump(mode="json") == first
    await redis.aclose()
    monkeypatch.setattr(usage_module, "SHORTEST", timedelta(0))
    store_video(library)
    assert (await usage(client, "?refresh=true"))["usage"]["offload"]["videos"] == 1


async def test_use_of_an_unavailable_bucket(settings: Settings) -> None:
    away = settings.model_copy(
        update={"storage_emulator_host": f"http://127.0.0.1:{free_port()}", "gcs_max_retries": 0}
    )
    async with running(away) as client:
        status = await usage(client)
        assert (status["state"], status["usage"]) == ("failed", None)
        assert "cannot be reached" in status["error"]


async def test_verification_is_started_once(client: httpx.AsyncClient, library: Library) -> None:
    store_video(library)
    before = (await client.get("/api/verification")).json()
    assert (before["state"], before["round"], before["total"]) == ("off", None, 1)
    first = await client.post("/api/verification")
    second = await client.post("/api/verification")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["round"] == second.json()["round"]
    assert first.json()["state"] == "running"
    assert await audited(client) == ["verification.start"] * 2
