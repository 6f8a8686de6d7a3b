"""Checks before authentication: host, client, origin, type and size of the body, and security headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import ValidationError

from app.core.config import Settings
from app.main import create_app
from tests.api.conftest import running
from tests.api.support.rows import add_row, problem
from tests.api.support.runs import run_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.fixtures.library import Library

KEY = "a key of at least sixteen characters"
REBOUND = {"Host": "rebind.example:7005"}
BEARER = {"Authorization": f"Bearer {KEY}"}
MIB = 1024**2
PATH = "/api/generate_moments"


def changed(settings: Settings, **changes: object) -> Settings:
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    return Settings.model_validate(values | changes)


# Names of the host


async def test_unknown_hosts_are_refused(client: httpx.AsyncClient, library: Library) -> None:
    """DNS rebinding: a page of another name that resolves to this machine."""
    add_row(library, "talk")
    for host in ("rebind.example", "rebind.example:7005", "localhost.rebind.example", "10.0.0.1", "[::2]"):
        for method, path in (("GET", "/api/videos"), ("DELETE", "/api/videos/talk"), ("GET", "/health")):
            response = await client.request(method, path, headers={"Host": host})
            assert "ALLOWED_HOSTS" in problem(response, 421, "unknown-host")["remedy"]
    for raw in (b"", b"[", b"a b", b"\xe9", b"localhost:x", b"localhost@rebind.example"):
        problem(await client.get("/", headers={b"Host": raw}), 421, "unknown-host")
    assert set(library.rows()) == {"talk"}


async def test_loopback_names_are_known(client: httpx.AsyncClient) -> None:
    for host in (
        "localhost",
        "LocalHost:80",
        "localhost.",
        "127.0.0.1:7005",
        "127.8.9.1",
        "[::1]",
        "[::1]:7005",
    ):
        assert (await client.get("/api/videos", headers={"Host": host})).status_code == 200


async def test_configured_names_are_known(settings: Settings) -> None:
    names = {"host": "videos.local", "allowed_hosts": ["videos.example.org", "fd00::1"]}
    async with running(changed(settings, **names)) as client:
        for host in ("videos.local", "VIDEOS.example.org:443", "[fd00::1]:7005", "localhost"):
            assert (await client.get("/api/videos", headers={"Host": host})).status_code == 200
        problem(await client.get("/api/videos", headers={"Host": "example.org"}), 421, "unknown-host")


async def test_all_interfaces_are_not_a_name(settings: Settings) -> None:
    async with running(changed(settings, host="0.0.0.0")) as client:
        problem(await client.get("/api/videos", headers={"Host": "0.0.0.0:7005"}), 421, "unknown-host")


@pytest.mark.parametrize("name", ["*", "https://videos.example", "videos.example/path", "a b"])
def test_allowed_hosts_must_be_names(name: str) -> None:
    with pytest.raises(ValidationError, match="host names"):
        Settings(allowed_hosts=[name])


# Clients


@pytest.fixture(params=["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"])
async def remote(request: pytest.FixtureRequest) -> str:
    address: str = request.param
    return address


async def test_other_machines_are_refused_without_a_key(settings: Settings, remote: str) -> None:
    """However the server was started, for example with `uvicorn --host 0.0.0.0`."""
    for changes in ({}, {"api_key": "short"}):
        app = create_app(changed(settings, **changes))
        transport = httpx.ASGITransport(app, client=(remote, 4000))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        ):
            for path in ("/", "/docs", "/openapi.json", "/health", "/metrics", "/icon.svg", "/api/videos"):
                problem(
                    await client.get(path, headers={"Authorization": "Bearer short"}), 403, "api-key-required"
                )


async def test_other_machines_are_served_with_a_key(settings: Settings, remote: str) -> None:
    app = create_app(changed(settings, api_key=KEY))
    transport = httpx.ASGITransport(app, client=(remote, 4000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/api/videos", headers=BEARER)).status_code == 200


# Other sites


FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://other.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:5173"},
    {"Origin": "http://localhost.other.example"},
    {"Origin": "rubbish"},
    {"Origin": "http://[", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
)
CHANGES = (
    ("POST", "/api/pipeline/talk/cancel"),
    ("POST", "/api/pipeline/talk/retry"),
    ("POST", "/api/videos/talk/moments/0123456789abcdef/restore"),
    ("POST", "/api/generate_moments"),
    ("POST", "/api/uploads"),
    ("PATCH", "/api/uploads/0123456789abcdef"),
    ("DELETE", "/api/uploads/0123456789abcdef"),
    ("DELETE", "/api/videos/talk"),
    ("POST", "/api/session"),
)


async def test_other_sites_may_not_change_data(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    for method, path in CHANGES:
        for headers in FOREIGN:
            problem(await client.request(method, path, headers=headers), 403, "cross-site-request")
    assert set(library.rows()) == {"talk"}


async def test_key_does_not_excuse_other_sites(settings: Settings, library: Library) -> None:
    add_row(library, "talk")
    async with running(changed(settings, api_key=KEY)) as client:
        assert (await client.post("/api/session", headers=BEARER)).status_code == 204
        for headers in FOREIGN:
            response = await client.delete("/api/videos/talk", headers=headers | BEARER)
            problem(response, 403, "cross-site-request")
    assert set(library.rows()) == {"talk"}


async def test_own_pages_and_programs_may_change_data(client: httpx.AsyncClient, library: Library) -> None:
    for host, headers in (
        ("localhost", {}),
        ("localhost", {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}),
        ("localhost:7005", {"Origin": "http://localhost:7005"}),
        ("127.0.0.1", {"Origin": "https://127.0.0.1"}),  # behind a proxy that ends TLS
        ("localhost:443", {"Origin": "https://localhost"}),
        ("localhost", {"Sec-Fetch-Site": "none"}),
    ):
        add_row(library, "talk")
        sent = {"Host": host} | headers
        response = await client.delete("/api/videos/talk", params={"permanent": True}, headers=sent)
        assert response.status_code == 204


async def test_listed_origins_may_change_data(settings: Settings, library: Library) -> None:
    add_row(library, "talk")
    ours = {"Origin": "https://ours.example", "Sec-Fetch-Site": "cross-site"}
    theirs = ours | {"Origin": "https://theirs.example"}
    async with running(changed(settings, cors_origins=["https://ours.example"])) as client:
        problem(await client.delete("/api/videos/talk", headers=theirs), 403, "cross-site-request")
        assert (await client.delete("/api/videos/talk", headers=ours)).status_code == 204


async def test_wildcard_origin_needs_a_key_of_its_own(settings: Settings, library: Library) -> None:
    add_row(library, "talk")
    headers = {"Origin": "https://any.example", "Sec-Fetch-Site": "cross-site"}
    async with running(changed(settings, cors_origins=["*"], api_key=KEY)) as client:
        assert (await client.post("/api/session", headers=BEARER)).status_code == 204
        problem(await client.delete("/api/videos/talk", headers=headers), 403, "cross-site-request")
        assert (await client.delete("/api/videos/talk", headers=headers | BEARER)).status_code == 204


async def test_links_of_other_sites_may_be_followed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/videos", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


# Bodies


def chunks(size: int) -> Iterator[bytes]:
    yield b'{"video_id": "'
    for _ in range(size // 65536):
        yield b"a" * 65536
    yield b'"}'


async def test_large_json_is_refused(client: httpx.AsyncClient, library: Library) -> None:
    json_type = {"Content-Type": "application/json"}
    body = b"".join(chunks(2 * MIB))
    for method, path in (
        ("POST", "/api/generate_moments"),
        ("PATCH", "/api/videos/talk"),
        ("POST", "/api/pipeline/talk/cancel"),
        ("POST", "/api/uploads"),
    ):
        response = await client.request(method, path, content=body, headers=json_type)
        assert problem(response, 413, "body-too-large")["detail"] == "the request body exceeds 1 MiB"

    async def pieces() -> AsyncIterator[bytes]:
        for piece in chunks(2 * MIB):
            yield piece

    # Without an announced length, the bytes are counted as they arrive.
    response = await client.post("/api/generate_moments", content=pieces(), headers=json_type)
    problem(response, 413, "body-too-large")
    assert run_rows(library) == []


async def test_json_up_to_a_mebibyte_is_read(client: httpx.AsyncClient) -> None:
    body = json.dumps({"video_id": "a" * (MIB - 100)}).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    problem(await client.post("/api/generate_moments", content=body, headers=headers), 422, "invalid-request")


async def test_bodies_of_simple_forms_are_refused(client: httpx.AsyncClient, library: Library) -> None:
    """Pages of other sites can send these types without a CORS preflight, and old browsers no Origin."""
    add_row(library, "talk")
    body = json.dumps({"video_id": "talk"})
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ):
        response = await client.post(
            "/api/generate_moments", content=body, headers={"content-type": content_type}
        )
        problem(response, 415, "unsupported-media-type")
    assert run_rows(library) == []


async def test_invisible_characters_in_titles_are_refused(
    client: httpx.AsyncClient, library: Library
) -> None:
    add_row(library, "talk", title="A talk")
    json_type = {"Content-Type": "application/json"}
    for escaped in (r"\ud800", r"\u0000", r"\u0007", r"\u009b", r"\u202e", r"\u2066"):
        body = f'{{"title": "a{escaped}b"}}'
        problem(
            await client.patch("/api/videos/talk", content=body, headers=json_type), 422, "invalid-request"
        )
        request = f'{{"video_id": "talk", "user_prompt": "a{escaped}b"}}'
        problem(await client.post(PATH, content=request, headers=json_type), 422, "invalid-request")
    assert library.rows()["talk"]["title"] == "A talk"


# Headers


async def test_all_responses_have_security_headers(settings: Settings, library: Library) -> None:
    (library.folder / "talk.mp4").write_bytes(b"not a video")
    cors = changed(settings, cors_origins=["https://ours.example"])
    async with running(cors) as client:
        preflight = {"Origin": "https://ours.example", "Access-Control-Request-Method": "DELETE"}
        responses = [
            await client.request(method, path, headers=headers)
            for method, path, headers in (
                ("GET", "/", {}),
                ("GET", "/docs", {}),
                ("GET", "/nothing", {"Accept": "text/html"}),
                ("GET", "/nothing", {}),
                ("GET", "/icon.svg", {}),
                ("GET", "/openapi.json", {}),
                ("GET", "/health", {}),
                ("GET", "/api/videos", {}),
                ("GET", "/api/videos?limit=bad", {}),
                ("GET", "/api/videos/talk/stream", {}),
                ("GET", "/api/videos/talk/stream", {"Range": "bytes=2-4"}),
                ("GET", "/api/videos/talk/stream", {"Range": "bytes=200-"}),
                ("PUT", "/api/videos", {}),
                ("GET", "/api/nothing", {}),
                ("GET", "/api/videos", REBOUND),
                ("DELETE", "/api/videos/talk", {"Sec-Fetch-Site": "cross-site"}),
                ("OPTIONS", "/api/videos", preflight),
                ("POST", "/api/uploads", {}),
            )
        ]
    statuses = {response.status_code for response in responses}
    assert {200, 206, 403, 404, 405, 412, 416, 421, 422} <= statuses
    for response in responses:
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert response.headers["referrer-policy"] == "same-origin"
        policy = response.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert policy.startswith("default-src 'none'" if "/api" in response.url.path else "default-src ")
        for header in ("content-security-policy", "x-content-type-options", "referrer-policy"):
            assert len(response.headers.get_list(header)) == 1


async def test_redirects_have_security_headers(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "cloud")
    library.put("videos/cloud/cloud.mp4", b"bytes")
    response = await client.get("/api/videos/cloud/stream")
    assert response.status_code == 307
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert response.headers["referrer-policy"] == "same-origin"
