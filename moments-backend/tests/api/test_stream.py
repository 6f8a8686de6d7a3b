"""`GET /api/videos/{video_id}/stream`, within this process."""

import os
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from app.api import file_responses
from app.core.config import Settings
from tests.api.conftest import running
from tests.api.support.rows import add_row, problem, video_path
from tests.fixtures.library import Library

CONTENT = bytes(range(256)) * 20_000
"""Slightly less than 5 MiB: several chunks, the last one partial."""


@pytest.fixture
def talk(library: Library) -> Path:
    path = library.folder / "talk.mp4"
    path.write_bytes(CONTENT)
    return path


async def test_local_file_is_sent_completely(client: httpx.AsyncClient, talk: Path) -> None:
    response = await client.get("/api/videos/talk/stream")
    assert response.status_code == 200
    assert response.content == CONTENT
    assert response.headers["content-type"] == "video/mp4"
    assert response.headers["content-length"] == str(len(CONTENT))
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["content-disposition"] == 'inline; filename="talk.mp4"'


RANGES = [
    ("0-0", 0, 1),
    ("0-1048575", 0, 1 << 20),
    ("1048575-3145728", (1 << 20) - 1, (3 << 20) + 1),
    ("5119999-", 5_119_999, len(CONTENT)),
    ("-10", len(CONTENT) - 10, len(CONTENT)),
    ("100-99999999", 100, len(CONTENT)),
]


async def test_range_request(client: httpx.AsyncClient, talk: Path) -> None:
    for asked, start, end in RANGES:
        response = await client.get("/api/videos/talk/stream", headers={"Range": f"bytes={asked}"})
        assert response.status_code == 206
        assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
        assert response.headers["content-length"] == str(end - start)
        assert response.content == CONTENT[start:end]


async def test_multiple_ranges(client: httpx.AsyncClient, talk: Path) -> None:
    asked = {"Range": "bytes=0-1,2000000-3500000"}
    response = await client.get("/api/videos/talk/stream", headers=asked)
    assert response.status_code == 206
    assert response.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert len(response.content) == int(response.headers["content-length"])
    assert CONTENT[2_000_000:3_500_001] in response.content


async def test_invalid_ranges_are_rejected(client: httpx.AsyncClient, talk: Path) -> None:
    for asked, status in ((f"bytes={len(CONTENT)}-", 416), ("bytes=5-1", 400), ("lines=1-2", 400)):
        response = await client.get("/api/videos/talk/stream", headers={"Range": asked})
        assert response.status_code == status
        assert response.headers["content-type"].startswith("text/plain")
    response = await client.get("/api/videos/talk/stream", headers={"Range": f"bytes={len(CONTENT)}-"})
    assert response.headers["content-range"] == f"bytes */{len(CONTENT)}"


async def test_if_range_sends_a_changed_file_completely(client: httpx.AsyncClient, talk: Path) -> None:
    first = await client.head("/api/videos/talk/stream")
    for header in ("etag", "last-modified"):
        asked = {"Range": "bytes=0-9", "If-Range": first.headers[header]}
        assert (await client.get("/api/videos/talk/stream", headers=asked)).status_code == 206
    talk.write_bytes(CONTENT + b"more")
    os.utime(talk, (1, 1))
    for header in ("etag", "last-modified"):
        asked = {"Range": "bytes=0-9", "If-Range": first.headers[header]}
        response = await client.get("/api/videos/talk/stream", headers=asked)
        assert (response.status_code, len(response.content)) == (200, len(CONTENT) + 4)


async def test_unchanged_file_is_not_sent_again(client: httpx.AsyncClient, talk: Path) -> None:
    first = await client.head("/api/videos/talk/stream")
    tag, date = first.headers["etag"], first.headers["last-modified"]
    known = ({"If-None-Match": f'"other", W/{tag}'}, {"If-None-Match": "*"}, {"If-Modified-Since": date})
    for path in ("stream", "stream?download=false"):
        for headers in known:
            response = await client.get(f"/api/videos/talk/{path}", headers=headers)
            assert (response.status_code, response.content) == (304, b"")
            assert response.headers["etag"] == tag
    # The entity tag takes precedence over the date.
    for headers in ({"If-None-Match": '"other"', "If-Modified-Since": date}, {"If-Modified-Since": "never"}):
        response = await client.get("/api/videos/talk/stream", headers=headers)
        assert (response.status_code, len(response.content)) == (200, len(CONTENT))


