"""File names and request paths cannot add headers or lead to other sites."""

from urllib.parse import quote

import httpx
import pytest

from app.core.config import Settings
from tests.api.conftest import running
from tests.api.support.rows import add_row
from tests.fixtures.library import Library

NAMES = ['a"; filename="b', "a\r\nX-Added: 1", "a\\", "ü\u2028", "a; b"]


@pytest.mark.parametrize("stem", NAMES)
async def test_file_names_add_no_headers(client: httpx.AsyncClient, library: Library, stem: str) -> None:
    (library.folder / f"{stem}.mp4").write_bytes(b"bytes")
    answer = await client.get(f"/api/videos/{quote(stem, safe='')}/stream?download=true")
    assert answer.status_code == 200
    disposition = answer.headers["content-disposition"]
    assert disposition == f"attachment; filename*=utf-8''{quote(f'{stem}.mp4')}"
    assert "x-added" not in answer.headers


@pytest.mark.parametrize("stem", NAMES)
async def test_file_names_add_no_headers_for_nginx(settings: Settings, library: Library, stem: str) -> None:
    (library.folder / f"{stem}.mp4").write_bytes(b"bytes")
    behind_nginx = settings.model_copy(update={"x_accel_redirect_prefix": "/protected/videos/"})
    async with running(behind_nginx) as client:
        answer = await client.get(f"/api/videos/{quote(stem, safe='')}/stream")
    assert answer.headers["x-accel-redirect"] == f"/protected/videos/{quote(f'{stem}.mp4', safe='')}"
    assert "x-added" not in answer.headers


async def test_redirects_lead_only_to_the_bucket(client: httpx.AsyncClient, library: Library) -> None:
    name = 'talk\'; x="y".mp4'
    add_row(library, "talk", filename=name)
    library.put(f"videos/talk/{name}", b"bytes")
    answer = await client.get("/api/videos/talk/stream?download=true")
    assert answer.status_code == 307
    target = httpx.URL(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc.decode()}" == library.settings.storage_emulator_host
    assert target.path == f"/{library.bucket}/videos/talk/{name}"
    assert target.params["response-content-disposition"].startswith("attachment; filename*=utf-8''talk%27")
    async with httpx.AsyncClient() as storage:
        stored = await storage.get(target)
    assert stored.content == b"bytes"
    assert "\n" not in stored.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "//evil.example/api/videos",
        "/%5cevil.example/",
        "/watch//evil.example/..",
        "/api//",
    ],
)
async def test_no_path_redirects_to_other_sites(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(httpx.URL(f"http://library{path}"), headers={"accept": "text/html"})
    assert "location" not in answer.headers
    assert "evil.example" not in answer.headers.get("link", "")
