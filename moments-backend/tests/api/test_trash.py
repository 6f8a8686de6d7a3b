"""The trash: `DELETE /api/videos/{video_id}` and `/api/trash`."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.services.container import ApiContainer
from tests.api.conftest import running
from tests.api.support.access import application_of
from tests.api.support.rows import add_row, add_rows, problem, video_path
from tests.api.support.runs import run_rows
from tests.api.test_delete import derived, fill, objects
from tests.fixtures.library import Library

TRASH = "/api/trash"


async def trashed(client: httpx.AsyncClient) -> list[str]:
    return [video["id"] for video in (await client.get(TRASH)).json()["videos"]]


def purges(library: Library) -> list[Any]:
    with library.connection() as connection:
        return connection.execute("SELECT identifier, scope FROM video_purges").fetchall()


async def test_delete_keeps_everything_but_the_row_mark(client: httpx.AsyncClient, library: Library) -> None:
    fill(library, "talk")
    before, files = library.rows()["talk"], library.snapshot()[1:]
    assert (await client.delete("/api/videos/talk")).status_code == 204
    row = library.rows()["talk"]
    assert row["deleted_at"] is not None
    assert row | {"deleted_at": None} == before
    assert library.snapshot()[1:] == files
    assert all(path.exists() for path in derived(library.settings, "talk"))
    assert (await client.post(f"{TRASH}/talk/restore")).status_code == 204
    assert library.rows()["talk"] == before
    assert (await client.get("/api/videos/talk")).status_code == 200


READS = (
    *("", "/stream", "/url", "/thumbnail", "/playback", "/storyboard.vtt", "/transcript", "/transcript.vtt"),
    *("/moments", "/moments/deleted", "/chapters", "/clips", "/exports", "/exports.zip", "/markers.edl"),
)


async def test_is_404_everywhere_else(client: httpx.AsyncClient, library: Library) -> None:
    fill(library, "talk")
    (library.folder / "talk.mp4").write_bytes(b"local original")
    assert (await client.get("/api/videos/talk/stream")).status_code == 200
    assert (await client.delete("/api/videos/talk")).status_code == 204
    for path in READS:
        found = problem(await client.get(f"/api/videos/talk{path}"), 404, "video-not-found")
        assert "trash" in found["detail"], path
        assert found["video_id"] == "talk"
    body: dict[str, Any] = {"start_time": 0, "end_time": 5, "title": "x"}
    for method, path, value in (
        ("PATCH", "/api/videos/talk", {"title": "x"}),
        ("DELETE", "/api/videos/talk", None),
        ("POST", "/api/videos/talk/moments", body),
        ("POST", "/api/videos/talk/exports", {"start_time": 0, "end_time": 5}),
        ("POST", "/api/videos/talk/playback", None),
        ("PUT", "/api/videos/talk/thumbnail", {"at_seconds": 0}),
        ("POST", "/api/generate_moments", {"video_id": "talk"}),
    ):
        problem(await client.request(method, path, json=value), 404, "video-not-found")
    assert (await client.get("/api/videos")).json() == []


async def test_trash_page_lists_titles_dates_and_bytes(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "kept", size_bytes=7)
    add_row(library, "first_talk", size_bytes=1000, duration_seconds=60)
    add_row(library, "second", size_bytes=500, title="Tides")
    (library.folder / "second.mp4").write_bytes(b"x" * 500)
    for name in ("first_talk", "second"):
        await client.delete(f"/api/videos/{name}")
    page = (await client.get(TRASH)).json()
    assert (page["total"], page["size_bytes"], page["days"]) == (2, 1500, 30)
    second, first = page["videos"]
    assert (second["id"], second["title"], second["size_bytes"]) == ("second", "Tides", 500)
    assert (first["title"], first["is_local"], second["is_local"]) == ("First Talk", False, True)
    assert (second["thumbnail_url"], second["days_left"]) == ("/api/trash/second/thumbnail", 29)
    deleted, purged = (datetime.fromisoformat(second[name]) for name in ("deleted_at", "purges_at"))
    assert purged - deleted == timedelta(days=30)


async def test_trash_is_paged(client: httpx.AsyncClient, library: Library) -> None:
    names = add_rows(library, 7)
    library.execute("UPDATE videos SET deleted_at = now()")  # one time for all
    found, path = [], f"{TRASH}?limit=3"
    while path:
        response = await client.get(path)
        found += [video["id"] for video in response.json()["videos"]]
        path = response.links["next"]["url"] if response.links else ""
    assert sorted(found) == sorted(names)
    problem(await client.get(f"{TRASH}?cursor=x"), 422, "invalid-request")


async def test_thumbnail_stays_visible_in_the_trash(client: httpx.AsyncClient, library: Library) -> None:
    fill(library, "talk")
    (library.folder / "talk.mp4").unlink()
    await client.delete("/api/videos/talk")
    response = await client.get(f"{TRASH}/talk/thumbnail")
    assert (response.status_code, response.content) == (200, b"talk")


async def test_runs_and_exports_are_cancelled(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk", duration_seconds=60)
    await client.post("/api/generate_moments", json={"video_id": "talk"})
    (export,) = (await client.post("/api/videos/talk/exports", json={"start_time": 0, "end_time": 5})).json()
    assert (await client.delete("/api/videos/talk")).status_code == 204
    assert [row["status"] for row in run_rows(library)] == ["cancelled"]
    problem(await client.get(f"/api/exports/{export['id']}"), 404, "export-not-found")
    assert (await client.get("/api/exports")).json() == []
    for path in ("/api/pipeline/talk/retry", f"/api/exports/{export['id']}/retry"):
        assert (await client.post(path)).status_code == 404
    await client.post(f"{TRASH}/talk/restore")
    assert (await client.get(f"/api/exports/{export['id']}")).json()["state"] == "cancelled"
    assert (await client.post(f"/api/exports/{export['id']}/retry")).status_code == 202
    assert (await client.post("/api/pipeline/talk/retry")).status_code == 202


@pytest.mark.parametrize("path", ["/api/videos/talk?permanent=true", f"{TRASH}/talk"])
async def test_final_deletion_leaves_nothing(client: httpx.AsyncClient, library: Library, path: str) -> None:
    for name in ("talk", "talk-2"):
        fill(library, name)
    if path.startswith(TRASH):
        problem(await client.delete(path), 404, "video-not-found")
        await client.delete("/api/videos/talk")
    assert (await client.delete(path)).status_code == 204
    assert set(library.rows()) == {"talk-2"}
    assert set(library.objects()) == objects("talk-2")
    assert purges(library) == []
    assert (library.folder / "talk.mp4").exists()
    problem(await client.post(f"{TRASH}/talk/restore"), 404, "video-not-found")


async def test_emptying_refuses_an_unexpected_number(client: httpx.AsyncClient, library: Library) -> None:
    for name in ("a", "b"):
        add_row(library, name)
        await client.delete(f"/api/videos/{name}")
    shown = (await client.get(TRASH)).json()
    problem(await client.delete(f"{TRASH}?expected=3"), 409, "trash-changed")
    add_row(library, "later")
    await client.delete("/api/videos/later")
    problem(await client.delete(f"{TRASH}?expected=2"), 409, "trash-changed")
    query = {"before": shown["as_of"], "expected": shown["total"]}
    operation = (await client.delete(TRASH, params=query)).json()
    assert (operation["action"], operation["state"], operation["total"]) == ("delete", "queued", 2)
    assert await trashed(client) == ["later"]
    problem(await client.post(f"{TRASH}/a/restore"), 404, "video-not-found")
    problem(await client.delete(f"{TRASH}?before=yesterday"), 422, "invalid-request")


async def test_emptying_an_empty_trash_is_complete(client: httpx.AsyncClient, library: Library) -> None:
    response = await client.delete(TRASH)
    assert (response.status_code, response.json()["state"]) == (202, "completed")


async def test_worker_deletes_expired_videos_only(
    client: httpx.AsyncClient, container: ApiContainer, library: Library
) -> None:
    for name, days in (("old", 31), ("recent", 29)):
        fill(library, name)
        deleted_at = datetime.now(UTC) - timedelta(days=days)
        library.execute("UPDATE videos SET deleted_at = %s WHERE identifier = %s", deleted_at, name)
    assert await container.trash.clean_up() == 1
    assert set(library.rows()) == {"recent"}
    assert set(library.objects()) == objects("recent")


async def test_interrupted_deletion_is_finished_by_a_worker(settings: Settings, library: Library) -> None:
    fill(library, "talk")
    away = settings.model_copy(update={"storage_emulator_host": "http://127.0.0.1:1", "gcs_max_retries": 0})
    async with running(away) as cut_off:
        assert (await cut_off.delete("/api/videos/talk?delete_local=true")).status_code == 204
    assert library.rows() == {}
    assert purges(library) == [("talk", "all")]
    assert set(library.objects()) == objects("talk")
    async with running(settings) as client:
        assert await application_of(client).state.container.trash.clean_up() == 1
    assert (library.objects(), purges(library)) == ({}, [])


async def test_work_started_while_deleting_is_cancelled(
    client: httpx.AsyncClient, container: ApiContainer, library: Library
) -> None:
    add_row(library, "talk")
    await client.post("/api/generate_moments", json={"video_id": "talk"})
    library.execute("UPDATE videos SET deleted_at = now()")  # as if the run had been added a moment later
    await container.trash.clean_up()
    assert [row["status"] for row in run_rows(library)] == ["cancelled"]


@pytest.mark.slow
async def test_of_restore_and_final_deletion_one_wins(client: httpx.AsyncClient, library: Library) -> None:
    for number in range(6):
        name = f"talk-{number}"
        fill(library, name)
        await client.delete(video_path(name))
        restore, purge, again = await asyncio.gather(
            client.post(f"{TRASH}/{name}/restore"),
            client.delete(f"{TRASH}/{name}"),
            client.delete(f"{TRASH}/{name}"),
        )
        statuses = sorted((purge.status_code, again.status_code))
        if name in library.rows():
            assert (restore.status_code, statuses) == (204, [404, 404])
            assert objects(name) <= set(library.objects())
        else:
            assert (restore.status_code, statuses) == (404, [204, 404])
            assert not objects(name) & set(library.objects())


async def test_link_takes_its_video_out_of_the_trash(client: httpx.AsyncClient, library: Library) -> None:
    url = "https://example.org/talk.mp4"
    add_row(library, "talk", source_url=url)
    await client.delete("/api/videos/talk")
    created = (await client.post("/api/generate_moments", json={"video_url": url})).json()
    assert (created["video_id"], created["is_restored"], created["is_cached"]) == ("talk", True, True)
    assert (await client.get("/api/videos/talk")).status_code == 200


async def test_identifier_in_the_trash_stays_reserved(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    await client.delete("/api/videos/talk")
    link = {"video_url": "https://example.org/other/talk.mp4"}
    created = (await client.post("/api/generate_moments", json=link)).json()
    assert created["video_id"].startswith("talk-")
    assert "is_restored" not in created
