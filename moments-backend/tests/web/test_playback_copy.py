"""Videos that browsers cannot play: their copy, its progress and its failures."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.api.support.rows import add_row
from tests.api.support.runs import add_run
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

PREPARING = "Preparing a copy that your browser can play…"
COPY_SECONDS = 90
"""Time for a worker to start and make a copy on a busy machine."""
VIDEO = "document.querySelector('video')"
PLAYING = f"!{VIDEO}.paused && {VIDEO}.videoWidth > 0 && {VIDEO}.webkitAudioDecodedByteCount > 0"


def add_avi(site: Site, name: str, **columns: Any) -> None:
    """Add a video of the codecs of old cameras, which browsers cannot play."""
    path = make_video(site.videos / f"{name}.avi", seconds=6, size="160x90")
    facts: dict[str, Any] = {
        "video_codec": "mpeg4",
        "audio_codec": "mp3",
        "resolution": "160x90",
        "duration_seconds": 6.0,
    }
    own: dict[str, Any] = {"size_bytes": path.stat().st_size, "relative_path": path.name}
    add_row(site.library, name, filename=path.name, **facts, **own, **columns)
    site.library.put(f"videos/{name}/{path.name}", path.read_bytes())


async def test_copy_starts_by_itself_at_the_requested_time(page: Page, empty_site: Site) -> None:
    add_avi(empty_site, "camera")
    await page.goto(f"{empty_site.url}/watch/camera?t=3")
    player = page.get_by_role("region", name="Player", exact=True)
    await expect(player.get_by_role("progressbar", name=PREPARING)).to_be_visible()
    await expect(player.get_by_text("MPEG-4 Part 2")).to_be_visible()
    assert await violations(page) == []
    with empty_site.running_worker():
        await until(page, PLAYING, seconds=COPY_SECONDS)
    assert await page.evaluate(f"{VIDEO}.currentTime") >= 2.9
    assert (await page.evaluate(f"{VIDEO}.currentSrc")).endswith("/playback")
    await expect(player.get_by_text(PREPARING)).to_be_hidden()
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download").click()
    assert (await downloading.value).suggested_filename == "camera.avi"


async def test_progress_is_shown_in_player_and_runs(page: Page, empty_site: Site) -> None:
    add_avi(empty_site, "halfway", playback_state="needed")
    stages = {"playback_copy": {"status": "processing", "percent": 50}}
    run = {"kind": "playback", "status": "processing", "stages": stages}
    add_run(empty_site.library, "halfway", **run)
    await page.goto(f"{empty_site.url}/watch/halfway")
    player = page.get_by_role("region", name="Player", exact=True)
    await expect(player.get_by_text("45%")).to_be_visible()
    moments = page.get_by_role("tabpanel", name="Moments")
    await expect(moments.get_by_role("button", name="Find moments")).to_be_enabled()
    await page.get_by_role("link", name=re.compile("^Runs")).click()
    await expect(page.get_by_text("1 playback copy is being made.")).to_be_visible()
    await page.get_by_role("main").get_by_role("link", name="Show").click()
    runs = page.get_by_role("list", name="Runs").get_by_role("listitem")
    await expect(runs.first.get_by_text("Playback copy", exact=True).first).to_be_visible()
    await expect(page.get_by_role("button", name="Cancel playback copy of Halfway")).to_be_visible()
    assert await violations(page) == []


async def test_failed_copy_shows_cause_and_can_be_retried(page: Page, empty_site: Site) -> None:
    add_avi(empty_site, "broken", playback_state="failed")
    error = {
        "type": "media-error",
        "title": "Failed",
        "detail": "the file ends early",
        "remedy": "add it again",
    }
    run = {"kind": "playback", "status": "failed", "error": error}
    add_run(empty_site.library, "broken", **run)
    await page.goto(f"{empty_site.url}/watch/broken")
    player = page.get_by_role("region", name="Player", exact=True)
    await expect(player.get_by_text("The file ends early. Add it again.")).to_be_visible()
    assert await violations(page) == []
    await player.get_by_role("button", name="Retry").click()
    await expect(player.get_by_role("progressbar", name=PREPARING)).to_be_visible()
    await player.get_by_role("button", name="Cancel").click()
    await expect(player.get_by_role("button", name="Make a playable copy")).to_be_visible()


async def test_undecodable_original_can_get_a_copy(page: Page, empty_site: Site) -> None:
    path = make_video(empty_site.videos / "odd.mp4", seconds=2, size="160x90", video_codec="mpeg4")
    own: dict[str, Any] = {"size_bytes": path.stat().st_size, "relative_path": path.name}
    add_row(empty_site.library, "odd", resolution="160x90", playback_state="original", **own)
    empty_site.library.put("videos/odd/odd.mp4", path.read_bytes())
    await page.goto(f"{empty_site.url}/watch/odd")
    player = page.get_by_role("region", name="Player", exact=True)
    await player.get_by_role("button", name="Make a playable copy").click()
    await expect(player.get_by_role("progressbar", name=PREPARING)).to_be_visible()
    with empty_site.running_worker():
        await until(page, PLAYING, seconds=COPY_SECONDS)


CLAIM = """
HTMLMediaElement.prototype.canPlayType = () => "probably";
navigator.mediaCapabilities.decodingInfo = async () => ({ supported: true });
"""


async def test_copy_replaces_an_original_that_only_seemed_playable(page: Page, empty_site: Site) -> None:
    path = make_video(empty_site.videos / "claimed.mp4", size="160x90", video_codec="libx265")
    own: dict[str, Any] = {
        "size_bytes": path.stat().st_size,
        "relative_path": path.name,
        "playback_state": "needed",
    }
    facts: dict[str, Any] = {"video_codec": "hevc", "audio_codec": "aac", "resolution": "160x90"}
    add_row(empty_site.library, "claimed", **facts, **own)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    await page.add_init_script(CLAIM)
    await page.goto(f"{empty_site.url}/watch/claimed")
    await expect(page.get_by_role("progressbar", name=PREPARING)).to_be_visible()
    assert f"{empty_site.url}/api/videos/claimed/stream" in requested
