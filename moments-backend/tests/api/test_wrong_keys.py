"""Wrong API keys: limits per client address, logs, and the audit log."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.config import Settings
from app.core.redis import create_redis
from app.models.access_scope import AccessScope
from app.services.access import failure_limiter
from app.services.access.failure_limiter import FailureLimiter
from embedded.valkey import Valkey
from tests.api.conftest import running
from tests.api.support.access import (
    KEY,
    REMOTE,
    Clock,
    application_of,
    audit_rows,
    bearer,
    client_at,
    cookie,
    named_key,
    session_cookie,
    with_key,
)
from tests.api.support.rows import problem
from tests.fixtures.library import Library

NEIGHBOUR = "192.0.2.8"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(failure_limiter, "time", made)
    return made


@pytest.fixture
async def locked(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with running(with_key(settings)) as client:
        yield client


@pytest.fixture
async def remote(locked: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with client_at(application_of(locked), REMOTE) as client:
        yield client


async def exhaust(client: httpx.AsyncClient) -> None:
    for number in range(failure_limiter.FREE_FAILURES):
        problem(await client.get("/api/videos", headers=bearer(f"wrong {number}")), 401, "unauthorized")


@pytest.mark.slow
async def test_wrong_keys_are_refused_early(remote: httpx.AsyncClient, clock: Clock) -> None:
    """6,000 keys within a minute, of which a handful is compared."""
    statuses = Counter[int]()
    for number in range(6_000):
        clock.now += 0.01
        statuses[(await remote.get("/api/session", headers=bearer(f"guess {number}"))).status_code] += 1
    assert statuses.keys() == {401, 429}
    assert statuses[401] < 12


async def test_refusal_names_the_delay(remote: httpx.AsyncClient, clock: Clock) -> None:
    await exhaust(remote)
    refused = await remote.get("/api/videos", headers=bearer(KEY))
    found = problem(refused, 429, "too-many-failures")
    assert found["retryable"]
    assert refused.headers["retry-after"] == "2"
    assert KEY not in refused.text
    clock.now += 2
    assert (await remote.get("/api/videos", headers=bearer(KEY))).status_code == 200


async def test_delay_grows_to_a_limit(remote: httpx.AsyncClient, clock: Clock) -> None:
    await exhaust(remote)
    delays = []
    for _ in range(7):
        refused = await remote.get("/api/videos", headers=bearer("wrong"))
        delays.append(int(refused.headers["retry-after"]))
        clock.now += delays[-1]
        problem(await remote.get("/api/videos", headers=bearer("wrong")), 401, "unauthorized")
    assert delays == [2, 4, 8, 16, 32, 60, 60]


async def test_other_clients_are_not_limited(locked: httpx.AsyncClient, remote: httpx.AsyncClient) -> None:
    await exhaust(remote)
    async with client_at(application_of(locked), NEIGHBOUR) as neighbour:
        assert (await neighbour.get("/api/videos", headers=bearer(KEY))).status_code == 200
    assert (await locked.get("/api/videos", headers=bearer(KEY))).status_code == 200


async def test_sessions_and_named_keys_stay_usable(remote: httpx.AsyncClient) -> None:
    """Clients behind one proxy may share the address of the one that guesses."""
    session_id = session_cookie(await remote.post("/api/session", headers=bearer(KEY)))
    remote.cookies.clear()
    key = await named_key(AccessScope.READ)
    await exhaust(remote)
    problem(await remote.get("/api/videos", headers=bearer(KEY)), 429, "too-many-failures")
    assert (await remote.get("/api/videos", headers=cookie(session_id))).status_code == 200
    assert (await remote.get("/api/videos", headers=bearer(key))).status_code == 200
    assert (await remote.post("/api/session", headers=bearer(key))).status_code == 204


async def test_requests_without_a_key_are_not_counted(remote: httpx.AsyncClient) -> None:
    for _ in range(2 * failure_limiter.FREE_FAILURES):
        problem(await remote.get("/api/videos"), 401, "unauthorized")
        problem(await remote.get("/api/videos", headers=cookie("A" * 43)), 401, "unauthorized")
    assert (await remote.get("/api/videos", headers=bearer(KEY))).status_code == 200


async def test_addresses_of_an_ipv6_network_count_together(locked: httpx.AsyncClient) -> None:
    application = application_of(locked)
    for number in range(failure_limiter.FREE_FAILURES):
        async with client_at(application, f"2001:db8::{number:x}") as client:
            await client.get("/api/videos", headers=bearer("wrong"))
    for address, status in (("2001:db8::ffff", 429), ("2001:db8:0:1::1", 200)):
        async with client_at(application, address) as client:
            assert (await client.get("/api/videos", headers=bearer(KEY))).status_code == status


async def test_failures_are_shared_between_processes(settings: Settings) -> None:
    redis = create_redis(settings)
    first, second = FailureLimiter(redis), FailureLimiter(redis)
    for _ in range(failure_limiter.FREE_FAILURES - 1):
        assert await first.add_failure(REMOTE) == 0
    assert await second.add_failure(REMOTE) > 0
    assert await second.add_failure(NEIGHBOUR) == 0
    (name,) = await redis.keys(f"{failure_limiter.PREFIX}{REMOTE}")
    assert 0 < await redis.ttl(name) <= 2 + failure_limiter.FORGET_SECONDS
    await redis.aclose()


async def test_concurrent_guesses_are_counted(remote: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(remote.get("/api/session", headers=bearer(f"guess {number}")) for number in range(200))
    )
    counts = Counter(answer.status_code for answer in answers)
    assert counts[401] == failure_limiter.FREE_FAILURES
    assert counts[429] == 200 - failure_limiter.FREE_FAILURES


async def test_memory_of_addresses_is_bounded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_limiter, "MAX_CLIENTS", 10)
    redis = create_redis(settings)
    limiter = FailureLimiter(redis)
    for number in range(50):
        await limiter.add_failure(f"192.0.2.{number}")
    assert len(limiter._clients) == 10
    await redis.aclose()


async def test_old_failures_are_forgotten(clock: Clock, settings: Settings) -> None:
    limiter = FailureLimiter(create_redis(settings.model_copy(update={"redis_port": 1})))
    for _ in range(failure_limiter.FREE_FAILURES - 1):
        await limiter.add_failure(REMOTE)
    clock.now += failure_limiter.WINDOW_SECONDS
    assert await limiter.add_failure(REMOTE) == 0


@pytest.mark.slow
async def test_limit_works_without_redis(own_settings: Settings, valkey: Valkey) -> None:
    valkey.stop()
    try:
        async with running(with_key(own_settings)) as client:
            await exhaust(client)
            problem(await client.get("/api/videos", headers=bearer("wrong")), 429, "too-many-failures")
    finally:
        valkey.start(lambda: None)
        valkey.wait_until_started(lambda: None)


async def test_wrong_keys_are_logged_without_the_key(
    remote: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "a guess that is nearly right"
    for _ in range(20):
        await remote.get("/api/videos", headers=bearer(secret))
    records = [record for record in caplog.records if record.getMessage() == "Wrong API key"]
    assert len(records) == failure_limiter.FREE_FAILURES  # refused requests add no lines
    for record in records:
        assert record.levelno == logging.WARNING
        assert record.__dict__["client"] == REMOTE
        assert secret not in str(record.__dict__)


async def test_refused_sign_ins_are_audited(remote: httpx.AsyncClient, library: Library) -> None:
    for _ in range(20):
        await remote.post("/api/session", headers=bearer("wrong"))
    entries = audit_rows(library)
    assert len(entries) == failure_limiter.FREE_FAILURES
    assert {(entry["actor"], entry["action"], entry["client"]) for entry in entries} == {
        ("unknown", "session.refuse", REMOTE)
    }
