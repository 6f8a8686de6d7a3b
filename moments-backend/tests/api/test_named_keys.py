"""Named API keys: use, expiry, revocation, outages of PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256

import httpx
import pytest

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import InvalidRequestError, KeyNameTakenError, KeyNotFoundError
from app.models.access_scope import AccessScope
from app.services.access import named_keys
from app.services.access.key_management import create_key, list_keys, revoke_key
from embedded.postgres import Postgres
from tests.api.conftest import running
from tests.api.support.access import (
    KEY,
    REMOTE,
    Clock,
    application_of,
    audit_rows,
    bearer,
    client_at,
    named_key,
    with_key,
)
from tests.api.support.pause_process import frozen
from tests.api.support.rows import add_row, problem
from tests.fixtures.library import Library


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(named_keys, "time", made)
    return made


@pytest.fixture
async def locked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of an application that reads the keys for every request."""
    monkeypatch.setattr(named_keys, "REFRESH_SECONDS", 0.0)
    async with running(with_key(settings)) as client:
        yield client


async def test_key_is_random_and_stored_as_a_hash(locked: httpx.AsyncClient, library: Library) -> None:
    first, second = await named_key(name="first"), await named_key(name="second")
    assert first != second
    assert first.startswith("vm_")
    assert len(first) == len("vm_") + 43  # 256 bits
    with library.connection() as connection:
        rows = connection.execute("SELECT * FROM api_keys").fetchall()
    assert first not in str(rows)
    assert sha256(first.encode()).hexdigest() in str(rows)
    assert first not in str(audit_rows(library))


async def test_new_key_works_at_once(settings: Settings) -> None:
    """Also if the keys were read just before."""
    async with running(with_key(settings)) as client:
        for number in range(3):
            key = await named_key(name=f"key-{number}")
            assert (await client.get("/api/videos", headers=bearer(key))).status_code == 200


async def test_unknown_keys_are_rejected(locked: httpx.AsyncClient) -> None:
    key = await named_key()
    for wrong in ("vm_", f"{key}x", key[:-1], key.removeprefix("vm_")):
        problem(await locked.get("/api/videos", headers=bearer(wrong)), 401, "unauthorized")


async def test_revoked_key_is_rejected(locked: httpx.AsyncClient) -> None:
    key, other = await named_key(), await named_key(name="other")
    assert (await locked.get("/api/videos", headers=bearer(key))).status_code == 200
    assert await revoke_key("player", details={})
    problem(await locked.get("/api/videos", headers=bearer(key)), 401, "unauthorized")
    assert (await locked.get("/api/videos", headers=bearer(other))).status_code == 200


async def test_revocation_is_bounded_in_time(settings: Settings, clock: Clock) -> None:
    async with running(with_key(settings)) as client:
        key = await named_key()
        assert (await client.get("/api/videos", headers=bearer(key))).status_code == 200
        await revoke_key("player", details={})
        clock.now += named_keys.REFRESH_SECONDS + 0.1
        problem(await client.get("/api/videos", headers=bearer(key)), 401, "unauthorized")


