"""Browser sessions: attributes, revocation, expiry, outages of Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.core.config import Settings
from app.core.redis import create_redis
from app.models.access_scope import AccessScope
from app.services.access import named_keys, sessions
from app.services.access.key_management import revoke_key
from app.services.access.sessions import SessionStore
from embedded.stack import EmbeddedStack
from embedded.valkey import Valkey
from tests.api.conftest import running
from tests.api.support.access import (
    KEY,
    Clock,
    application_of,
    bearer,
    cookie,
    named_key,
    session_cookie,
    with_key,
)
from tests.api.support.pause_process import frozen
from tests.api.support.rows import problem


@pytest.fixture
async def locked(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with running(with_key(settings)) as client:
        yield client


@pytest.fixture
def fresh_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make processes read the named keys for every request."""
    monkeypatch.setattr(named_keys, "REFRESH_SECONDS", 0.0)


async def signed_in(client: httpx.AsyncClient, key: str = KEY) -> str:
    """Open a session and return its id; the client forgets it."""
    session_id = session_cookie(await client.post("/api/session", headers=bearer(key)))
    client.cookies.clear()
    return session_id


async def redis_content(settings: Settings) -> str:
    """Return all keys and values of Redis as text."""
    redis = create_redis(settings)
    try:
        found: list[object] = []
        for name in await redis.keys("*"):
            is_text = await redis.type(name) == "string"
            found += [name, await redis.get(name) if is_text else await redis.zrange(name, 0, -1)]
        return str(found)
    finally:
        await redis.aclose()


