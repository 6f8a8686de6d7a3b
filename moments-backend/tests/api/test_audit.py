"""The audit log: entries of the API, reading, retention."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.models.access_scope import AccessScope
from app.services.access.audit import MAX_DETAILS, AuditLog
from tests.api.conftest import running
from tests.api.support import tus_client
from tests.api.support.access import (
    KEY,
    REMOTE,
    application_of,
    audit_rows,
    bearer,
    client_at,
    named_key,
    with_key,
)
from tests.api.support.rows import add_row, problem
from tests.fixtures.library import Library

ADMIN = bearer(KEY)


@pytest.fixture
async def locked(settings: Settings, library: Library) -> AsyncIterator[httpx.AsyncClient]:
    add_row(library, "talk")
    async with running(with_key(settings)) as client:
        yield client


@pytest.fixture
def log(settings: Settings) -> AuditLog:
    return AuditLog(settings)


async def entries(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/api/audit{query}", headers=ADMIN)).json()
    return found


async def test_changes_are_recorded(locked: httpx.AsyncClient) -> None:
    key = await named_key(AccessScope.EDIT, name="editor")
    async with client_at(application_of(locked), REMOTE) as remote:
        remote.headers.update(bearer(key) | {"X-Request-ID": "request-of-this-test"})
        assert (await remote.patch("/api/videos/talk", json={"title": "Tides"})).status_code == 200
        created = await remote.post("/api/generate_moments", json={"video_id": "talk"})
        assert (await remote.post("/api/pipeline/talk/cancel")).status_code == 202
        assert (await remote.post("/api/pipeline/talk/retry")).status_code == 202
        assert (await remote.post("/api/pipeline/talk/cancel")).status_code == 202
        assert (await remote.delete("/api/videos/talk")).status_code == 204
    found = await entries(locked, "?actor=editor")
    assert [(entry["action"], entry["target_type"], entry["target_id"]) for entry in reversed(found)] == [
        ("video.update", "video", "talk"),
        ("run.start", "run", "talk"),
        ("run.cancel", "run", "talk"),
        ("run.retry", "run", "talk"),
        ("run.cancel", "run", "talk"),
        ("video.delete", "video", "talk"),
    ]
    assert {(entry["client"], entry["request_id"]) for entry in found} == {(REMOTE, "request-of-this-test")}
    assert found[-1]["details"] == {"title": "Tides"}
    assert found[-2]["details"] == {"run": created.json()["request_id"]}
    assert found[0]["details"] == {"delete_local": False}


async def test_sessions_are_recorded(locked: httpx.AsyncClient) -> None:
    await locked.post("/api/session", headers=ADMIN)
    await locked.patch("/api/videos/talk", json={"title": "Tides"})
    await locked.delete("/api/session")
    assert [(entry["actor"], entry["action"]) for entry in reversed(await entries(locked))] == [
        ("api-key", "session.open"),
        ("session of api-key", "video.update"),
        ("session of api-key", "session.close"),
    ]


async def test_requests_without_a_key_are_recorded_as_local(
    client: httpx.AsyncClient, library: Library
) -> None:
    add_row(library, "talk")
    await client.delete("/api/videos/talk")
    (entry,) = audit_rows(library)
    assert (entry["actor"], entry["action"], entry["client"]) == ("local", "video.delete", "127.0.0.1")


async def test_reading_and_failures_are_not_recorded(locked: httpx.AsyncClient, library: Library) -> None:
    locked.headers.update(ADMIN)
    for path in ("/api/videos", "/api/videos/talk", "/api/audit", "/api/uploads"):
        assert (await locked.get(path)).status_code == 200
    problem(await locked.patch("/api/videos/missing", json={"title": "x"}), 404, "video-not-found")
    problem(await locked.patch("/api/videos/talk", json={"title": 5}), 422, "invalid-request")
    problem(await locked.post("/api/pipeline/talk/cancel"), 404, "no-run")
    assert audit_rows(library) == []


async def test_uploads_are_recorded_when_complete(locked: httpx.AsyncClient, library: Library) -> None:
    locked.headers.update(ADMIN)
    path = await tus_client.begin(locked, "talk.mp4", 6)
    await tus_client.patch(locked, path, 0, b"abc")
    await tus_client.patch(locked, path, 3, b"def")
    upload_id = path.rpartition("/")[2]
    assert [(entry["action"], entry["target_id"], entry["details"]) for entry in audit_rows(library)] == [
        ("upload.create", upload_id, {"bytes": 6}),
        ("upload.finish", upload_id, {"bytes": 6, "filename": "talk.mp4"}),
    ]


async def test_failed_entry_does_not_fail_the_request(
    locked: httpx.AsyncClient, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library.execute("ALTER TABLE audit_log RENAME TO elsewhere")
    try:
        response = await locked.patch("/api/videos/talk", json={"title": "Tides"}, headers=ADMIN)
        assert response.status_code == 200
    finally:
        library.execute("ALTER TABLE elsewhere RENAME TO audit_log")
    assert library.rows()["talk"]["title"] == "Tides"
    (record,) = [record for record in caplog.records if "Audit entry not recorded" in record.getMessage()]
    assert record.__dict__["action"] == "video.update"


async def test_locked_table_does_not_stop_changes(
    locked: httpx.AsyncClient, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.access.audit.RECORD_SECONDS", 0.2)
    with library.connection() as connection:
        connection.execute("LOCK TABLE audit_log")
        response = await locked.patch("/api/videos/talk", json={"title": "Tides"}, headers=ADMIN)
    assert response.status_code == 200
    assert library.rows()["talk"]["title"] == "Tides"


# Reading


async def test_pages_lead_through_all_entries(locked: httpx.AsyncClient, log: AuditLog) -> None:
    for number in range(7):
        await log.record(actor="api-key", action="video.delete", target_id=f"video-{number}")
    path, found = "/api/audit?limit=3", []
    while path:
        response = await locked.get(path, headers=ADMIN)
        found += [entry["target_id"] for entry in response.json()]
        path = response.links.get("next", {}).get("url", "")
    assert found == [f"video-{number}" for number in reversed(range(7))]


async def test_entries_are_filtered(locked: httpx.AsyncClient, log: AuditLog, library: Library) -> None:
    for action, actor, target in (
        ("video.delete", "cli", "a"),
        ("video.rename", "player", "a"),
        ("videos.other", "player", "b"),
        ("run.start", "player", "b"),
    ):
        await log.record(actor=actor, action=action, target_id=target)
    library.execute(
        "UPDATE audit_log SET at = timestamptz '2026-01-01T00:00:00Z' + (id - 1) * interval '1 day'"
    )
    for query, expected in (
        ("?action=video", ["video.rename", "video.delete"]),
        ("?action=video.delete", ["video.delete"]),
        ("?actor=cli", ["video.delete"]),
        ("?target=b", ["run.start", "videos.other"]),
        ("?from=2026-01-03T00:00:00Z", ["run.start", "videos.other"]),
        ("?to=2026-01-03T00:00:00%2B00:00", ["video.rename", "video.delete"]),
        ("?from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z", ["video.rename"]),
        ("?actor=missing", []),
    ):
        assert [entry["action"] for entry in await entries(locked, query)] == expected, query


async def test_bad_parameters_are_422(locked: httpx.AsyncClient) -> None:
    for query in (
        *("limit=0", "limit=201", "cursor=x", "cursor=WyJhIl0", "cursor=Wy0xXQ"),
        *("from=yesterday", "from=2026-01-01", "to=x", "action=%00"),
    ):
        problem(await locked.get(f"/api/audit?{query}", headers=ADMIN), 422, "invalid-request")


async def test_only_admins_read_the_log(locked: httpx.AsyncClient) -> None:
    for scope, status in ((AccessScope.READ, 403), (AccessScope.EDIT, 403), (AccessScope.ADMIN, 200)):
        headers = bearer(await named_key(scope, name=scope.value))
        assert (await locked.get("/api/audit", headers=headers)).status_code == status


# Content and retention


async def test_details_are_bounded_and_storable(locked: httpx.AsyncClient, log: AuditLog) -> None:
    await log.record(
        actor="cli", action="video.rename", target_id="x\0" * 1000, details={"title": "\ud800\0y" * 500}
    )
    await log.record(
        actor="cli", action="video.rename", details=dict.fromkeys(map(str, range(MAX_DETAILS)), 1)
    )
    large, odd = await entries(locked)
    assert large["details"] == {"truncated": True}
    assert odd["target_id"] == "x" * 255
    assert odd["details"]["title"].startswith("?y?y")
    assert len(odd["details"]["title"]) == 200


async def test_old_entries_are_deleted(
    locked: httpx.AsyncClient, settings: Settings, library: Library
) -> None:
    log = AuditLog(settings.model_copy(update={"audit_days": 30}))
    for target in ("old", "new"):
        await log.record(actor="cli", action="video.delete", target_id=target)
    library.execute("UPDATE audit_log SET at = now() - interval '31 days' WHERE target_id = 'old'")
    assert await log.delete_old() == 1
    assert [entry["target_id"] for entry in audit_rows(library)] == ["new"]