async def test_short_cut_answers_like_the_route(client: httpx.AsyncClient, talk: Path) -> None:
    """Without a query string the response comes from a middleware, otherwise from the route."""
    for asked in (None, *(f"bytes={asked}" for asked, _, _ in RANGES), "bytes=9-1", "bytes=0-1,5-6", "x"):
        for method in ("GET", "HEAD"):
            headers = {"Range": asked} if asked else {}
            short = await client.request(method, "/api/videos/talk/stream", headers=headers)
            route = await client.request(method, "/api/videos/talk/stream?download=false", headers=headers)
            assert short.status_code == route.status_code
            assert len(short.content) == len(route.content)
            assert short.headers.keys() == route.headers.keys()
            for name in short.headers.keys() - {"content-type", "x-request-id"}:
                assert short.headers[name] == route.headers[name]


async def test_short_cut_rejects_what_the_route_rejects(client: httpx.AsyncClient, talk: Path) -> None:
    assert (await client.get("/api/videos/ta%00lk/stream")).status_code == 422
    assert (await client.get("/api/videos/..%2Fvideos%2Ftalk/stream")).status_code == 404
    assert (await client.post("/api/videos/talk/stream")).status_code == 405


async def test_head_has_the_same_headers(client: httpx.AsyncClient, talk: Path) -> None:
    whole = await client.get("/api/videos/talk/stream")
    head = await client.head("/api/videos/talk/stream")
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**whole.headers, "x-request-id": ""}
    part = await client.head("/api/videos/talk/stream", headers={"Range": "bytes=5-8"})
    assert (part.status_code, part.content) == (206, b"")
    assert part.headers["content-length"] == "4"


async def test_sizes_around_a_chunk(client: httpx.AsyncClient, library: Library) -> None:
    for size in (0, 1, 1 << 20, 2 << 20):
        (library.folder / "talk.mp4").write_bytes(CONTENT[:size])
        assert (await client.get("/api/videos/talk/stream")).content == CONTENT[:size]


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="only Linux can be told to forget pages")
async def test_uncached_bytes_are_read_from_disk(client: httpx.AsyncClient, talk: Path) -> None:
    with talk.open("rb+") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    assert (await client.get("/api/videos/talk/stream")).content == CONTENT


async def test_system_without_rwf_nowait(
    client: httpx.AsyncClient, talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_responses, "_RWF_NOWAIT", None)
    assert (await client.get("/api/videos/talk/stream")).content == CONTENT
    part = await client.get("/api/videos/talk/stream", headers={"Range": "bytes=7-2000000"})
    assert part.content == CONTENT[7:2_000_001]


async def test_real_extension_is_found(client: httpx.AsyncClient, library: Library) -> None:
    for name, content_type in {
        "a.mov": "video/quicktime",
        "b.AVI": "video/x-msvideo",
        "c.mkv": "video/x-matroska",
        "d.m4v": "video/x-m4v",
        "e.webm": "video/webm",
    }.items():
        (library.folder / name).write_bytes(b"bytes")
        response = await client.get(f"/api/videos/{name[0]}/stream")
        assert (response.content, response.headers["content-type"]) == (b"bytes", content_type)


async def test_local_file_needs_no_row_or_database(settings: Settings, talk: Path) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg://x:x@127.0.0.1:1/x"})
    async with running(nowhere) as client:
        assert (await client.get("/api/videos/talk/stream")).content == CONTENT
        (talk.parent / "talk.avi").write_bytes(b"first in name order")
        os.utime(talk)  # invalidates the cached file
        assert (await client.get("/api/videos/talk/stream")).content == b"first in name order"
        problem(await client.get("/api/videos/other/stream"), 503, "database-unavailable")


async def test_row_selects_among_several_files(client: httpx.AsyncClient, library: Library) -> None:
    for name in ("talk.avi", "talk.mkv", "talk.mp4"):
        (library.folder / name).write_bytes(name.encode())
    assert (await client.get("/api/videos/talk/stream")).content == b"talk.avi"
    (library.folder / "talk.avi").touch()
    add_row(library, "talk", filename="talk.mkv")
    assert (await client.get("/api/videos/talk/stream")).content == b"talk.mkv"


