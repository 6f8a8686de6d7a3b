"""Scopes of all operations, generated from the application's routes."""

import re
from collections.abc import AsyncIterator, Iterator
from itertools import product

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from app.api.permissions import PERMISSIONS, Operations
from app.core.config import Settings
from app.main import create_app
from app.models.access_scope import AccessScope
from tests.api.conftest import running
from tests.api.support import tus_client
from tests.api.support.access import KEY, bearer, named_key, with_key
from tests.api.support.rows import PROBLEM, add_row, problem
from tests.api.support.runs import run_rows
from tests.fixtures.library import Library

STREAMS = {"watch_pipeline", "watch_all_runs"}
"""Never end."""
READ_OVER_POST = {"open_session", "close_session"}


def routes() -> Iterator[tuple[str, str, str]]:
    """Yield method, path and name of every operation that needs a key."""
    for route in iter_route_contexts(create_app().routes):
        if (route.path or "").startswith(("/api", "/metrics")):
            for method in sorted(route.methods or ()):
                yield method, re.sub(r"\{moment_id\}", "0" * 16, str(route.path)), str(route.name)


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "missing", path)


@pytest.fixture
async def locked(settings: Settings, library: Library) -> AsyncIterator[httpx.AsyncClient]:
    add_row(library, "talk")
    async with running(with_key(settings)) as client:
        yield client


def test_every_operation_has_a_permission() -> None:
    assert {name for *_, name in routes()} == PERMISSIONS.keys()


def test_scopes_fit_the_methods() -> None:
    for method, path, name in routes():
        permission = PERMISSIONS[name]
        is_safe = method in {"GET", "HEAD", "OPTIONS"}
        assert is_safe or name in READ_OVER_POST or permission.scope is not AccessScope.READ, path
        assert is_safe == (permission.action is None), path


def test_paths_select_their_own_operation() -> None:
    operations = Operations(create_app().routes)
    for method, path, name in routes():
        found = operations.find({"method": method}, concrete(path))
        assert found is not None
        assert found.permission is PERMISSIONS[name]


@pytest.mark.parametrize("scope", AccessScope)
async def test_scope_matrix(locked: httpx.AsyncClient, library: Library, scope: AccessScope) -> None:
    headers = bearer(await named_key(scope))
    for method, path, name in routes():
        if name in STREAMS and scope.includes(PERMISSIONS[name].scope):
            continue
        response = await locked.request(method, concrete(path), headers=headers)
        is_refused = response.status_code == 403
        assert is_refused != scope.includes(PERMISSIONS[name].scope), (method, path, response.status_code)
        if is_refused:
            assert response.headers["content-type"] == PROBLEM
            if method != "HEAD":
                found = problem(response, 403, "insufficient-scope")
                assert f"'{PERMISSIONS[name].scope}'" in found["detail"]
                assert "player" in found["detail"]
    assert set(library.rows()) == {"talk"}
    assert run_rows(library) == []


async def test_deleting_originals_needs_admin(locked: httpx.AsyncClient, library: Library) -> None:
    headers = bearer(await named_key(AccessScope.EDIT))
    for value in ("true", "1", "yes", "on", "", "maybe", "false&delete_local=true&permanent=true", "TRUE"):
        for name in ("delete_local", "permanent"):
            response = await locked.delete(f"/api/videos/talk?{name}={value}", headers=headers)
            assert "'admin'" in problem(response, 403, "insufficient-scope")["detail"]
    assert set(library.rows()) == {"talk"}


async def test_editors_may_delete_what_can_return(locked: httpx.AsyncClient, library: Library) -> None:
    headers = bearer(await named_key(AccessScope.EDIT))
    assert (await locked.delete("/api/videos/talk?delete_local=false", headers=headers)).status_code == 204
    assert library.rows()["talk"]["deleted_at"] is not None


async def test_admin_keys_may_delete_originals(locked: httpx.AsyncClient, settings: Settings) -> None:
    original = settings.videos_dir / "talk.mp4"
    original.write_bytes(b"bytes")
    headers = bearer(await named_key(AccessScope.ADMIN))
    assert (await locked.delete("/api/videos/talk?delete_local=true", headers=headers)).status_code == 204
    assert not original.exists()


async def test_method_override_does_not_bypass_scopes(locked: httpx.AsyncClient) -> None:
    locked.headers.update(bearer(KEY))
    path = await tus_client.begin(locked, "talk.mp4", 6)
    headers = bearer(await named_key(AccessScope.READ)) | tus_client.TUS
    for method, override in product(("GET", "POST", "HEAD"), ("DELETE", "delete ", "PATCH", "GET")):
        sent = headers | {"X-HTTP-Method-Override": override}
        expected = 403 if method == "POST" else 200  # other methods cannot be overridden
        assert (await locked.request(method, path, headers=sent)).status_code == expected
    assert (await locked.get(path, headers=headers)).status_code == 200


async def test_router_answers_come_after_authentication(locked: httpx.AsyncClient) -> None:
    headers = bearer(await named_key(AccessScope.READ))
    problem(await locked.get("/api/nothing", headers=headers), 404, "not-found")
    problem(await locked.post("/api/nothing", headers=headers), 403, "insufficient-scope")
    headers = bearer(await named_key(AccessScope.EDIT, name="editor"))
    problem(await locked.post("/api/nothing", headers=headers), 404, "not-found")
    problem(await locked.put("/api/videos", headers=headers), 405, "method-not-allowed")
