"""`/api/exports` and `/api/videos/{video_id}/exports`."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app.core.config import Settings
from app.models.moment import Moment
from tests.api.support.rows import add_row, problem
from tests.fixtures.exports import Machine
from tests.fixtures.library import Library

PATH = "/api/videos/talk/exports"
TITLE = "Größe / 日本 👍"
RANGE = {"start_time": 1, "end_time": 2, "title": TITLE}
MOMENTS = [
    Moment(id=f"{number:016x}", start_time=number, end_time=number + 1, title="Same title", score=9 - number)
    for number in range(3)
]


@pytest.fixture
async def machine(client: httpx.AsyncClient, settings: Settings) -> AsyncIterator[Machine]:
    """Return the worker of a library with the video `talk`, which has a transcript and three moments."""
    made = Machine.of(settings)
    await made.add_video()
    await made.speak("one two three four five six seven eight")
    await made.documents.moments.write("talk", MOMENTS)
    yield made
    await made.close()


async def create(client: httpx.AsyncClient, **wanted: Any) -> list[dict[str, Any]]:
    response = await client.post(PATH, json=wanted)
    assert response.status_code == 202, response.text
    created: list[dict[str, Any]] = response.json()
    return created


async def finished(client: httpx.AsyncClient, machine: Machine, **wanted: Any) -> list[dict[str, Any]]:
    """Request exports, and process them."""
    created = await create(client, **wanted)
    for export in created:
        await machine.runner(export["id"], lambda: False)
    return [(await client.get(f"/api/exports/{export['id']}")).json() for export in created]


async def follow(client: httpx.AsyncClient, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Request a file, and follow the redirect to the bucket."""
    redirect = await client.request(method, path)
    assert (redirect.status_code, redirect.headers["cache-control"]) == (307, "no-store")
    async with httpx.AsyncClient() as bucket:
        return await bucket.request(method, redirect.headers["location"], headers=headers)


async def test_export_of_a_range(client: httpx.AsyncClient, machine: Machine) -> None:
    (queued,) = await create(client, **RANGE, format="9:16", crop={"x": 0.25})
    assert queued["state"] == "queued"
    assert {"url": None, "percent": 0, "moment_id": None, "error": None}.items() <= queued.items()
    early = await client.get(f"/api/exports/{queued['id']}/file")
    assert problem(early, 409, "export-not-ready")["retryable"]

    (done,) = await finished(client, machine, **RANGE, format="9:16", crop={"x": 0.25})

    assert (done["id"], done["state"], done["percent"]) == (queued["id"], "completed", 100)
    assert done["crop"] == {"x": 0.25, "y": 0.5}
    assert done["filename"] == "Größe-日本 👍.mp4"
    assert (await client.get(PATH)).json() == [done]
    file = await follow(client, done["url"])
    assert len(file.content) == done["size_bytes"]
    assert file.headers["content-disposition"] == f"attachment; filename*=utf-8''{quote(done['filename'])}"
    assert file.headers["content-type"] == "video/mp4"


async def test_file_supports_ranges_and_head(client: httpx.AsyncClient, machine: Machine) -> None:
    (done,) = await finished(client, machine, **RANGE)
    part = await follow(client, done["url"], Range="bytes=4-7")
    assert (part.status_code, part.content) == (206, b"ftyp")
    head = await follow(client, done["url"], "HEAD")
    assert int(head.headers["content-length"]) == done["size_bytes"]
    shown = await follow(client, f"{done['url']}?download=false")
    assert "attachment" not in shown.headers.get("content-disposition", "")


async def test_exports_of_moments(client: httpx.AsyncClient, machine: Machine) -> None:
    chosen = await create(client, moment_ids=[MOMENTS[2].id, MOMENTS[0].id])
    assert [export["moment_id"] for export in chosen] == [MOMENTS[2].id, MOMENTS[0].id]
    every = await create(client, moments="all")
    assert [export["start_time"] for export in every] == [0, 1, 2]
    assert {export["id"] for export in chosen} < {export["id"] for export in every}
    assert len((await client.get(PATH)).json()) == 3


