"""`videomoments subscribe`, `subscriptions` and `watch-folders`."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services.webhooks.signatures import create_secret
from tests.api.support.access import audit_rows
from tests.cli.support.command import call, running_worker
from tests.fixtures.library import Library
from tests.fixtures.media import make_video
from tests.services.downloads.support.web_server import Web, respond, web_server
from tests.services.subscriptions.support import item, rss
from tests.services.webhooks.conftest import webhook_target

pytestmark = pytest.mark.slow


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("VIDEO_DOWNLOAD_ALLOWED_NETWORKS", "127.0.0.0/8")
    with web_server() as running:
        content = rss([item("https://example.org/a.mp4", "First"), item("http://10.0.0.1/b.mp4", "Second")])
        running.on("/feed", respond(content, content_type="application/rss+xml"))
        yield running


def test_subscription_from_dry_run_to_deletion(
    library: Library, web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    url = web.url("/feed")
    preview = call(capsys, "subscribe", url, "--dry-run")
    assert (preview.code, preview.err) == (0, "1 of 2 videos would be added; 0 were known\n")
    assert "First" in preview.out
    assert "private network" in preview.out
    assert "No subscriptions yet" in call(capsys, "subscriptions").err
    created = call(capsys, "subscribe", url, "--max", "5", "--tag", "talks", "--paused")
    assert created.code == 0
    beginning = created.out.strip()[:6]
    assert call(capsys, "subscribe", url).code == 1
    checked = call(capsys, "subscriptions", "check", beginning)
    assert checked.err == "1 of 2 videos queued; 0 were known\n"
    listed = json.loads(call(capsys, "subscriptions", "--json").out)[0]
    assert (listed["title"], listed["queued"], listed["tags"]) == ("Talks", 1, ["talks"])
    found = json.loads(call(capsys, "subscriptions", "items", beginning, "--json").out)
    assert sorted(entry["state"] for entry in found) == ["queued", "skipped"]
    assert call(capsys, "subscriptions", "resume", beginning).out == "Talks: active\n"
    assert call(capsys, "subscriptions", "delete", beginning).out == f"{url}: deleted\n"
    assert call(capsys, "subscriptions", "check", beginning).code == 1
    actions = [row["action"] for row in audit_rows(library)]
    assert {"subscription.create", "subscription.check", "subscription.delete"} <= set(actions)


def test_invalid_subscription_is_a_usage_error(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("file:///etc/passwd",), ("https://example.org/", "--every", "1")):
        assert call(capsys, "subscribe", *arguments).code == 2


def test_watch_folders_are_listed(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "WATCH_DIR" in call(capsys, "watch-folders").err
    monkeypatch.setenv("WATCH_DIR", f"{tmp_path}/a,{tmp_path}/b")
    shown = call(capsys, "watch-folders")
    assert shown.code == 0
    assert f"{tmp_path}/a" in shown.out
    assert "pending" in shown.out
    library.execute(
        "INSERT INTO watch_folders (folder, state, error) VALUES (%s, 'unavailable', %s)",
        f"{tmp_path}/a",
        '{"type": "watch-folder", "detail": "it does not exist", "remedy": "mount it"}',
    )
    shown = call(capsys, "watch-folders")
    assert (shown.code, shown.err) == (1, f"{tmp_path}/a: it does not exist (mount it)\n")
    documents = json.loads(call(capsys, "watch-folders", "--json").out)
    assert [document["state"] for document in documents] == ["unavailable", "pending"]


async def test_worker_adds_watched_files_and_reports_them(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    make_video(folder / "talk.mp4")
    for name, value in (
        ("WATCH_DIR", str(folder)),
        ("WATCH_INTERVAL_SECONDS", "1"),
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"),
    ):
        monkeypatch.setenv(name, value)
    with webhook_target() as target:
        library.execute(
            "INSERT INTO webhooks (id, url, secret, events) VALUES (%s, %s, %s, '{video.added}')",
            "0" * 32,
            target.url("/ok"),
            create_secret(),
        )
        with running_worker(library):
            async with asyncio.timeout(150):
                while not target.received:
                    await asyncio.sleep(0.1)
    assert target.received[0].event["data"]["id"] == "talk"
    assert list(library.rows()) == ["talk"]
