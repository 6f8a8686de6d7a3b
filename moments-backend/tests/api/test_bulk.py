"""`POST /api/videos/bulk` and `/api/bulk`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.models.access_scope import AccessScope
from app.services.bulk.actions import bulk_actions
from app.services.bulk.runner import BulkRunner
from app.services.container import ApiContainer
from tests.api.conftest import running
from tests.api.support.access import KEY, bearer, named_key, with_key
from tests.api.support.rows import add_row, add_rows, problem
from tests.api.support.runs import jobs, run_rows
from tests.api.test_delete import fill
from tests.fixtures.library import Library

BULK = "/api/videos/bulk"
ADMIN = bearer(KEY)


@pytest.fixture
async def locked(settings: Settings, library: Library) -> AsyncIterator[httpx.AsyncClient]:
    async with running(with_key(settings)) as client:
        yield client


async def post(client: httpx.AsyncClient, status: int = 200, **body: Any) -> dict[str, Any]:
    response = await client.post(BULK, json=body)
    assert response.status_code == status, response.text
    found: dict[str, Any] = response.json()
    return found


def column(library: Library, name: str) -> dict[str, Any]:
    return {identifier: row[name] for identifier, row in library.rows().items()}


def deleted(library: Library) -> set[str]:
    return {identifier for identifier, value in column(library, "deleted_at").items() if value}


@pytest.fixture
def runner(container: ApiContainer) -> BulkRunner:
    return BulkRunner(
        bulk_actions(container.settings, container.uploader, container.deletion, container.run_service.submit)
    )


async def run(runner: BulkRunner, operation: dict[str, Any]) -> None:
    await runner(operation["id"], lambda: False)


async def test_trash_and_undo_restore_exactly_the_same(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 6)
    await client.delete("/api/videos/talk-1")
    operation = await post(client, action="trash", ids=["talk-1", "talk-2", "talk-3", "nope", "talk-3"])
    assert (operation["state"], operation["total"], operation["changed"]) == ("completed", 4, 2)
    assert [(failure["video_id"], failure["type"]) for failure in operation["failures"]] == [
        ("nope", "video-not-found")
    ]
    assert deleted(library) == {"talk-1", "talk-2", "talk-3"}
    undone = await post(client, action="restore", operation=operation["id"])
    assert undone["changed"] == 2
    assert deleted(library) == {"talk-1"}
    assert (await client.get(f"/api/bulk/{operation['id']}")).json() == operation
    assert [found["id"] for found in (await client.get("/api/bulk?limit=2")).json()] == [
        undone["id"],
        operation["id"],
    ]


async def test_filter_acts_on_what_matches_now(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 9)
    listed = await client.get("/api/videos?min_duration=5")
    operation = await post(client, action="favorite", filter={"min_duration": 5}, expected=len(listed.json()))
    assert operation["changed"] == 5
    assert sum(column(library, "is_favorite").values()) == 5
    assert (await post(client, action="unfavorite", filter={"q": "talk-7"}))["changed"] == 1
    assert (await post(client, action="trash", filter={"q": "no such video"}))["total"] == 0
    response = await client.post(BULK, json={"action": "trash", "filter": {}, "expected": 8})
    found = problem(response, 409, "bulk-count-changed")
    assert "8 videos were expected, but the selection has 9" in found["detail"]
    assert deleted(library) == set()


async def test_filter_leaves_out_named_videos(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 6)
    names: dict[str, Any] = {
        "action": "trash",
        "filter": {"min_duration": 2},
        "except_ids": ["talk-3", "talk-1", "nope"],
    }
    found = problem(await client.post(BULK, json={**names, "expected": 5}), 409, "bulk-count-changed")
    assert "the selection has 4" in found["detail"]
    operation = await post(client, **names, expected=4)
    assert (operation["total"], operation["changed"], operation["failed"]) == (4, 4, 0)
    assert deleted(library) == {"talk-2", "talk-4", "talk-5", "talk-6"}
    await post(client, action="restore", operation=operation["id"])
    assert deleted(library) == set()
    queued = await post(client, 202, action="delete", filter={}, except_ids=["talk-5"], expected=5)
    assert queued["total"] == 5
    assert [video["id"] for video in (await client.get("/api/videos")).json()] == ["talk-5"]


async def test_tags_are_added_and_removed_in_order(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "a", tags=["Physics", "old"])
    add_row(library, "b")
    add_row(library, "gone")
    await client.delete("/api/videos/gone")
    operation = await post(
        client, action="add_tags", ids=["a", "b", "gone"], tags=["physics", " new  tag ", "two"]
    )
    assert (operation["changed"], operation["failed"]) == (2, 1)
    assert column(library, "tags") == {
        "a": ["Physics", "old", "new tag", "two"],
        "b": ["physics", "new tag", "two"],
        "gone": [],
    }
    operation = await post(client, action="remove_tags", filter={}, tags=["PHYSICS", "absent"])
    assert (operation["changed"], column(library, "tags")["a"]) == (2, ["old", "new tag", "two"])


async def test_full_tag_lists_are_reported(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "full", tags=[f"tag {number}" for number in range(100)])
    operation = await post(client, action="add_tags", ids=["full"], tags=["tag 5", "one more"])
    assert [failure["type"] for failure in operation["failures"]] == ["too-many-tags"]
    assert len(column(library, "tags")["full"]) == 100
    assert (await post(client, action="add_tags", ids=["full"], tags=["tag 5"]))["failed"] == 0


INVALID: Sequence[dict[str, Any]] = (
    {"action": "trash"},
    {"action": "trash", "ids": []},
    {"action": "trash", "ids": ["a"], "filter": {}},
    {"action": "explode", "ids": ["a"]},
    {"action": "trash", "ids": ["a\0"]},
    {"action": "trash", "ids": ["x" * 256]},
    {"action": "trash", "ids": [7]},
    {"action": "trash", "filter": {"no_such_filter": 1}},
    {"action": "trash", "filter": {"min_duration": "long"}},
    {"action": "trash", "filter": []},
    {"action": "add_tags", "ids": ["a"]},
    {"action": "trash", "ids": ["a"], "tags": ["x"]},
    {"action": "add_tags", "ids": ["a"], "tags": ["\u202e"]},
    {"action": "delete", "filter": {}},
    {"action": "trash", "ids": ["a"], "delete_local": True},
    {"action": "trash", "operation": "x"},
    {"action": "trash", "ids": ["a"], "expected": -1},
    {"action": "trash", "ids": ["a"], "except_ids": ["b"]},
    {"action": "trash", "operation": "0" * 32, "except_ids": ["b"]},
    {"action": "trash", "filter": {}, "except_ids": "a"},
    {"action": "trash", "filter": {}, "except_ids": ["a\0"]},
    {"action": "trash", "filter": {}, "except_ids": ["b"] * 10_001},
    {"action": "merge", "ids": ["a"]},
    {"action": "trash", "ids": ["a"], "unknown": 1},
)


@pytest.mark.parametrize("body", INVALID, ids=map(str, range(len(INVALID))))
async def test_invalid_requests_change_nothing(
    client: httpx.AsyncClient, library: Library, body: dict[str, Any]
) -> None:
    add_row(library, "a")
    problem(await client.post(BULK, json=body), 422, "invalid-request")
    assert deleted(library) == set()


async def test_100001_ids_are_refused(client: httpx.AsyncClient, library: Library) -> None:
    ids = [str(number) for number in range(100_001)]
    problem(await client.post(BULK, json={"action": "trash", "ids": ids}), 422, "invalid-request")
    problem(
        await client.post(BULK, json={"action": "restore", "operation": "0" * 32}),
        404,
        "bulk-operation-not-found",
    )


@pytest.mark.slow
async def test_quick_actions_take_thousands(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 4_000)
    operation = await post(client, action="trash", filter={}, expected=4_000)
    assert operation["changed"] == 4_000
    assert (await client.get("/api/trash?limit=1")).json()["total"] == 4_000
    assert (await post(client, action="restore", operation=operation["id"]))["changed"] == 4_000
    ids = [f"talk-{number}" for number in range(1, 4_001)]
    assert (await post(client, action="add_tags", ids=ids, tags=["all"]))["changed"] == 4_000


async def test_trash_cancels_runs_in_bulk(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 3)
    for name in ("talk-1", "talk-2"):
        await client.post("/api/generate_moments", json={"video_id": name})
    await post(client, action="trash", ids=["talk-1", "talk-3"])
    assert {row["video_identifier"]: row["status"] for row in run_rows(library)} == {
        "talk-1": "cancelled",
        "talk-2": "queued",
    }


async def test_worker_deletes_for_good(
    client: httpx.AsyncClient, library: Library, runner: BulkRunner
) -> None:
    for name in ("a", "b", "c"):
        fill(library, name)
    await client.delete("/api/videos/a")
    operation = await post(client, 202, action="delete", ids=["a", "b", "nope"])
    assert (operation["state"], operation["total"], operation["done"]) == ("queued", 3, 1)
    problem(await client.get("/api/videos/b"), 404, "video-not-found")
    problem(await client.post("/api/trash/a/restore"), 404, "video-not-found")
    assert (await client.get("/api/trash")).json()["total"] == 0
    await run(runner, operation)
    ended = (await client.get(f"/api/bulk/{operation['id']}")).json()
    assert (ended["state"], ended["done"], ended["changed"], ended["failed"]) == ("completed", 3, 2, 1)
    assert set(library.rows()) == {"c"}
    assert {name.split("/")[1].partition(".")[0] for name in library.objects()} == {"c"}


async def test_final_deletion_needs_admin(locked: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "a")
    locked.headers.update(bearer(await named_key(AccessScope.EDIT)))
    problem(await locked.post(BULK, json={"action": "delete", "ids": ["a"]}), 403, "insufficient-scope")
    problem(await locked.delete("/api/trash"), 403, "insufficient-scope")
    problem(await locked.delete("/api/videos/a?permanent=true"), 403, "insufficient-scope")
    operation = await post(locked, action="trash", ids=["a"])
    locked.headers.update(ADMIN)
    entries = (await locked.get("/api/audit?action=video.bulk")).json()
    assert [(entry["target_id"], entry["details"]) for entry in entries] == [
        (operation["id"], {"action": "trash", "videos": 1})
    ]


async def test_operation_continues_after_its_worker_died(
    client: httpx.AsyncClient, container: ApiContainer, library: Library, runner: BulkRunner
) -> None:
    add_rows(library, 5)
    operation = await post(client, 202, action="transcribe", filter={})
    library.execute("UPDATE bulk_operations SET state = 'processing', position = 3, done = 3")
    library.execute("DELETE FROM procrastinate_jobs")
    async with container.run_queue as queue:
        assert await runner.recover_stalled(queue) == 1
        assert await runner.recover_stalled(queue) == 0
    assert [job["lock"] for job in jobs(library)] == [f"bulk:{operation['id']}"]
    await run(runner, operation)
    ended = (await client.get(f"/api/bulk/{operation['id']}")).json()
    assert (ended["state"], ended["done"], ended["changed"]) == ("completed", 5, 2)
    assert len(run_rows(library)) == 2


async def test_cancelled_operations_stop(
    client: httpx.AsyncClient, library: Library, runner: BulkRunner
) -> None:
    add_rows(library, 3)
    operation = await post(client, 202, action="transcribe", filter={})
    path = f"/api/bulk/{operation['id']}/cancel"
    assert (await client.post(path)).json()["state"] == "cancelled"
    problem(await client.post(path), 409, "bulk-operation-ended")
    await run(runner, operation)
    assert run_rows(library) == []

    operation = await post(client, 202, action="transcribe", filter={})
    library.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    response = await client.post(f"/api/bulk/{operation['id']}/cancel")
    assert response.json()["state"] == "cancelling"
    await run(runner, operation)
    assert (await client.get(f"/api/bulk/{operation['id']}")).json()["state"] == "cancelled"
    assert run_rows(library) == []


async def test_failures_are_recorded_per_video(
    client: httpx.AsyncClient, library: Library, runner: BulkRunner
) -> None:
    add_row(library, "lost", size_bytes=5)
    operation = await post(client, 202, action="fetch", ids=["lost"])
    await run(runner, operation)
    ended = (await client.get(f"/api/bulk/{operation['id']}")).json()
    assert (ended["state"], ended["done"], ended["failed"]) == ("completed", 1, 1)
    assert [failure["video_id"] for failure in ended["failures"]] == ["lost"]


async def test_concurrent_operations_change_each_row_once(
    client: httpx.AsyncClient, library: Library
) -> None:
    add_rows(library, 200)
    results = await asyncio.gather(*(post(client, action="trash", filter={}) for _ in range(4)))
    assert sum(result["changed"] for result in results) == 200


async def test_webhooks_report_each_changed_video(client: httpx.AsyncClient, library: Library) -> None:
    ids = add_rows(library, 3)
    hook = {"url": "https://hooks.example/videos", "events": ["video.trashed", "video.updated"]}
    assert (await client.post("/api/webhooks", json=hook)).status_code == 201
    await post(client, ids=ids[:2], action="add_tags", tags=["physics"])
    await post(client, ids=ids[:2], action="add_tags", tags=["physics"])  # changes nothing
    await post(client, ids=ids, action="trash")
    await post(client, ids=ids, action="restore")
    with library.connection() as connection:
        found = connection.execute(
            "SELECT event, payload->'data'->>'id', payload->'data'->'changed' FROM webhook_deliveries"
        ).fetchall()
    assert sorted(found, key=str) == [
        *(("video.trashed", identifier, None) for identifier in sorted(ids)),
        *(("video.updated", identifier, ["tags"]) for identifier in sorted(ids[:2])),
    ]