async def test_exports_are_recorded_as_feedback(
    client: httpx.AsyncClient, machine: Machine, library: Library
) -> None:
    await create(client, moment_ids=[MOMENTS[1].id])
    await create(client, **RANGE)
    with library.connection() as connection:
        rows = connection.execute("SELECT moment_id, action FROM moment_feedback").fetchall()
    assert rows == [(MOMENTS[1].id, "exported")]


async def test_archive_has_all_files_under_unique_names(client: httpx.AsyncClient, machine: Machine) -> None:
    done = await finished(client, machine, moments="all", captions="sidecar")
    await create(client, **RANGE)  # not finished

    response = await client.get(f"{PATH}.zip")

    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"] == "attachment; filename*=utf-8''Talk.zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        names = [f"Same title{number}" for number in ("", " (2)", " (3)")]
        assert archive.namelist() == [f"{name}{end}" for name in names for end in (".mp4", ".vtt", ".srt")]
        sizes = [archive.getinfo(f"{name}.mp4").file_size for name in names]
        assert sizes == [export["size_bytes"] for export in done]
    part = await client.get(f"{PATH}.zip", params={"ids": [done[1]["id"]]})
    with zipfile.ZipFile(io.BytesIO(part.content)) as archive:
        assert archive.namelist() == ["Same title.mp4", "Same title.vtt", "Same title.srt"]


async def test_archive_without_files_is_an_error(
    client: httpx.AsyncClient, machine: Machine, library: Library
) -> None:
    problem(await client.get(f"{PATH}.zip"), 404, "not-made-yet")
    problem(await client.get("/api/videos/missing/exports.zip"), 404, "video-not-found")
    (queued,) = await create(client, **RANGE)
    url = f"{PATH}.zip?ids={queued['id']}"
    problem(await client.get(url), 409, "export-not-ready")
    problem(await client.get(f"{PATH}.zip?ids={'0' * 32}"), 404, "export-not-found")
    (done,) = await finished(client, machine, **RANGE)
    add_row(library, "other")
    foreign = await client.get(f"/api/videos/other/exports.zip?ids={done['id']}")
    problem(foreign, 404, "export-not-found")
    library.remove(f"exports/talk/{done['id']}/{done['filename']}")
    problem(await client.get(url), 404, "export-file-missing")
    assert (await client.get(f"/api/exports/{done['id']}")).json()["state"] == "failed"


async def test_captions_of_sidecar_exports(client: httpx.AsyncClient, machine: Machine) -> None:
    (done,) = await finished(client, machine, **RANGE, captions="sidecar")
    vtt = await client.get(done["captions_url"])
    assert vtt.headers["content-type"] == "text/vtt; charset=utf-8"
    assert vtt.text == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nthree four\n"
    assert (await client.get(f"/api/exports/{done['id']}/captions.srt")).text.startswith("1\n00:00:00,000")
    (plain,) = await finished(client, machine, **RANGE)
    problem(await client.get(f"/api/exports/{plain['id']}/captions.vtt"), 409, "export-state")


async def test_captions_need_a_transcript_that_can_be_shown(
    client: httpx.AsyncClient, machine: Machine
) -> None:
    await machine.speak("ქართული ᚠᚢᚦᚨᚱᚲ ᚠᚢᚦᚨᚱᚲ ᚠᚢᚦᚨᚱᚲ ᚠᚢᚦᚨᚱᚲ")
    rejected = await client.post(PATH, json=RANGE | {"captions": "burned"})
    assert problem(rejected, 422, "captions-not-burnable")["remedy"]
    await create(client, **RANGE, captions="sidecar")
    await machine.add_video("silent")
    for captions in ("burned", "sidecar"):
        missing = await client.post("/api/videos/silent/exports", json=RANGE | {"captions": captions})
        found = problem(missing, 409, "no-transcript")
        assert "/api/generate_moments" in found["remedy"]
    assert (await client.get("/api/videos/silent/exports")).json() == []


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"start_time": 1},
        {"start_time": 2, "end_time": 1},
        {"start_time": -1, "end_time": 1},
        {"start_time": 1, "end_time": "NaN"},
        {"start_time": 1, "end_time": 1.1},
        {"start_time": 1, "end_time": 9},
        {"start_time": 0, "end_time": 1e300},
        {"moments": "some"},
        {"moments": "all", "start_time": 1, "end_time": 2},
        {"moment_ids": []},
        {"moment_ids": ["x"]},
        RANGE | {"format": "4:3"},
        RANGE | {"crop": {"x": 2}},
        RANGE | {"crop": "left"},
        RANGE | {"captions": "yes"},
        RANGE | {"title": "a\x00b"},
        RANGE | {"title": "x" * 300},
        RANGE | {"unknown": 1},
    ],
    ids=str,
)
async def test_invalid_requests_are_rejected(
    client: httpx.AsyncClient, library: Library, wanted: dict[str, Any]
) -> None:
    add_row(library, "talk", duration_seconds=4.0)
    problem(await client.post(PATH, json=wanted), 422, "invalid-request")