async def test_session_cookie_is_random_and_protected(locked: httpx.AsyncClient, settings: Settings) -> None:
    response = await locked.post("/api/session", headers=bearer(KEY))
    assert (response.status_code, response.content) == (204, b"")
    (header,) = response.headers.get_list("set-cookie")
    attributes = {part.strip().lower() for part in header.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/", f"max-age={7 * 24 * 3600}"} <= attributes
    assert "secure" not in attributes
    first, second = session_cookie(response), await signed_in(locked)
    assert first != second
    assert len(first) == 43  # 256 bits
    assert (await locked.get("/api/videos", headers=cookie(first))).status_code == 200
    stored = await redis_content(settings)
    assert "videomoments:session:" in stored
    for secret in (KEY, first, second):
        assert secret not in stored


async def test_session_cannot_open_another(locked: httpx.AsyncClient) -> None:
    """Otherwise a session could be renewed forever."""
    problem(await locked.post("/api/session", headers=cookie(await signed_in(locked))), 401, "unauthorized")


async def test_revoked_session_is_rejected(locked: httpx.AsyncClient) -> None:
    ended, other = await signed_in(locked), await signed_in(locked)
    response = await locked.delete("/api/session", headers=cookie(ended))
    assert response.status_code == 204
    assert session_cookie(response) == ""
    for _ in range(2):
        problem(await locked.get("/api/videos", headers=cookie(ended)), 401, "unauthorized")
    problem(await locked.delete("/api/session", headers=cookie(ended)), 401, "unauthorized")
    assert (await locked.get("/api/videos", headers=cookie(other))).status_code == 200


async def test_revocation_applies_to_all_processes(locked: httpx.AsyncClient, settings: Settings) -> None:
    session_id = await signed_in(locked)
    async with another_process(settings) as elsewhere:
        assert await elsewhere.find(session_id) is not None
        await locked.delete("/api/session", headers=cookie(session_id))
        assert await elsewhere.find(session_id) is None


async def test_concurrent_revocations_succeed(locked: httpx.AsyncClient) -> None:
    session_id = await signed_in(locked)
    answers = await asyncio.gather(
        *(locked.delete("/api/session", headers=cookie(session_id)) for _ in range(20)),
        *(locked.get("/api/videos", headers=cookie(session_id)) for _ in range(20)),
    )
    assert {answer.status_code for answer in answers} <= {200, 204, 401}
    assert 204 in {answer.status_code for answer in answers}
    problem(await locked.get("/api/videos", headers=cookie(session_id)), 401, "unauthorized")


async def test_invalid_cookies_are_rejected(locked: httpx.AsyncClient) -> None:
    good = await signed_in(locked)
    for bad in ("", "session", good[:-1], f"{good}A", good.swapcase(), KEY, "\xff\xfe", "../../x", "A" * 43):
        headers = {b"Cookie": f"videomoments_session={bad}".encode()}
        problem(await locked.get("/api/videos", headers=headers), 401, "unauthorized")


async def test_session_expires(
    locked: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await signed_in(locked)
    redis = create_redis(settings)
    (name,) = await redis.keys("videomoments:session:*")
    assert 0 < await redis.ttl(name) <= 7 * 24 * 3600
    await redis.aclose()
    clock = Clock()
    clock.now += 7 * 24 * 3600 + 1
    monkeypatch.setattr(sessions, "time", clock)
    problem(await locked.get("/api/videos", headers=cookie(session_id)), 401, "unauthorized")


async def test_changed_key_ends_sessions(locked: httpx.AsyncClient, settings: Settings) -> None:
    session_id = await signed_in(locked)
    async with running(with_key(settings, "another key of this test")) as changed:
        problem(await changed.get("/api/videos", headers=cookie(session_id)), 401, "unauthorized")
    async with running(with_key(settings)) as restored:
        assert (await restored.get("/api/videos", headers=cookie(session_id))).status_code == 200


async def test_revoked_key_ends_its_sessions(locked: httpx.AsyncClient, fresh_keys: None) -> None:
    session_id, main = await signed_in(locked, await named_key()), await signed_in(locked)
    assert (await locked.get("/api/videos", headers=cookie(session_id))).status_code == 200
    await revoke_key("player", details={})
    problem(await locked.get("/api/videos", headers=cookie(session_id)), 401, "unauthorized")
    assert (await locked.get("/api/videos", headers=cookie(main))).status_code == 200


async def test_session_has_the_scope_of_its_key(locked: httpx.AsyncClient) -> None:
    session_id = await signed_in(locked, await named_key(AccessScope.READ))
    found = await locked.delete("/api/videos/talk", headers=cookie(session_id))
    assert "'edit'" in problem(found, 403, "insufficient-scope")["detail"]


async def test_wrong_key_fails_despite_a_session(locked: httpx.AsyncClient) -> None:
    """Otherwise a session with few rights could search for the key."""
    headers = cookie(await signed_in(locked)) | bearer("wrong")
    problem(await locked.get("/api/videos", headers=headers), 401, "unauthorized")


async def test_number_of_sessions_is_limited(
    locked: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MAX_SESSIONS_PER_KEY", 3)
    opened = [await signed_in(locked) for _ in range(5)]
    answers = [await locked.get("/api/videos", headers=cookie(each)) for each in opened]
    assert [answer.status_code for answer in answers] == [401, 401, 200, 200, 200]


# Redis unavailable


@pytest.mark.slow
async def test_recent_sessions_survive_an_outage(
    own_settings: Settings, own_servers: EmbeddedStack, valkey: Valkey
) -> None:
    async with running(with_key(own_settings)) as client:
        recent, unseen, ended = [await signed_in(client) for _ in range(3)]
        for each in (recent, ended):
            assert (await client.get("/api/videos", headers=cookie(each))).status_code == 200
        with frozen(valkey):
            assert (await client.get("/api/videos", headers=bearer(KEY))).status_code == 200
            assert (await client.get("/api/videos", headers=cookie(recent))).status_code == 200
            found = problem(await client.get("/api/videos", headers=cookie(unseen)), 503, "session-store")
            assert found["retryable"]
            # Not revoked everywhere yet, hence an error; this process rejects it at once.
            problem(await client.delete("/api/session", headers=cookie(ended)), 503, "session-store")
            problem(await client.get("/api/videos", headers=cookie(ended)), 401, "unauthorized")
            problem(await client.post("/api/session", headers=bearer(KEY)), 503, "session-store")
            assert (await client.get("/api/videos", headers=cookie(recent))).status_code == 200
        store = application_of(client).state.container.access.sessions
        store._failed_at = 0.0  # the pause after a failure
        assert (await client.get("/api/videos", headers=cookie(unseen))).status_code == 200
        problem(await client.get("/api/videos", headers=cookie(ended)), 401, "unauthorized")


@asynccontextmanager
async def another_process(settings: Settings) -> AsyncIterator[SessionStore]:
    """Yield a store with a connection and a cache of its own."""
    redis = create_redis(settings)
    yield SessionStore(redis)
    await redis.aclose()