async def test_expired_key_is_rejected(locked: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    expiry = utc_now() + timedelta(hours=1)
    key = await create_key("short-lived", AccessScope.EDIT, expiry, details={})
    assert (await locked.get("/api/videos", headers=bearer(key))).status_code == 200
    monkeypatch.setattr(named_keys, "utc_now", lambda: expiry)
    problem(await locked.get("/api/videos", headers=bearer(key)), 401, "unauthorized")


async def test_expired_key_is_rejected_by_the_query(locked: httpx.AsyncClient, library: Library) -> None:
    key = await named_key()
    library.execute("UPDATE api_keys SET expires_at = now() - interval '1 second'")
    problem(await locked.get("/api/videos", headers=bearer(key)), 401, "unauthorized")


async def test_concurrent_revocations_are_recorded_once(locked: httpx.AsyncClient, library: Library) -> None:
    await named_key()
    revoked = await asyncio.gather(*(revoke_key("player", details={}) for _ in range(8)))
    assert revoked.count(True) == 1
    assert [entry["action"] for entry in audit_rows(library)] == ["key.create", "key.revoke"]


async def test_names_stay_unique_after_revocation(locked: httpx.AsyncClient) -> None:
    """Otherwise an entry of the audit log could mean two keys."""
    await named_key()
    await revoke_key("player", details={})
    with pytest.raises(KeyNameTakenError):
        await named_key()
    with pytest.raises(KeyNotFoundError):
        await revoke_key("missing", details={})


@pytest.mark.parametrize(
    "name", ["", "api-key", "local", "cli", "unknown", "a b", "ä", "-x", "x" * 65, "a\n"]
)
async def test_unusable_names_are_rejected(name: str) -> None:
    with pytest.raises(InvalidRequestError):
        await named_key(name=name)


async def test_last_use_is_recorded_once_a_minute(locked: httpx.AsyncClient, library: Library) -> None:
    key = await named_key()
    keys = application_of(locked).state.container.access.keys

    async def use() -> object:
        assert (await locked.get("/api/videos", headers=bearer(key))).status_code == 200
        await asyncio.gather(*keys._tasks)
        (row,) = await list_keys()
        return row.last_used_at

    first = await use()
    assert first is not None
    assert await use() == first
    keys._used_at.clear()  # as in another process
    assert await use() == first
    library.execute("UPDATE api_keys SET last_used_at = now() - interval '61 seconds'")
    keys._used_at.clear()
    assert await use() > first  # type: ignore[operator]


async def test_unknown_keys_share_queries(locked: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_keys, "REFRESH_SECONDS", 5.0)
    keys = application_of(locked).state.container.access.keys
    queries = 0
    query = keys._query

    async def counting() -> None:
        nonlocal queries
        queries += 1
        await query()

    monkeypatch.setattr(keys, "_query", counting)
    found = await asyncio.gather(*(keys.verify(b"vm_%d" % number) for number in range(100)))
    assert set(found) == {None}
    assert queries <= 3


# Without API_KEY


async def test_named_key_suffices_for_remote_clients(settings: Settings, library: Library) -> None:
    add_row(library, "talk")
    async with running(settings) as local, client_at(application_of(local), REMOTE) as remote:
        problem(await remote.get("/api/videos"), 403, "api-key-required")
        key = await named_key(AccessScope.READ)
        assert (await remote.get("/api/videos", headers=bearer(key))).status_code == 200
        problem(await remote.delete("/api/videos/talk", headers=bearer(key)), 403, "insufficient-scope")
        problem(await remote.get("/api/videos", headers=bearer("vm_wrong")), 401, "unauthorized")
        assert (await remote.post("/api/session", headers=bearer(key))).status_code == 204
        assert (await remote.get("/api/videos")).status_code == 200  # with the cookie


async def test_loopback_needs_no_key_beside_named_keys(settings: Settings) -> None:
    async with running(settings) as local:
        key = await named_key(AccessScope.READ)
        assert (await local.get("/api/videos")).status_code == 200
        # A key that is sent counts: its scope, and that it is valid.
        problem(await local.delete("/api/videos/x", headers=bearer(key)), 403, "insufficient-scope")
        problem(await local.get("/api/videos", headers=bearer("vm_wrong")), 401, "unauthorized")
        assert (await local.get("/api/videos", headers=bearer("of another program"))).status_code == 200


# PostgreSQL unavailable


@pytest.mark.slow
async def test_recent_named_keys_survive_an_outage(
    own_settings: Settings, postgres: Postgres, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_settings.videos_dir / "talk.mp4").write_bytes(b"bytes")
    path = "/api/videos/talk/stream"
    async with running(with_key(own_settings)) as client:
        key = await named_key(name="outage")
        assert (await client.get(path, headers=bearer(key))).content == b"bytes"
        started = clock.now
        with frozen(postgres), monkeypatch.context() as patch:
            patch.setattr(named_keys, "QUERY_SECONDS", 0.2)
            clock.now = started + named_keys.REFRESH_SECONDS + 1
            assert (await client.get(path, headers=bearer(key))).content == b"bytes"
            clock.now = started + named_keys.OUTAGE_SECONDS + 1
            found = problem(await client.get(path, headers=bearer(key)), 503, "database-unavailable")
            assert found["retryable"]
            assert (await client.get(path, headers=bearer(KEY))).content == b"bytes"
        clock.now += named_keys.RETRY_SECONDS
        assert (await client.get(path, headers=bearer(key))).content == b"bytes"
