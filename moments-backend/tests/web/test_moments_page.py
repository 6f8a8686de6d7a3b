"""The page with the moments of all videos."""

import re

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until
from tests.web.test_own_moments import add_moment, add_talk

pytestmark = pytest.mark.slow

TITLES = ("Tides", "Bread", "Boats")


def add_library(site: Site) -> None:
    """Add two videos with five moments: `Tides` is rated and of video `first`."""
    for video in ("first", "second"):
        add_talk(site, video)
    for number, title in enumerate(TITLES):
        moment = add_moment(site, number * 6, number * 6 + 1.5, title, "first")
        if title == "Tides":
            path = f"{site.url}/api/videos/first/moments/{moment}"
            httpx.patch(path, json={"rating": 5}).raise_for_status()
    add_moment(site, 1, 2.5, "Moon", "second")
    add_moment(site, 4, 14, "A long one", "second")


async def test_moments_are_filtered_by_the_address(page: Page, empty_site: Site) -> None:
    add_library(empty_site)
    await page.goto(empty_site.url)
    await page.get_by_role("link", name="Moments", exact=True).click()
    rows = page.get_by_role("list", name="Moments").get_by_role("article")
    await expect(rows).to_have_count(5)
    await expect(page.get_by_role("status").filter(has_text="5 moments")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name=re.compile("Rating$")).click()
    await page.get_by_role("option", name="5 stars").click()
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"/moments\?rating=best$"))
    await page.get_by_role("button", name="Clear filters").click()
    await page.get_by_role("searchbox", name="Filter by title").fill("moo")
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"/moments\?q=moo$"))
    await page.reload()
    await expect(rows).to_have_count(1)
    await rows.get_by_role("link", name="Moon").click()
    await expect(page).to_have_url(re.compile(r"/watch/second#t=1,2\.5$"))
    await page.go_back()
    await expect(page.get_by_role("searchbox", name="Filter by title")).to_have_value("moo")


async def test_moments_are_kept_and_rated_in_the_list(page: Page, empty_site: Site) -> None:
    add_library(empty_site)
    await page.goto(f"{empty_site.url}/moments?sort=title")
    rows = page.get_by_role("list", name="Moments").get_by_role("article")
    await expect(rows).to_have_count(5)
    row = rows.filter(has=page.get_by_role("heading", name="Bread"))
    await expect(row.get_by_text("Added by you")).to_be_visible()
    await row.get_by_role("radio", name="4 stars").click(force=True)
    await expect(row.get_by_role("radio", name="4 stars")).to_be_checked()
    await until(
        page, "fetch('/api/moments?min_rating=4&q=bread').then(r => r.json()).then(m => m.length === 1)"
    )
    await page.get_by_role("button", name="Select").click()
    await row.get_by_role("checkbox").check()
    await rows.last.get_by_role("checkbox").click(modifiers=["Shift"])
    await expect(page.get_by_role("region", name="Selection")).to_contain_text("3 selected")
    assert await violations(page) == []


async def test_moments_play_one_after_another(page: Page, empty_site: Site) -> None:
    add_library(empty_site)
    await page.goto(f"{empty_site.url}/moments?sort=title&length=short")
    await page.get_by_role("button", name="Play all").click()
    dialog = page.get_by_role("dialog", name="Play moments")
    status = dialog.get_by_role("status")
    await expect(status).to_contain_text("1 of 5")
    await expect(dialog.locator("video")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("n")
    await expect(status).to_contain_text("2 of 5")
    await expect(dialog.get_by_role("heading", level=3)).to_have_text("Boats")
    # Boats lasts 1.5 seconds, and the next moment plays by itself.
    await expect(dialog.get_by_role("heading", level=3)).to_have_text("Bread")
    await until(page, "document.querySelector('video')?.currentTime >= 6")
    await page.keyboard.press("p")
    await expect(status).to_contain_text("2 of 5")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_empty_library_explains_moments(page: Page, empty_site: Site) -> None:
    await page.goto(f"{empty_site.url}/moments")
    await expect(page.get_by_role("heading", name="No moments yet")).to_be_visible()
    assert await violations(page) == []
    await page.goto(f"{empty_site.url}/moments?show=kept&q=nothing")
    await expect(page.get_by_role("heading", name="No results")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").first.click()
    await expect(page.get_by_role("heading", name="No moments yet")).to_be_visible()
