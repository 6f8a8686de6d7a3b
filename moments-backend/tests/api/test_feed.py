"""`GET /api/feed.xml`: content, saved views, authentication and files."""

import base64
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from app.core.config import Settings
from app.models.access_scope import AccessScope
from tests.api.conftest import running
from tests.api.support.access import KEY, named_key, with_key
from tests.api.support.rows import add_row, problem, seconds, video_path
from tests.fixtures.library import Library

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
HOSTILE = "</title><script>alert(1)</script> & \"]]>'\x01 \ufffe 😀"


def items(answer: httpx.Response) -> list[ET.Element]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/rss+xml")
    root = ET.fromstring(answer.content)
    return root.findall("channel/item")


def basic(password: str, name: str = "anybody") -> dict[str, str]:
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"authorization": f"Basic {token}"}


@pytest.fixture
def videos(library: Library) -> Library:
    """Insert three videos, newest first; the bytes of `talk` are in both places, of `copy` in the bucket."""
    add_row(
        library,
        "talk #1?",
        filename="talk #1?.mkv",
        title=HOSTILE,
        description="A & B\nC",
        duration_seconds=61.4,
        size_bytes=5,
        channel="<Harbour>",
        tags=["a", "b&c"],
        created_at=seconds(0),
        relative_path="talk #1?.mkv",
    )
    media = '{"playback_bytes": 6}'
    add_row(library, "copy", filename="copy.avi", playback_state="ready", media=media, created_at=seconds(-1))
    add_row(library, "lost", created_at=seconds(-2), tags=["a"])
    add_row(library, "trashed", deleted_at=seconds(0))
    (library.folder / "talk #1?.mkv").write_bytes(b"local")
    library.put("playback/copy/copy.mp4", b"played")
    return library


async def test_sizes_of_earlier_copies_are_read_once(client: httpx.AsyncClient, videos: Library) -> None:
    def lengths(feed: httpx.Response) -> list[str]:
        return [item.find("enclosure").attrib["length"] for item in items(feed)]  # type: ignore[union-attr]

    videos.execute("""UPDATE videos SET media = '{"playback_reason": "codec"}' WHERE identifier = 'copy'""")
    add_row(videos, "gone", playback_state="ready", created_at=seconds(-3))
    assert lengths(await client.get("/api/feed.xml")) == ["5", "6", "0", "0"]
    assert videos.rows()["copy"]["media"] == {"playback_reason": "codec", "playback_bytes": 6}
    videos.put("playback/copy/copy.mp4", b"another one")
    assert lengths(await client.get("/api/feed.xml")) == ["5", "6", "0", "0"]  # from the row


async def test_items_are_complete(client: httpx.AsyncClient, videos: Library) -> None:
    talk, copy, lost = items(await client.get("/api/feed.xml"))
    assert talk.findtext("title") == HOSTILE.replace("\x01", " ").replace("\ufffe", " ")
    assert talk.findtext("pubDate") == "Sun, 08 Feb 2026 10:00:00 GMT"
    assert talk.findtext("link") == "http://localhost/watch/talk%20%231%3F"
    assert talk.findtext("description") == "A & B\nC"
    assert talk.findtext(f"{ITUNES}author") == "<Harbour>"
    assert talk.findtext(f"{ITUNES}duration") == "61"
    assert [category.text for category in talk.findall("category")] == ["a", "b&c"]
    assert [item.find("enclosure").attrib for item in (talk, copy, lost)] == [  # type: ignore[union-attr]
        {
            "url": "http://localhost/api/feed/talk%20%231%3F/talk%20%231%3F.mkv",
            "length": "5",
            "type": "video/x-matroska",
        },
        {"url": "http://localhost/api/feed/copy/copy.mp4", "length": "6", "type": "video/mp4"},
        {"url": "http://localhost/api/feed/lost/lost.mp4", "length": "0", "type": "video/mp4"},
    ]
    assert len({item.findtext("guid") for item in (talk, copy, lost)}) == 3


