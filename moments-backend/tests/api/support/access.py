"""Keys, sessions and client addresses."""

import time
from http.cookies import SimpleCookie
from typing import Any

import httpx
from fastapi import FastAPI
from psycopg.rows import dict_row
from pydantic import SecretStr

from app.api.auth import COOKIE
from app.core.config import Settings
from app.models.access_scope import AccessScope
from app.services.access.key_management import create_key
from tests.api.support.openapi_assertions import assert_declared
from tests.fixtures.library import Library

KEY = "a key of the test's own"
REMOTE = "192.0.2.7"
"""An address of documentation (RFC 5737), claimed by the transport; no packet is sent."""


class Clock:
    """Replacement of the module `time` whose time a test advances."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        self.started = time.time() - self.now

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.started + self.now


def with_key(settings: Settings, key: str | None = KEY, **more: object) -> Settings:
    return settings.model_copy(update={"api_key": SecretStr(key) if key else None} | more)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def client_at(application: FastAPI, address: str) -> httpx.AsyncClient:
    """Return a client of a started application, whose requests seem to come from `address`."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(application, client=(address, 40_000)),
        base_url="http://localhost",
        event_hooks={"response": [assert_declared]},
    )


def application_of(client: httpx.AsyncClient) -> FastAPI:
    """Return the application of a client in this process."""
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    assert isinstance(transport.app, FastAPI)
    return transport.app


def session_cookie(response: httpx.Response) -> str:
    """Return the cookie that a response sets."""
    (header,) = response.headers.get_list("set-cookie")
    return SimpleCookie(header)[COOKIE].value


def cookie(session_id: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={session_id}"}


async def named_key(scope: AccessScope = AccessScope.READ, name: str = "player") -> str:
    """Create a named key; the application or `session_factory` has opened the database."""
    return await create_key(name, scope, None, details={})


def audit_rows(library: Library) -> list[dict[str, Any]]:
    """Return all audit entries, oldest first."""
    with library.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("SELECT * FROM audit_log ORDER BY id").fetchall()
