"""Requests for a version that the client has already: thumbnails, storyboards and streams."""

from email.utils import formatdate

import httpx
import pytest

from tests.fixtures.library import Library
from tests.fixtures.media import make_video

PATHS = [f"/api/videos/talk/{part}" for part in ("stream", "thumbnail", "storyboard.vtt", "storyboard.jpg")]
OTHER = '"other"'


@pytest.fixture
async def talk(client: httpx.AsyncClient, library: Library) -> httpx.AsyncClient:
    make_video(library.folder / "talk.mp4", seconds=0.2)
    return client


@pytest.mark.parametrize("path", PATHS)
async def test_unchanged_content_is_not_sent_again(talk: httpx.AsyncClient, path: str) -> None:
    first = await talk.get(path)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert not etag.startswith("W/")
    same = [
        {"If-None-Match": etag},
        {"If-None-Match": f"W/{etag}, {OTHER}"},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
        {"If-Modified-Since": formatdate(4e9, usegmt=True)},
        {"If-None-Match": etag, "Range": "bytes=0-1"},
        {"If-None-Match": etag, "If-Modified-Since": formatdate(0, usegmt=True)},
    ]
    for headers in same:
        for method in ("GET", "HEAD"):
            answer = await talk.request(method, path, headers=headers)
            assert (answer.status_code, answer.content) == (304, b""), headers
            assert answer.headers["etag"] == etag
            assert answer.headers.get("cache-control") == first.headers.get("cache-control")
            assert "content-length" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
async def test_other_version_is_sent(talk: httpx.AsyncClient, path: str) -> None:
    first = await talk.get(path)
    other = [
        {"If-None-Match": OTHER},
        {"If-Modified-Since": formatdate(0, usegmt=True)},
        {"If-Modified-Since": "yesterday"},
        {"If-None-Match": OTHER, "If-Modified-Since": first.headers["last-modified"]},
    ]
    for headers in other:
        answer = await talk.get(path, headers=headers)
        assert (answer.status_code, answer.content) == (200, first.content), headers


@pytest.mark.parametrize("path", PATHS)
async def test_range_of_the_same_version_only(talk: httpx.AsyncClient, path: str) -> None:
    first = await talk.get(path)
    for name in ("etag", "last-modified"):
        part = await talk.get(path, headers={"Range": "bytes=1-3", "If-Range": first.headers[name]})
        assert (part.status_code, part.content) == (206, first.content[1:4])
    for other in (OTHER, f"W/{first.headers['etag']}", formatdate(0, usegmt=True)):
        whole = await talk.get(path, headers={"Range": "bytes=1-3", "If-Range": other})
        assert (whole.status_code, whole.content) == (200, first.content)
