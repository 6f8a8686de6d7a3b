"""API key, its limits for wrong keys and remote clients, and CORS."""

from collections.abc import AsyncIterator
from itertools import product

import httpx
import pytest

from app.core.config import Settings
from app.main import create_app
from tests.api.conftest import running, serving
from tests.api.support.access import KEY, REMOTE, application_of, bearer, client_at, with_key
from tests.api.support.rows import PROBLEM, add_row, problem
from tests.api.support.runs import run_rows
from tests.fixtures.library import Library


@pytest.fixture
async def locked(settings: Settings, library: Library) -> AsyncIterator[httpx.AsyncClient]:
    add_row(library, "talk")
    async with running(with_key(settings)) as client:
        yield client


PATHS = (
    "/api/videos",
    "/api/videos/talk",
    "/api/videos/nobody",
    "/api/videos/talk/stream",
    "/api/videos/talk/thumbnail",
    "/api/videos/talk/url",
    "/api/videos/talk/transcript",
    "/api/videos/talk/transcript.vtt",
    "/api/videos/talk/moments",
    "/api/videos/talk/clips",
    "/api/videos/talk/clips/0123456789abcdef",
    "/api/generate_moments",
    "/api/pipeline/talk/status",
    "/api/pipeline/talk/events",
    "/api/pipeline/talk/history",
    "/api/pipeline/talk/cancel",
    "/api/pipeline/talk/retry",
    "/api/session",
    "/api/audit",
    "/api/nothing/here",
    "/api/",
    "/api",
    "/%61pi/videos",
    "/api/videos?limit=bad",
)