async def test_unknown_ids_are_not_found(client: httpx.AsyncClient, machine: Machine) -> None:
    unknown = f"/api/exports/{'0' * 32}"
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("GET", "/file"),
        ("GET", "/captions.vtt"),
    ):
        problem(await client.request(method, f"{unknown}{path}"), 404, "export-not-found")
    problem(await client.get("/api/exports/x"), 422, "invalid-request")
    problem(await client.post("/api/videos/missing/exports", json=RANGE), 404, "video-not-found")
    problem(await client.get("/api/videos/missing/exports"), 404, "video-not-found")
    missing = await client.post(PATH, json={"moment_ids": ["f" * 16]})
    problem(missing, 404, "not-made-yet")


async def test_cancel_and_retry(client: httpx.AsyncClient, machine: Machine) -> None:
    (queued,) = await create(client, **RANGE)
    path = f"/api/exports/{queued['id']}"
    cancelled = await client.post(f"{path}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    problem(await client.post(f"{path}/cancel"), 409, "export-state")
    problem(await client.get(f"{path}/file"), 409, "export-state")
    assert (await client.post(f"{path}/retry")).json()["state"] == "queued"
    problem(await client.post(f"{path}/retry"), 409, "export-state")
    await machine.runner(queued["id"], lambda: False)
    problem(await client.post(f"{path}/retry"), 409, "export-state")


async def test_deletion_removes_row_and_files(client: httpx.AsyncClient, machine: Machine) -> None:
    (done,) = await finished(client, machine, **RANGE, captions="sidecar")
    (queued,) = await create(client, start_time=0, end_time=1)
    for export in (done, queued):
        assert (await client.delete(f"/api/exports/{export['id']}")).status_code == 204
    assert (await client.get("/api/exports")).json() == []
    assert await machine.objects() == set()
    await machine.runner(queued["id"], lambda: False)  # its job may have been taken already
    assert await machine.objects() == set()


async def test_deleted_video_takes_its_exports_along(client: httpx.AsyncClient, machine: Machine) -> None:
    (done,) = await finished(client, machine, **RANGE)
    assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    problem(await client.get(f"/api/exports/{done['id']}"), 404, "export-not-found")
    assert await machine.objects() == set()


async def test_list_is_paged_and_filtered(client: httpx.AsyncClient, machine: Machine) -> None:
    created = await create(client, moments="all")
    await client.post(f"/api/exports/{created[0]['id']}/cancel")

    first = await client.get("/api/exports", params={"limit": 2})
    assert len(first.json()) == 2
    second = await client.get(first.links["next"]["url"])
    assert "next" not in second.links
    ids = [export["id"] for export in first.json() + second.json()]
    assert sorted(ids) == sorted(export["id"] for export in created)

    active = (await client.get("/api/exports", params={"state": "active"})).json()
    assert {export["id"] for export in active} == {export["id"] for export in created[1:]}
    assert (await client.get("/api/exports", params={"video_id": "other"})).json() == []
    problem(await client.get("/api/exports", params={"cursor": "x"}), 422, "invalid-request")