async def test_cached_file_may_change_or_disappear(
    client: httpx.AsyncClient, library: Library, talk: Path
) -> None:
    assert (await client.get("/api/videos/talk/stream")).content == CONTENT
    other = library.folder / "other.part"
    other.write_bytes(CONTENT[::-1])
    os.utime(other, ns=(talk.stat().st_atime_ns, talk.stat().st_mtime_ns))
    other.rename(talk)
    assert (await client.get("/api/videos/talk/stream")).content == CONTENT[::-1]
    talk.unlink()
    problem(await client.get("/api/videos/talk/stream"), 404, "video-not-found")


async def test_symbolic_link_out_of_the_folder_is_ignored(
    client: httpx.AsyncClient, library: Library, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    (library.folder / "talk.mp4").symlink_to(secret)
    problem(await client.get("/api/videos/talk/stream"), 404, "video-not-found")
    (library.folder / "talk.mp4").unlink()
    (library.folder / "talk.mp4").write_bytes(b"mine")
    assert (await client.get("/api/videos/talk/stream")).content == b"mine"
    (library.folder / "talk.mp4").unlink()
    (library.folder / "talk.mp4").symlink_to(secret)
    problem(await client.get("/api/videos/talk/stream"), 404, "video-not-found")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_redirects_to_a_signed_url_for_the_method(
    client: httpx.AsyncClient, library: Library, method: str
) -> None:
    add_row(library, "talk")
    library.put("videos/talk/talk.mp4", CONTENT)
    response = await client.request(method, "/api/videos/talk/stream")
    assert response.status_code == 307
    assert response.headers["cache-control"] == "no-store"
    target = response.headers["location"]
    async with httpx.AsyncClient() as outside:
        assert (await outside.request(method, target)).status_code == 200
    signed = httpx.URL(target).params
    assert signed["X-Goog-Algorithm"] == "GOOG4-RSA-SHA256"
    other = await client.request({"GET": "HEAD", "HEAD": "GET"}[method], "/api/videos/talk/stream")
    assert httpx.URL(other.headers["location"]).params["X-Goog-Signature"] != signed["X-Goog-Signature"]


@pytest.mark.parametrize("name", ["talk", "50% of #1 – ‘é’?", 'a "b"; c'])
async def test_download_sets_content_disposition(
    client: httpx.AsyncClient, library: Library, name: str
) -> None:
    add_row(library, name)
    library.put(f"videos/{name}/{name}.mp4", CONTENT)
    path = f"{video_path(name, 'stream')}?download=true"
    link = httpx.URL((await client.get(path)).headers["location"])
    told = link.params["response-content-disposition"]
    assert told == f"attachment; filename*=utf-8''{quote(f'{name}.mp4', safe='')}"
    async with httpx.AsyncClient() as outside:
        assert (await outside.get(link)).content == CONTENT
    (library.folder / f"{name}.mp4").write_bytes(CONTENT)
    here = await client.get(path)
    assert (here.status_code, here.content) == (200, CONTENT)
    assert here.headers["content-disposition"].startswith("attachment; filename")


async def test_missing_or_foreign_object_is_reported(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "gone")
    add_row(library, "elsewhere", cloud_url="gs://another-bucket/videos/elsewhere/elsewhere.mp4")
    add_row(library, "nonsense", cloud_url="https://example.org/x.mp4")
    for rest in ("stream", "thumbnail", "url"):
        found = problem(await client.get(video_path("gone", rest)), 404, "object-not-found")
        assert "--repair" in found["remedy"]
        problem(await client.get(video_path("elsewhere", rest)), 409, "bucket-conflict")
        problem(await client.get(video_path("nonsense", rest)), 409, "bucket-conflict")


async def test_x_accel_redirect_for_nginx(settings: Settings, library: Library) -> None:
    name = "50% of #1 – ‘é’?.mp4"
    (library.folder / name).write_bytes(CONTENT)
    accelerated = settings.model_copy(update={"x_accel_redirect_prefix": "/protected/videos/"})
    async with running(accelerated) as client:
        response = await client.get(video_path(name.removesuffix(".mp4"), "stream"))
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == "video/mp4"
    expected = "/protected/videos/50%25%20of%20%231%20%E2%80%93%20%E2%80%98%C3%A9%E2%80%99%3F.mp4"
    assert response.headers["x-accel-redirect"] == expected
    assert response.headers["content-disposition"].startswith("inline; filename*=utf-8''50%25%20of")
