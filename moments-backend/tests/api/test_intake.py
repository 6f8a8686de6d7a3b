"""`/api/subscriptions` and `/api/watch-folders`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from ipaddress import IPv4Network
from pathlib import Path

import httpx
import pytest

from app.core.config import Settings
from app.services.subscriptions.checker import MAX_PREVIEWS
from tests.api.conftest import running
from tests.api.support.access import audit_rows
from tests.api.support.rows import problem
from tests.fixtures.library import Library
from tests.services.downloads.support.web_server import Handler, Web, respond, web_server
from tests.services.subscriptions.support import item, rss


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as started:
        content = rss(item(f"https://example.org/{number}.mp4", f"Talk {number}") for number in range(5))
        started.on("/feed", respond(content, content_type="application/rss+xml"))
        yield started


@pytest.fixture
async def open_client(settings: Settings, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of an application that may reach loopback and has two watch folders."""
    changes = {
        "video_download_allowed_networks": [IPv4Network("127.0.0.0/8")],
        "watch_dir": [tmp_path / "a", tmp_path / "b"],
    }
    async with running(settings.model_copy(update=changes)) as client:
        yield client


async def test_subscription_is_created_checked_and_deleted(
    open_client: httpx.AsyncClient, web: Web, library: Library
) -> None:
    body = {"url": web.url("/feed"), "max_items": 2, "tags": ["Talks", "talks"], "max_age_days": 30}
    preview = (await open_client.post("/api/subscriptions/preview", json=body)).json()
    assert [entry["action"] for entry in preview["items"]] == ["add", "add", "skip", "skip", "skip"]
    created = await open_client.post("/api/subscriptions", json=body)
    assert created.status_code == 201
    subscription = created.json()
    assert (subscription["tags"], subscription["interval_minutes"]) == (["Talks"], 60)
    problem(await open_client.post("/api/subscriptions", json=body), 409, "subscription-exists")
    path = f"/api/subscriptions/{subscription['id']}"
    dry = (await open_client.post(f"{path}/check?dry_run=true")).json()
    assert (dry["dry_run"], dry["items"]) == (True, preview["items"])
    assert (await open_client.post(f"{path}/check")).json()["dry_run"] is False
    changed = (await open_client.patch(path, json={"max_age_days": None, "is_paused": True})).json()
    assert (changed["max_age_days"], changed["max_items"], changed["is_paused"]) == (None, 2, True)
    (listed,) = (await open_client.get("/api/subscriptions")).json()
    assert (listed["title"], listed["queued"]) == ("Talks", 2)
    page = await open_client.get(f"{path}/items?limit=3")
    rest = await open_client.get(page.links["next"]["url"])
    assert len({entry["key"] for entry in [*page.json(), *rest.json()]}) == 5
    assert len((await open_client.get(f"{path}/items?state=queued")).json()) == 2
    runs = (await open_client.get("/api/pipeline")).json()
    assert {run["source_url"] for run in runs} == {f"https://example.org/{number}.mp4" for number in (0, 1)}
    assert (await open_client.delete(path)).status_code == 204
    for method, suffix in (("DELETE", ""), ("POST", "/check"), ("GET", "/items")):
        problem(await open_client.request(method, path + suffix), 404, "subscription-not-found")
    actions = [row["action"] for row in audit_rows(library)]
    for action in ("create", "check", "update", "delete"):
        assert f"subscription.{action}" in actions


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "gs://bucket/feed"},
        {"url": "https://"},
        {"url": "https://user:pw@example.org/"},
        {"url": "https://youtu.be/dQw4w9WgXcQ"},
        {"url": "https://example.org/\0"},
        {"url": f"https://example.org/{'x' * 2000}"},
        {"url": "https://example.org/", "interval_minutes": 1},
        {"url": "https://example.org/", "max_items": 0},
        {"url": "https://example.org/", "max_age_days": 10**9},
        {"url": "https://example.org/", "tags": ["a\nb"]},
        {"url": "https://example.org/", "unknown": 1},
    ],
)
async def test_invalid_subscriptions_are_refused(client: httpx.AsyncClient, body: object) -> None:
    problem(await client.post("/api/subscriptions", json=body), 422, "invalid-request")


async def test_parallel_previews_are_limited(open_client: httpx.AsyncClient, web: Web) -> None:
    def answer_later(handler: Handler) -> None:
        web.released.wait()
        web.actions["/feed"][0](handler)

    web.on("/slow", answer_later)
    created = (await open_client.post("/api/subscriptions", json={"url": web.url("/feed")})).json()
    check = f"/api/subscriptions/{created['id']}/check"
    body = {"url": web.url("/slow")}
    async with asyncio.TaskGroup() as group:
        previews = [
            group.create_task(open_client.post("/api/subscriptions/preview", json=body))
            for _ in range(MAX_PREVIEWS)
        ]
        while len(web.seen) < MAX_PREVIEWS:
            await asyncio.sleep(0.01)
        refused = [
            await open_client.post("/api/subscriptions/preview", json=body),
            await open_client.post(f"{check}?dry_run=true"),
        ]
        checked = await open_client.post(check)
        web.released.set()
    for answer in refused:
        problem(answer, 429, "too-many-previews")
        assert int(answer.headers["retry-after"]) > 0
    assert [answer.status_code for answer in (checked, *(task.result() for task in previews))] == [200] * 3
    assert (await open_client.post("/api/subscriptions/preview", json=body)).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]"])
async def test_lists_inside_are_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.post("/api/subscriptions/preview", json={"url": f"http://{host}/feed"})
    problem(answer, 422, "address-refused")


async def test_watch_folders_are_listed(
    open_client: httpx.AsyncClient, library: Library, tmp_path: Path
) -> None:
    folder = str(tmp_path / "a")
    library.execute(
        "INSERT INTO watch_folders (folder, state, ignored, ignored_count) VALUES (%s, 'available', %s, 1)",
        folder,
        '[{"path": "a.part", "reason": "an unfinished download"}]',
    )
    library.execute(
        "INSERT INTO watched_files (folder, path, size_bytes, modified_ns, state, error)"
        " VALUES (%s, 'bad.mp4', 1, 1, 'failed', %s), (%s, 'new.mp4', 1, 1, 'waiting', NULL)",
        folder,
        '{"type": "not-a-video", "detail": "bad.mp4 is not a video", "remedy": null}',
        folder,
    )
    first, second = (await open_client.get("/api/watch-folders")).json()
    assert (first["state"], first["waiting"], first["failed"]) == ("available", 1, 1)
    assert first["problems"][0]["path"] == "bad.mp4"
    assert first["ignored"] == [{"path": "a.part", "reason": "an unfinished download"}]
    assert (second["state"], second["checked_at"]) == ("pending", None)
