"""Compression and conditional requests of JSON."""

import gzip
import json

import brotli
import httpx
import pytest

from tests.api.support.rows import add_row, add_rows, problem
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress}


async def raw(client: httpx.AsyncClient, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """Return a response and its body as sent."""
    async with client.stream("GET", path, headers=headers) as response:
        return response, b"".join([part async for part in response.aiter_raw()])


@pytest.mark.parametrize("query", ["", "?limit=100"], ids=["whole", "page"])
@pytest.mark.parametrize("encoding", DECODERS)
async def test_lists_are_compressed(
    client: httpx.AsyncClient, library: Library, encoding: str, query: str
) -> None:
    add_rows(library, 100)
    response, body = await raw(client, f"/api/videos{query}", **{"accept-encoding": encoding})
    plain, expected = await raw(client, f"/api/videos{query}", **{"accept-encoding": "identity"})
    assert response.headers["content-encoding"] == encoding
    assert "content-encoding" not in plain.headers
    assert DECODERS[encoding](body) == expected
    assert len(body) < len(expected) / 4
    assert "accept-encoding" in response.headers["vary"].lower()


async def test_short_answers_and_media_are_not_compressed(
    client: httpx.AsyncClient, library: Library
) -> None:
    make_video(library.folder / "talk.mp4", seconds=0.2)
    add_row(library, "talk")
    for path in ("/api/videos/talk", "/api/videos/talk/stream", "/api/videos/talk/thumbnail"):
        response, _ = await raw(client, path, **{"accept-encoding": "gzip, br"})
        assert response.status_code == 200
        assert "content-encoding" not in response.headers, path


async def test_unchanged_json_is_not_sent_again(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 100)
    path = "/api/videos?limit=100"
    first = await client.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    for tags in (first.headers["etag"], f'"other", {first.headers["etag"]}', "*"):
        same = await client.get(path, headers={"if-none-match": tags})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == first.headers["etag"]
        assert "content-type" not in same.headers
    await client.patch("/api/videos/talk-7", json={"title": "Renamed"})
    changed = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]
    assert any(video["title"] == "Renamed" for video in changed.json())


async def test_failures_have_no_tag(client: httpx.AsyncClient) -> None:
    for path in ("/api/videos/missing", "/api/videos?limit=0"):
        answer = await client.get(path, headers={"if-none-match": "*"})
        assert answer.status_code in {404, 422}
        assert "etag" not in answer.headers


async def test_unknown_parameters_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/videos", params={"limt": "5", "sort": "title"})
    assert answer.status_code == 422
    assert json.loads(answer.text)["errors"] == [
        {"location": ["query", "limt"], "message": "unknown parameter; did you mean limit?"}
    ]
    answer = await client.get("/api/engine", params={"x" * 500: "1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "unknown parameter: this operation has none"
    answer = await client.delete("/api/videos/talk", params={"permanently": "true"})
    assert answer.status_code == 422


@pytest.mark.parametrize("file", ["transcript.vtt", "chapters.vtt", "thumbnail", "storyboard.jpg"])
async def test_files_accept_a_version(client: httpx.AsyncClient, file: str) -> None:
    """The web app adds one to load a changed file again."""
    assert (await client.get(f"/api/videos/missing/{file}?v=1")).status_code == 404


async def test_error_names_only_some_of_thousands_of_parameters(client: httpx.AsyncClient) -> None:
    query = "&".join(f"x{number}" for number in range(3000))
    assert len(problem(await client.get(f"/api/videos?{query}"), 422, "invalid-request")["errors"]) == 20
