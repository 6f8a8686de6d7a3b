"""Preview pictures above the seek bar, and thumbnails chosen from the player."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.api.support.rows import add_row
from tests.fixtures.media import ffmpeg, make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

SECONDS = 20
MIDDLE = re.compile("0:(09|10)")
READY = "document.querySelector('video')?.readyState >= 2"


def add_video(site: Site, name: str) -> None:
    """Add a video whose picture changes all the time."""
    path = make_video(site.videos / f"{name}.mp4", seconds=SECONDS, size="320x180")
    facts: dict[str, Any] = {
        "resolution": "320x180",
        "duration_seconds": float(SECONDS),
        "video_codec": "h264",
    }
    own: dict[str, Any] = {"size_bytes": path.stat().st_size, "relative_path": path.name}
    add_row(site.library, name, playback_state="original", **facts, **own)
    site.library.put(f"videos/{name}/{path.name}", path.read_bytes())


async def opened(page: Page, site: Site, name: str) -> tuple[Locator, Locator]:
    """Return the player and its preview picture."""
    await page.goto(f"{site.url}/watch/{name}")
    await until(page, READY)
    player = page.get_by_role("region", name="Player", exact=True)
    return player, player.locator("[data-storyboard]")


@pytest.mark.parametrize("width", [390, 1440])
async def test_seek_bar_shows_pictures(page: Page, empty_site: Site, width: int) -> None:
    add_video(empty_site, "previewed")
    await page.set_viewport_size({"width": width, "height": 844})
    player, picture = await opened(page, empty_site, "previewed")
    bar = player.locator("media-time-range")
    await bar.hover()  # in its middle, after it has stopped moving
    box = await bar.bounding_box()
    assert box is not None
    await expect(picture).to_be_visible()
    await expect(player.locator("[data-preview]")).to_have_text(MIDDLE)
    middle = await position(picture)
    await page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    await expect(picture).not_to_have_css("background-position", middle)
    shown, frame = await picture.bounding_box(), await player.bounding_box()
    assert shown is not None
    assert frame is not None
    assert frame["x"] <= shown["x"]
    assert shown["x"] + shown["width"] <= frame["x"] + frame["width"]
    assert frame["y"] <= shown["y"], "the picture is cut off"
    await page.mouse.move(2, 2)
    await expect(picture).to_be_hidden()


async def position(picture: Locator) -> str:
    place: str = await picture.evaluate("(element) => getComputedStyle(element).backgroundPosition")
    return place


async def test_keys_on_the_seek_bar_show_pictures(page: Page, empty_site: Site) -> None:
    add_video(empty_site, "keyed")
    player, picture = await opened(page, empty_site, "keyed")
    await player.locator("media-time-range").hover()
    await expect(picture).to_be_visible()  # now the pictures are loaded
    await page.mouse.move(2, 2)
    await expect(picture).to_be_hidden()
    await player.locator("media-time-range input").focus()
    await page.keyboard.press("ArrowRight")
    await expect(picture).to_be_visible()
    await until(page, "document.querySelector('video').currentTime === 5")
    assert await violations(page) == []
    await expect(picture).to_be_hidden()


async def test_missing_storyboard_leaves_time_and_seeking(page: Page, empty_site: Site) -> None:
    add_video(empty_site, "bare")
    await page.route("**/storyboard.vtt", lambda route: route.fulfill(status=404))
    player, picture = await opened(page, empty_site, "bare")
    bar = player.locator("media-time-range")
    await bar.hover()
    await expect(player.locator("[data-preview]")).to_have_text(MIDDLE)
    await expect(picture).to_be_hidden()
    await bar.click()
    await until(page, "Math.abs(document.querySelector('video').currentTime - 10) < 0.5")


async def test_frame_becomes_the_thumbnail_at_once(page: Page, empty_site: Site) -> None:
    add_video(empty_site, "pictured")
    await page.goto(empty_site.url)
    card = page.get_by_role("link", name="Pictured")
    await until(page, SHOWN)
    automatic = thumbnail(empty_site, "pictured")
    await card.click()
    await until(page, READY)
    await page.keyboard.press("9")
    await until(page, "document.querySelector('video').currentTime > 17")
    await choose(page, "Use this frame as thumbnail")
    await expect(page.get_by_text("Thumbnail changed")).to_be_visible()
    chosen = thumbnail(empty_site, "pictured")
    assert chosen != automatic
    await page.get_by_role("link", name="Library", exact=True).click()
    await expect(card.locator("img")).to_have_attribute("src", re.compile(r"/thumbnail\?v="))
    await until(page, SHOWN)

    await page.get_by_role("button", name="Actions for Pictured").click()
    await page.get_by_role("menuitem", name="Reset thumbnail").click()
    await expect(page.get_by_text("Thumbnail reset")).to_be_visible()
    await until(page, SHOWN)
    assert thumbnail(empty_site, "pictured") != chosen


async def test_picture_can_be_uploaded_as_thumbnail(page: Page, empty_site: Site, tmp_path: Path) -> None:
    add_video(empty_site, "uploaded")
    picture = tmp_path / "red.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x36", "-frames:v", "1", picture)
    await page.goto(f"{empty_site.url}/watch/uploaded")
    async with page.expect_file_chooser() as choosing:
        await choose(page, "Upload thumbnail…")
    await (await choosing.value).set_files(picture)
    await expect(page.get_by_text("Thumbnail changed")).to_be_visible()
    pixel = ("-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    red, green, blue = ffmpeg("-i", "-", *pixel, stdin=thumbnail(empty_site, "uploaded"))
    assert red > 200
    assert green < 60
    assert blue < 60


SHOWN = "document.querySelector('[role=listitem] img')?.naturalWidth > 0"


async def choose(page: Page, action: str) -> None:
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name=action).click()


def thumbnail(site: Site, video_id: str) -> bytes:
    return httpx.get(f"{site.url}/api/videos/{video_id}/thumbnail").raise_for_status().content