@pytest.mark.slow
async def test_api_requires_the_key(locked: httpx.AsyncClient, library: Library) -> None:
    for path, method in product(PATHS, ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH")):
        for headers in ({}, bearer(""), {"Authorization": KEY}, {"Authorization": "Basic eDp5"}):
            response = await locked.request(method, path, headers=headers)
            assert response.status_code == 401
            assert response.headers["content-type"] == PROBLEM
            assert response.headers["www-authenticate"] == "Bearer"
    assert set(library.rows()) == {"talk"}
    assert run_rows(library) == []


@pytest.mark.parametrize("key", ["wrong", f"{KEY}x", KEY[:-1], KEY.upper()])
async def test_wrong_keys_are_rejected(locked: httpx.AsyncClient, key: str) -> None:
    problem(await locked.get("/api/videos", headers=bearer(key)), 401, "unauthorized")


@pytest.mark.slow
async def test_key_grants_access(locked: httpx.AsyncClient) -> None:
    assert (await locked.get("/api/videos", headers=bearer(KEY))).status_code == 200
    assert (await locked.get("/api/videos", headers={"authorization": f"bEARER  {KEY}"})).status_code == 200
    problem(await locked.get("/api/nothing", headers=bearer(KEY)), 404, "not-found")
    problem(await locked.put("/api/videos", headers=bearer(KEY)), 405, "method-not-allowed")


async def test_health_and_docs_need_no_key(locked: httpx.AsyncClient) -> None:
    for path in ("/health", "/docs", "/openapi.json"):
        assert (await locked.get(path)).status_code == 200
    problem(await locked.get("/apiary"), 404, "not-found")


@pytest.mark.slow
async def test_key_may_contain_any_character(settings: Settings) -> None:
    for key in ("schlüssel", "ключ", "😀", "k"):
        async with running(with_key(settings, key)) as client:
            good = f"Bearer {key}".encode()
            assert (await client.get("/api/videos", headers={b"Authorization": good})).status_code == 200
            sent = {b"Authorization": f"Bearer {key}{key}".encode()}
            assert (await client.get("/api/videos", headers=sent)).status_code == 401


async def test_key_is_accepted_in_latin_1(settings: Settings) -> None:
    async with running(with_key(settings, "schlüssel")) as client:
        sent = {b"Authorization": "Bearer schlüssel".encode("latin-1")}
        assert (await client.get("/api/videos", headers=sent)).status_code == 200


async def test_everything_is_public_without_a_key(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/videos")).status_code == 200
    response = await client.post("/api/session")
    assert response.status_code == 204
    assert "set-cookie" not in response.headers


# Clients on other machines


async def test_remote_client_without_key_is_refused(settings: Settings) -> None:
    async with running(settings) as local:
        assert (await local.get("/api/videos")).status_code == 200
        async with client_at(application_of(local), REMOTE) as remote:
            for headers in ({}, bearer("anything"), {"Cookie": "videomoments_session=x"}):
                found = problem(await remote.get("/api/videos", headers=headers), 403, "api-key-required")
    assert "API_KEY is not set" in found["detail"]
    assert "secrets.token_urlsafe" in found["remedy"]


async def test_short_key_is_for_loopback_only(settings: Settings) -> None:
    short = "fifteen letters"
    assert len(short) == 15
    async with running(with_key(settings, short)) as local:
        assert (await local.get("/api/videos", headers=bearer(short))).status_code == 200
        async with client_at(application_of(local), REMOTE) as remote:
            for headers in ({}, bearer(short)):
                found = problem(await remote.get("/api/videos", headers=headers), 403, "api-key-required")
    assert "fewer than 16 characters" in found["detail"]
    async with (
        running(with_key(settings, f"{short}!")) as local,
        client_at(application_of(local), REMOTE) as remote,
    ):
        assert (await remote.get("/api/videos", headers=bearer(f"{short}!"))).status_code == 200
        problem(await remote.get("/api/videos"), 401, "unauthorized")


# CORS


@pytest.mark.slow
async def test_cors_headers_only_for_listed_origins(settings: Settings, library: Library) -> None:
    ours, theirs = "http://localhost:5173", "https://elsewhere.example"
    allowed = with_key(settings, cors_origins=[ours])
    asked = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
    async with running(allowed) as client:
        preflight = await client.options("/api/videos/talk", headers={"Origin": ours} | asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == ours
        assert preflight.headers["access-control-allow-credentials"] == "true"
        assert "DELETE" in preflight.headers["access-control-allow-methods"]
        refused = await client.get("/api/videos", headers={"Origin": ours})
        problem(refused, 401, "unauthorized")
        assert refused.headers["access-control-allow-origin"] == ours
        found = await client.get("/api/videos", headers={"Origin": ours} | bearer(KEY))
        assert "Link" in found.headers["access-control-expose-headers"]
        stranger = await client.options("/api/videos", headers={"Origin": theirs} | asked)
        assert "access-control-allow-origin" not in stranger.headers
    async with running(settings) as client:
        for response in (
            await client.get("/api/videos", headers={"Origin": ours}),
            await client.options("/api/videos", headers={"Origin": ours} | asked),
        ):
            assert not [name for name in response.headers if name.startswith("access-control")]


async def test_wildcard_origin_disallows_credentials(settings: Settings) -> None:
    async with running(with_key(settings, cors_origins=["*"])) as client:
        response = await client.get("/api/videos", headers={"Origin": "https://x.example"} | bearer(KEY))
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.slow
async def test_cookie_allows_runs_and_event_streams(settings: Settings, library: Library) -> None:
    """`EventSource` cannot set headers but sends cookies."""
    add_row(library, "talk")
    with serving(with_key(settings)) as address:
        async with httpx.AsyncClient(base_url=address) as browser:
            problem(await browser.get("/api/pipeline/talk/events"), 401, "unauthorized")
            assert (await browser.post("/api/session", headers=bearer(KEY))).status_code == 204
            asked = await browser.post("/api/generate_moments", json={"video_id": "talk"})
            assert asked.status_code == 202
            async with browser.stream("GET", "/api/pipeline/talk/events") as response:
                assert response.status_code == 200
                lines = response.aiter_lines()
                assert await anext(lines) == "event: status"
                assert asked.json()["request_id"] in await anext(lines)


async def test_cookie_is_secure_over_https(settings: Settings) -> None:
    app = create_app(with_key(settings))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="https://localhost") as client,
    ):
        response = await client.post("/api/session", headers=bearer(KEY))
    assert "secure" in response.headers["set-cookie"].lower()