async def test_filters_and_views_select_items(client: httpx.AsyncClient, videos: Library) -> None:
    found = items(await client.get("/api/feed.xml?tag=a&order=asc&limit=1"))
    assert [item.findtext("title") for item in found] == ["Lost"]
    query = {"name": "A & <B>", "query": {"tag": ["a"], "sort": "created_at", "order": "asc"}}
    view = (await client.post("/api/views", json=query)).json()
    answer = await client.get(f"/api/feed.xml?view={view['id']}")
    assert next(item.findtext("title") for item in items(answer)) == "Lost"
    assert ET.fromstring(answer.content).findtext("channel/title") == "A & <B>"
    problem(await client.get(f"/api/feed.xml?view={'0' * 32}"), 404, "view-not-found")
    for wrong in ("view=x", "limit=501", "sort=up", "tag=%00", "color=red"):
        problem(await client.get(f"/api/feed.xml?{wrong}"), 422, "invalid-request")


async def test_unchanged_feed_is_304(client: httpx.AsyncClient, videos: Library) -> None:
    first = await client.get("/api/feed.xml")
    headers = {"if-none-match": f'"other", {first.headers["etag"]}'}
    again = await client.get("/api/feed.xml", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    await client.patch(video_path("lost"), json={"title": "Found"})
    assert (await client.get("/api/feed.xml", headers=headers)).status_code == 200


async def test_files_come_from_this_server(client: httpx.AsyncClient, videos: Library) -> None:
    talk, copy, lost = (
        item.find("enclosure").attrib["url"]  # type: ignore[union-attr]
        for item in items(await client.get("/api/feed.xml"))
    )
    assert (await client.get(talk)).content == b"local"
    whole = await client.get(copy)
    assert (whole.content, whole.headers["content-type"]) == (b"played", "video/mp4")
    part = await client.get(copy, headers={"range": "bytes=2-3"})
    assert (part.status_code, part.content) == (206, b"ay")
    assert (await client.head(copy)).headers["content-length"] == "6"
    problem(await client.get(lost), 404, "object-not-found")
    problem(await client.get("/api/feed/trashed/trashed.mp4"), 404, "video-not-found")


@pytest.fixture
async def locked(settings: Settings, videos: Library) -> AsyncIterator[httpx.AsyncClient]:
    async with running(with_key(settings)) as client:
        yield client


async def test_feed_accepts_a_key_as_password(locked: httpx.AsyncClient) -> None:
    reader = await named_key(AccessScope.READ)
    for key in (KEY, reader):
        assert len(items(await locked.get("/api/feed.xml", headers=basic(key)))) == 3
        assert (await locked.get("/api/feed/copy/copy.mp4", headers=basic(key))).content == b"played"


async def test_images_need_the_password_of_the_feed(locked: httpx.AsyncClient, videos: Library) -> None:
    found = items(await locked.get("/api/feed.xml", headers=basic(KEY)))
    assert [item.find(f"{ITUNES}image") for item in found] == [None] * 3
    for name in ("talk #1?", "site/copy"):
        path = videos.settings.thumbnails_dir / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
    talk, copy, lost = items(await locked.get("/api/feed.xml", headers=basic(KEY)))
    assert lost.find(f"{ITUNES}image") is None
    for item, segment in ((talk, "talk%20%231%3F"), (copy, "copy")):
        image = item.find(f"{ITUNES}image")
        assert image is not None
        assert image.attrib == {"href": f"http://localhost/api/feed/{segment}/thumbnail.jpg"}
        answer = await locked.get(image.attrib["href"], headers=basic(KEY))
        assert (answer.content, answer.headers["content-type"]) == (b"picture", "image/jpeg")
        problem(await locked.get(image.attrib["href"]), 401, "unauthorized")
    problem(await locked.get("/api/feed/trashed/thumbnail.jpg", headers=basic(KEY)), 404, "video-not-found")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("wrong-key-0123456789"),
        basic(""),
        {"authorization": "Basic"},
        {"authorization": "Basic %%%"},
        {"authorization": f"Basic {base64.b64encode(b'no colon').decode()}"},
    ],
    ids=["none", "wrong", "empty", "bare", "damaged", "without colon"],
)
async def test_feed_asks_for_a_password(locked: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await locked.get("/api/feed.xml", headers=headers)
    problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


async def test_other_paths_refuse_passwords(locked: httpx.AsyncClient) -> None:
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/api/videos", {}),
        ("GET", "/api/feeds", {}),
        ("DELETE", "/api/videos/copy", {}),
        ("DELETE", "/api/feed.xml", {}),
        ("GET", "/api/feed/../videos", {}),
    ]
    for method, path, more in requests:
        answer = await locked.request(method, path, headers=basic(KEY), **more)
        problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
