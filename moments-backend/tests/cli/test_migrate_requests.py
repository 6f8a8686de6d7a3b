"""Requests to the bucket during a migration."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video
from tests.services.storage.support.fault_proxy import FaultProxy, Request, fault_proxy, forward

VIDEOS = ("a", "b", "c", "d", "e")


@pytest.fixture
def proxy(library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    assert library.settings.storage_emulator_host is not None
    with fault_proxy(library.settings.storage_emulator_host) as running:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", running.url)
        yield running


def kinds(requests: list[Request]) -> Counter[str]:
    """Return the number of listings, look-ups and uploads."""

    def kind(request: Request) -> str:
        if request.uploads:
            return "upload"
        return "listing" if request.path.split("?")[0].endswith("/o") else "look-up"

    return Counter(map(kind, requests))


def make_videos(library: Library) -> None:
    for name in VIDEOS:
        make_video(library.folder / f"{name}.mp4")


def test_new_file_takes_one_request(
    library: Library, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    make_videos(library)
    assert migrate(capsys).code == 0
    assert kinds(proxy.seen) == {"listing": 1, "upload": len(VIDEOS)}
    assert len(library.rows()) == len(library.objects()) == len(VIDEOS)
    proxy.seen.clear()
    assert migrate(capsys).code == 0
    assert not proxy.seen


def test_dry_run_takes_one_listing(
    library: Library, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    make_videos(library)
    assert migrate(capsys, "--dry-run").code == 0
    assert kinds(proxy.seen) == {"listing": 1}


def test_object_without_row_is_looked_up(
    library: Library, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    make_videos(library)
    library.put("videos/b/b.mp4", (library.folder / "b.mp4").read_bytes())
    ran = migrate(capsys)
    assert kinds(proxy.seen) == {"listing": 1, "look-up": 1, "upload": len(VIDEOS) - 1}
    assert "videos/b/b.mp4 (already there)" in ran.out


@pytest.mark.parametrize(("content", "migrated"), [(None, 5), (b"another video", 4)])
def test_object_stored_after_the_listing_is_kept(
    library: Library,
    proxy: FaultProxy,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    migrated: int,
) -> None:
    """Another migration stores an object between our listing and our upload."""
    make_videos(library)
    theirs = content or (library.folder / "c.mp4").read_bytes()

    def list_then_store(handler: Any, request: Request) -> None:
        forward(handler, request)
        library.put("videos/c/c.mp4", theirs)

    proxy.when(lambda request: request.method == "GET", list_then_store)
    ran = migrate(capsys)
    assert f"  Migrated: {migrated}\n" in ran.out
    assert ("c.mp4 is a different file" in ran.out) == (content is not None)
    assert library.objects()["videos/c/c.mp4"].size == len(theirs)
    assert kinds(proxy.seen) == {"listing": 1, "look-up": 1, "upload": len(VIDEOS)}


def test_lost_response_is_looked_up_once(
    library: Library, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    make_video(library.folder / "a.mp4")

    def drop(handler: Any, _: Request) -> None:
        handler.pass_on(handler.body())
        handler.cut()

    proxy.when(lambda request: request.uploads, drop)
    assert migrate(capsys).code == 0
    assert kinds(proxy.seen) == {"listing": 1, "look-up": 1, "upload": 2}
    assert len(library.rows()) == len(library.objects()) == 1
