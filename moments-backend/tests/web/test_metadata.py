"""Description, channel, folder and recording date, on the watch page and as filters."""

import re
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

from tests.api.support.rows import add_row
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

DESCRIPTION = """A talk about tides.
0:02 The moon, 9:59 Never reached
Sources: https://example.org/tides?a=1, javascript:alert(1)
<b>Not bold</b>
Last line"""
VIDEO = "document.querySelector('video')"


async def test_description_links_and_times(page: Page, empty_site: Site) -> None:
    make_video(empty_site.videos / "described.mp4", seconds=4)
    add_row(empty_site.library, "described", description=DESCRIPTION, duration_seconds=4.0)
    await page.goto(f"{empty_site.url}/watch/described")
    description = page.get_by_role("region", name="Description")
    await expect(description.get_by_text("<b>Not bold</b>")).to_have_count(1)
    more = description.get_by_role("button", name="Show more")
    await expect(more).to_have_attribute("aria-expanded", "false")
    collapsed = await description.bounding_box()
    await more.click()
    await expect(description.get_by_role("button", name="Show less")).to_be_visible()
    opened = await description.bounding_box()
    assert collapsed is not None
    assert opened is not None
    assert opened["height"] > collapsed["height"]

    link = description.get_by_role("link")
    await expect(link).to_have_count(1)
    await expect(link).to_have_attribute("href", "https://example.org/tides?a=1")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert await violations(page) == []
    await until(page, f"{VIDEO}.readyState >= 2")
    await expect(description.get_by_role("button", name=re.compile("^Go to"))).to_have_count(1)
    await description.get_by_role("button", name="Go to 0:02").click()
    await until(page, f"{VIDEO}.currentTime >= 2")


async def test_channel_leads_to_the_filtered_library(page: Page, empty_site: Site) -> None:
    library = empty_site.library
    recorded = datetime(2023, 6, 1, tzinfo=UTC)
    add_row(library, "wave", channel="Sea & Sky", recorded_at=recorded, relative_path="2023/wave.mp4")
    add_row(library, "cloud", channel="Sea & Sky", recorded_at=recorded.replace(year=2021))
    add_row(library, "bread", channel="Ovens")
    await page.goto(f"{empty_site.url}/watch/wave")
    await expect(page.get_by_text("Recorded Jun 1, 2023")).to_be_visible()
    await expect(page.get_by_role("link", name="2023", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Sea & Sky").click()
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos).to_have_count(2)
    await expect(videos.filter(has_text="Wave")).to_contain_text("Sea & Sky · Jun 1, 2023")

    await page.get_by_role("button", name="Newest first").click()
    await page.get_by_role("option", name="Date recorded, earliest first").click()
    await expect(videos).to_have_text([re.compile("Cloud"), re.compile("Wave")])
    await page.get_by_role("button", name="More filters · 1").click()
    dialog = page.get_by_role("dialog", name="More filters")
    await dialog.get_by_label("Recorded from").fill("2023-06-01")
    await expect(videos).to_have_count(1)
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Remove filter Channel: Sea & Sky").click()
    await page.get_by_role("button", name="Remove filter Recorded from: Jun 1, 2023").click()
    await expect(videos).to_have_count(3)
    await expect(page).to_have_url(re.compile(r"\?sort=recorded-first$"))


async def test_folder_filter_lists_known_folders(page: Page, empty_site: Site) -> None:
    add_row(empty_site.library, "2023__a", relative_path="2023/a.mp4")
    add_row(empty_site.library, "2023__summer__b", relative_path="2023/summer/b.mp4")
    add_row(empty_site.library, "c", relative_path="c.mp4")
    await page.goto(empty_site.url)
    await page.get_by_role("button", name="More filters").click()
    dialog = page.get_by_role("dialog", name="More filters")
    await dialog.get_by_role("button", name=re.compile("^Any folder|Folder")).click()
    await page.get_by_role("option", name="2023 (2)").click()
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos).to_have_count(2)
    await expect(page).to_have_url(re.compile(r"\?folder=2023$"))
