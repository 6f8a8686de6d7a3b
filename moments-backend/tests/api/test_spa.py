"""The web app at `/`: page, files, and paths passed to the API."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx
import pytest

from app.core.config import Settings
from app.main import create_app
from tests.api.support.rows import problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PAGE = b"<!doctype html><title>the app</title>"
DOCS = b"<!doctype html><title>the API</title>"
SCRIPT = b"console.log('a script that is long enough to be worth it');" * 9
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / ".vite" / "manifest.json").write_bytes(b"{}")
    (folder / "index.html").write_bytes(PAGE)
    (folder / "docs").mkdir()
    (folder / "docs.html").write_bytes(DOCS)
    (folder / "docs" / "show.js").write_bytes(SCRIPT)
    (folder / "icon.svg").write_bytes(b"<svg/>")
    (folder / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "leak.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
async def app_client(settings: Settings, build: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings.model_copy(update={"web_app_dir": build}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/runs", "/watch/a%2Fb", "/watch/100%25", "/?q=tides", "/search?q=tides"]
)
async def test_page_is_served_at_every_route(app_client: httpx.AsyncClient, path: str) -> None:
    response = await app_client.get(path)
    assert (response.status_code, response.content) == (200, PAGE)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert "script-src 'self';" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    head = await app_client.head(path)
    assert (head.status_code, head.content) == (200, b"")


async def test_unchanged_page_is_304(app_client: httpx.AsyncClient) -> None:
    page = await app_client.get("/")
    again = await app_client.get("/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    policy = "content-security-policy"  # a browser replaces the stored one
    assert again.headers[policy] == page.headers[policy]


async def test_hashed_files_are_immutable_and_compressed(app_client: httpx.AsyncClient) -> None:
    packed = await app_client.get("/assets/index-abc.js", headers={"accept-encoding": "gzip"})
    plain = await app_client.get("/assets/index-abc.js", headers={"accept-encoding": "identity"})
    assert packed.content == plain.content == SCRIPT
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    for response in (packed, plain):
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["vary"] == "accept-encoding"


async def test_docs_are_served_from_the_build(app_client: httpx.AsyncClient) -> None:
    response = await app_client.get("/docs")
    assert (response.status_code, response.content) == (200, DOCS)
    assert "script-src 'self';" in response.headers["content-security-policy"]
    assert (await app_client.get("/docs/show.js")).content == SCRIPT


async def test_missing_asset_is_not_the_page(app_client: httpx.AsyncClient) -> None:
    assert (await app_client.get("/assets/index-old.js", headers=BROWSER)).status_code == 404


async def test_unknown_page_is_404_with_the_app(
    app_client: httpx.AsyncClient,
) -> None:
    response = await app_client.get("/nothing", headers=BROWSER)
    assert (response.status_code, response.content) == (404, PAGE)
    problem(await app_client.get("/nothing"), 404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        "/.vite/manifest.json",
        "/leak.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        f"/{'x' * 300}",
        "/a%00b",
    ],
)
async def test_other_files_are_not_served(app_client: httpx.AsyncClient, path: str) -> None:
    problem(await app_client.get(path), 404, "not-found")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/health/x", "/openapi.json/x"])
async def test_api_paths_are_passed_through(app_client: httpx.AsyncClient, path: str) -> None:
    assert (await app_client.get(path, headers=BROWSER)).content != PAGE


async def test_other_methods_are_passed_through(app_client: httpx.AsyncClient) -> None:
    problem(await app_client.post("/"), 404, "not-found")


async def test_missing_build_is_reported(settings: Settings, tmp_path: Path) -> None:
    app = create_app(settings.model_copy(update={"web_app_dir": tmp_path / "none"}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        response = await client.get("/")
        assert response.status_code == 503
        assert "make web" in response.text
        assert (await client.get("/api/videos")).json() == []


async def test_page_is_public_and_api_needs_the_key(settings: Settings, build: Path) -> None:
    changes = {"web_app_dir": build, "api_key": "a key"}
    app = create_app(Settings.model_validate(settings.model_dump() | changes))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        assert (await client.get("/")).content == PAGE
        problem(await client.get("/api/session"), 401, "unauthorized")
        key = {"authorization": "Bearer a key"}
        assert (await client.post("/api/session", headers=key)).status_code == 204
        assert (await client.get("/api/session")).status_code == 204
        assert (await client.delete("/api/session")).status_code == 204
        problem(await client.get("/api/session"), 401, "unauthorized")
