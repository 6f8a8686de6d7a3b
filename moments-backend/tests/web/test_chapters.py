"""Chapters on the watch page: seeking, editing, undo and reset."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from psycopg.types.json import Jsonb

from tests.api.support.rows import add_row
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until, until_copied

pytestmark = pytest.mark.slow

SECONDS = 40.0
STATED = [("Low water", 0.0), ("Tides & <moon>", 10.0), ("High water", 25.0)]


def add_video(site: Site, video_id: str = "tides") -> None:
    """Add a video of 40 s whose file states three chapters."""
    make_video(site.videos / f"{video_id}.mp4", seconds=SECONDS)
    chapters = [{"title": title, "start_seconds": start} for title, start in STATED]
    add_row(
        site.library,
        video_id,
        duration_seconds=SECONDS,
        resolution="320x240",
        media=Jsonb({"chapters": chapters}),
    )


async def opened_list(page: Page, site: Site) -> Locator:
    await page.goto(f"{site.url}/watch/tides")
    await page.get_by_role("tab", name="Chapters").click()
    await until(page, "document.querySelector('video')?.readyState >= 2")
    rows = page.get_by_role("list", name="Chapters").get_by_role("listitem")
    await expect(rows).to_have_count(3)
    return rows


def stored(site: Site) -> list[tuple[Any, ...]]:
    found = site.get("/api/videos/tides/chapters")
    return [(item["title"], item["start_time"], item["source"]) for item in found]


FROM_FILE = [(title, start, "file") for title, start in STATED]


async def test_chapters_seek_and_divide_the_seek_bar(page: Page, empty_site: Site) -> None:
    add_video(empty_site)
    rows = await opened_list(page, empty_site)
    await rows.get_by_role("button", name=re.compile("moon")).first.click()
    await until(page, "Math.abs(document.querySelector('video').currentTime - 10) < 0.1")
    await expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    await page.keyboard.press("]")
    await until(page, "Math.abs(document.querySelector('video').currentTime - 25) < 0.1")
    await page.keyboard.press("[")
    await until(page, "Math.abs(document.querySelector('video').currentTime - 10) < 0.1")

    # The track of the player holds the same chapters, and the preview shows their titles.
    await until(
        page,
        "[...document.querySelector('video').textTracks].find((t) => t.kind === 'chapters')"
        "?.cues?.[1]?.getCueAsHTML().textContent === 'Tides & <moon>'",
    )
    await expect(page.locator("[data-divider]")).to_have_count(2)
    bar = page.locator("media-time-range")
    box = await bar.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    await expect(page.locator("[data-preview]")).to_contain_text("High water")
    assert await violations(page) == []


async def test_chapters_are_edited_and_reset(page: Page, empty_site: Site) -> None:
    add_video(empty_site)
    rows = await opened_list(page, empty_site)

    await rows.nth(0).hover()
    await rows.nth(0).get_by_role("button", name="Edit Low water").click()
    assert await violations(page) == []
    await page.get_by_label("Chapter title").fill("Ebb")
    await page.get_by_label("Start", exact=True).fill("0:25")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Another chapter starts at this time.")).to_be_visible()
    await page.get_by_label("Start", exact=True).fill("0:02.5")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Chapter changed")).to_be_visible()
    assert stored(empty_site)[0] == ("Ebb", 2.5, "user")

    await page.evaluate("document.querySelector('video').currentTime = 15")
    panel = page.get_by_role("tabpanel", name="Chapters")
    await panel.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_label("Chapter title").fill("Springs")
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(4)
    assert [title for title, _, _ in stored(empty_site)] == ["Ebb", "Tides & <moon>", "Springs", "High water"]

    await rows.nth(2).hover()
    await rows.nth(2).get_by_role("button", name="Delete Springs").click()
    await expect(rows).to_have_count(3)
    deleted = page.get_by_role("alertdialog", name="Chapter deleted")  # older toasts offer an undo too
    await deleted.get_by_role("button", name="Undo").click()
    await expect(rows).to_have_count(4)

    await panel.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Copy chapters").click()
    lines = ("00:00 Start", "00:02 Ebb", "00:10 Tides & <moon>", "00:15 Springs", "00:25 High water")
    await until_copied(page, "\n".join(lines))

    await panel.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Reset…").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Reset").click()
    await expect(rows).to_have_count(3)
    assert stored(empty_site) == FROM_FILE


async def test_changes_by_others_are_not_overwritten(page: Page, empty_site: Site) -> None:
    add_video(empty_site)
    rows = await opened_list(page, empty_site)
    other = await page.request.put(
        f"{empty_site.url}/api/videos/tides/chapters", data=[{"start_time": 0, "title": "By another client"}]
    )
    assert other.status == 200
    await rows.nth(2).hover()
    await rows.nth(2).get_by_role("button", name="Delete High water").click()
    await expect(page.get_by_text("Could not save the chapters")).to_be_visible()
    await expect(rows).to_have_count(1)
    assert stored(empty_site) == [("By another client", 0, "user")]
