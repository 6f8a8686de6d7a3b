"""Open event streams end when their key or session is revoked."""

from hashlib import sha256

import httpx
import pytest

from app.api import stream_revocation
from app.core.config import Settings
from app.services.access import named_keys
from embedded.valkey import Valkey
from tests.api.conftest import serving
from tests.api.support.access import KEY, bearer, cookie, session_cookie, with_key
from tests.api.support.event_streams import TIMEOUT_SECONDS
from tests.api.support.pause_process import frozen
from tests.fixtures.library import Library

pytestmark = pytest.mark.slow

STREAM = "/api/pipeline/events"


@pytest.fixture(autouse=True)
def _frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.05)
    monkeypatch.setattr(stream_revocation, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(named_keys, "REFRESH_SECONDS", 0.0)


async def test_revoked_session_ends_its_stream(settings: Settings) -> None:
    with serving(with_key(settings)) as address:
        async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client:
            headers = cookie(session_cookie(await client.post("/api/session", headers=bearer(KEY))))
            client.cookies.clear()
            async with client.stream("GET", STREAM, headers=headers) as response:
                lines = response.aiter_lines()
                for _ in range(4):
                    assert await anext(lines) in {"", ": ping"}
                assert (await client.delete("/api/session", headers=headers)).status_code == 204
                assert {line async for line in lines} <= {"", ": ping"}  # it ends without an error


async def test_revoked_key_ends_its_stream(settings: Settings, library: Library) -> None:
    key = "vm_key-of-this-test"
    library.execute(
        "INSERT INTO api_keys (name, hash, scope) VALUES ('player', %s, 'read')",
        sha256(key.encode()).hexdigest(),
    )
    with serving(with_key(settings)) as address:
        async with (
            httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client,
            client.stream("GET", STREAM, headers=bearer(key)) as response,
        ):
            lines = response.aiter_lines()
            assert await anext(lines) == ": ping"
            library.execute("UPDATE api_keys SET revoked_at = now()")
            assert {line async for line in lines} <= {"", ": ping"}


async def test_streams_survive_an_outage_of_redis(own_settings: Settings, valkey: Valkey) -> None:
    with serving(with_key(own_settings)) as address:
        async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client:
            headers = cookie(session_cookie(await client.post("/api/session", headers=bearer(KEY))))
            async with client.stream("GET", STREAM, headers=headers) as response:
                lines = response.aiter_lines()
                assert await anext(lines) == ": ping"
                with frozen(valkey):
                    for _ in range(6):
                        assert await anext(lines) in {"", ": ping"}
