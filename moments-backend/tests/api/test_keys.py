"""`/api/keys`: creating, listing and revoking named keys."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.config import Settings
from app.models.access_scope import AccessScope
from app.services.access import named_keys
from tests.api.conftest import running
from tests.api.support.access import KEY, audit_rows, bearer, named_key, with_key
from tests.api.support.rows import problem
from tests.fixtures.library import Library

ADMIN = bearer(KEY)


@pytest.fixture
async def locked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of an application that reads the keys for every request."""
    monkeypatch.setattr(named_keys, "REFRESH_SECONDS", 0.0)
    async with running(with_key(settings)) as client:
        yield client


async def test_key_works_until_it_is_revoked(locked: httpx.AsyncClient, library: Library) -> None:
    wanted = {"name": "tablet", "scope": "edit", "expires_in_days": 30}
    response = await locked.post("/api/keys", json=wanted, headers=ADMIN)
    created = response.json()
    assert response.status_code == 201
    assert created["expires_at"] is not None
    assert (await locked.get("/api/videos", headers=bearer(created["key"]))).status_code == 200

    assert (await locked.delete("/api/keys/tablet", headers=ADMIN)).status_code == 204
    assert (await locked.get("/api/videos", headers=bearer(created["key"]))).status_code == 401
    entries = [(row["actor"], row["action"], row["target_id"]) for row in audit_rows(library)]
    assert entries == [("api-key", "key.create", "tablet"), ("api-key", "key.revoke", "tablet")]
    assert created["key"] not in str(audit_rows(library))


async def test_list_contains_no_keys(locked: httpx.AsyncClient) -> None:
    first = (await locked.post("/api/keys", json={"name": "first"}, headers=ADMIN)).json()["key"]
    await named_key(AccessScope.ADMIN, name="second")
    await locked.delete("/api/keys/second", headers=ADMIN)
    response = await locked.get("/api/keys", headers=ADMIN)
    assert [(key["name"], key["scope"], key["revoked_at"] is None) for key in response.json()] == [
        ("first", "read", True),
        ("second", "admin", False),
    ]
    assert first not in response.text


@pytest.mark.parametrize("scope", [AccessScope.READ, AccessScope.EDIT])
async def test_other_scopes_manage_no_keys(locked: httpx.AsyncClient, scope: AccessScope) -> None:
    headers = bearer(await named_key(scope))
    assert (await locked.get("/api/keys", headers=headers)).status_code == 403
    created = await locked.post("/api/keys", json={"name": "mine", "scope": "admin"}, headers=headers)
    assert created.status_code == 403
    assert (await locked.delete("/api/keys/player", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": ""},
        {"name": "two words"},
        {"name": "cli"},
        {"name": "a" * 65},
        {"name": "player\u202e"},
        {"name": "x", "scope": "owner"},
        {"name": "x", "expires_in_days": 0},
        {"name": "x", "expires_in_days": 1e9},
        {"name": "x", "expires_at": None},
    ],
)
async def test_invalid_keys_are_refused(locked: httpx.AsyncClient, wanted: dict[str, object]) -> None:
    assert (await locked.post("/api/keys", json=wanted, headers=ADMIN)).status_code == 422


async def test_names_are_used_once(locked: httpx.AsyncClient) -> None:
    assert (await locked.post("/api/keys", json={"name": "tablet"}, headers=ADMIN)).status_code == 201
    again = await locked.post("/api/keys", json={"name": "tablet"}, headers=ADMIN)
    assert problem(again, 409, "key-exists")
    assert problem(await locked.delete("/api/keys/missing", headers=ADMIN), 404, "key-not-found")
