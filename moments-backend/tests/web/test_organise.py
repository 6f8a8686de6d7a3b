"""Organising the library: tags, favourites, folders, views, the selection of a filter, and the trash."""

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.api.support.rows import add_row
from tests.web.support.axe import violations
from tests.web.support.server import SAVE_SECONDS, Site, wait_until

pytestmark = pytest.mark.slow


def add(site: Site, *names: str, **columns: Any) -> None:
    for name in names:
        add_row(site.library, name, **columns)


def video(site: Site, video_id: str) -> Any:
    return site.get(f"/api/videos/{video_id}")


async def test_tags_are_edited_and_filter_the_library(page: Page, empty_site: Site) -> None:
    add(empty_site, "waves", tags=["sea"])
    add(empty_site, "tides")
    await page.goto(f"{empty_site.url}/watch/tides")
    async with page.expect_response("**/api/tags"):  # the suggestions
        await page.get_by_role("button", name="Add tags").click()
    dialog = page.get_by_role("dialog", name="Tags of Tides")
    field = dialog.get_by_role("combobox", name="Tags")
    await field.press_sequentially("se")
    await page.get_by_role("option", name="sea").click()
    await field.press_sequentially("moon, ")
    await expect(dialog.get_by_role("row")).to_have_count(2)
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("list", name="Tags").get_by_role("listitem")).to_have_text(["sea", "moon"])
    wait_until(lambda: video(empty_site, "tides")["tags"] == ["sea", "moon"], SAVE_SECONDS)

    await page.get_by_role("button", name="Add to favourites").click()
    await expect(page.get_by_role("button", name="Remove from favourites")).to_be_visible()
    await page.get_by_role("link", name="sea", exact=True).click()
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos).to_have_count(2)
    await expect(page).to_have_url(re.compile(r"\?tag=sea$"))
    await page.get_by_role("button", name="Favourites").click()
    await expect(videos).to_have_text([re.compile("Tides")])
    await expect(page.get_by_role("button", name="Favourite: Tides")).to_have_attribute(
        "aria-pressed", "true"
    )

    await page.get_by_role("button", name=re.compile("^More filters")).click()
    await page.get_by_role("button", name="Manage tags").click()
    manager = page.get_by_role("dialog", name="Manage tags")
    await manager.get_by_role("button", name="Rename moon").click()
    await manager.get_by_label("New name of moon").fill("sea")
    await expect(manager.get_by_text("The two tags will be merged")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(manager.get_by_role("listitem")).to_have_count(1)
    wait_until(lambda: video(empty_site, "tides")["tags"] == ["sea"], SAVE_SECONDS)


async def test_folders_and_views_lead_through_the_library(page: Page, empty_site: Site) -> None:
    for number in (1, 2, 10):
        name = f"Course__Week {number}__talk"
        add(empty_site, name, relative_path=f"Course/Week {number}/talk.mp4", title=f"Talk {number}")
    add(empty_site, "single", relative_path="single.mp4")
    await page.goto(empty_site.url)
    folders = page.get_by_role("navigation", name="Folders")
    await folders.get_by_role("button", name="Course").click()
    inside = folders.get_by_role("list", name="Subfolders").get_by_role("button")
    await expect(inside).to_have_text([re.compile("Week 1"), re.compile("Week 2"), re.compile("Week 10")])
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos).to_have_count(3)
    await page.get_by_role("button", name="Newest first").click()
    await page.get_by_role("option", name="Title A–Z").click()
    await expect(videos).to_have_text([re.compile("Talk 1"), re.compile("Talk 2"), re.compile("Talk 10")])

    await page.get_by_role("button", name="Save as view…").click()
    await page.get_by_role("dialog").get_by_label("Name").fill("The course")
    await page.keyboard.press("Enter")
    views = page.get_by_role("list", name="Saved views")
    await views.get_by_role("button", name="All videos").click()
    await expect(videos).to_have_count(4)
    await views.get_by_role("button", name="The course").click()
    await expect(videos).to_have_count(3)
    await expect(page).to_have_url(re.compile(r"sort=title&folder=Course$"))
    assert await violations(page) == []
    await page.get_by_role("button", name="Actions for view The course").click()
    await page.get_by_role("menuitem", name="Delete “The course”").click()
    await expect(views).to_be_hidden()
    wait_until(lambda: empty_site.get("/api/views") == [], SAVE_SECONDS)


async def test_selection_covers_all_videos_of_a_filter(page: Page, empty_site: Site) -> None:
    names = [f"lecture-{number}" for number in range(70)]
    add(empty_site, *names, tags=["exam"])
    add(empty_site, "other")
    await page.goto(f"{empty_site.url}/?tag=exam")
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos.first).to_have_attribute("aria-setsize", "70")
    await page.get_by_role("button", name="Select", exact=True).click()
    bar = page.get_by_role("region", name="Selection")
    await bar.get_by_role("button", name="Select all 70 videos").click()
    await expect(bar.get_by_text("70 selected")).to_be_visible()
    assert await violations(page) == []
    await bar.get_by_role("button", name="Favourite").click()
    await expect(page.get_by_role("alertdialog", name="70 videos added to favourites")).to_be_visible()
    await expect(bar).to_be_hidden()

    await page.get_by_role("button", name="Select", exact=True).click()
    await bar.get_by_role("button", name="Select all 70 videos").click()
    await bar.get_by_role("button", name="Move to trash").click()
    toast = page.get_by_role("alertdialog", name="70 videos moved to the trash")
    await expect(page.get_by_role("heading", name="No results")).to_be_visible()
    await toast.get_by_role("button", name="Undo").click()
    await expect(videos.first).to_have_attribute("aria-setsize", "70")
    wait_until(lambda: len(empty_site.get("/api/videos?favorite=true")) == 70, SAVE_SECONDS)


async def test_videos_are_left_out_of_all(page: Page, empty_site: Site) -> None:
    add(empty_site, *(f"lecture-{number}" for number in range(70)), tags=["exam"])
    add(empty_site, "other")
    await page.goto(f"{empty_site.url}/?tag=exam&sort=title")
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await page.get_by_role("button", name="Select", exact=True).click()
    bar = page.get_by_role("region", name="Selection")
    every = bar.get_by_role("button", name="Select all 70 videos")
    await every.click()
    boxes = videos.get_by_role("checkbox")
    await boxes.nth(1).click()
    await boxes.nth(3).click(modifiers=["Shift"])
    await expect(bar.get_by_text("67 selected")).to_be_visible()
    assert [await boxes.nth(number).is_checked() for number in range(5)] == [True, False, False, False, True]
    await boxes.nth(3).click()
    await expect(bar.get_by_text("68 selected")).to_be_visible()
    assert await violations(page) == []
    await bar.get_by_role("button", name="Move to trash").click()
    toast = page.get_by_role("alertdialog", name="68 videos moved to the trash")
    await expect(videos).to_have_text([re.compile("Lecture 1"), re.compile("Lecture 2")])
    await expect(bar).to_be_hidden()
    await toast.get_by_role("button", name="Undo").click()
    await expect(videos.first).to_have_attribute("aria-setsize", "70")

    await page.get_by_role("button", name="Select", exact=True).click()
    await every.click()
    await expect(every).to_be_hidden()
    await boxes.first.click()
    await every.click()
    await expect(bar.get_by_text("70 selected")).to_be_visible()
    # All videos of one filter are not those of another one.
    await page.get_by_role("searchbox").fill("lecture-6")
    await expect(bar.get_by_text("0 selected")).to_be_visible()


async def test_trash_restores_and_deletes_for_good(page: Page, empty_site: Site) -> None:
    add(empty_site, "keep", "lose", "last", size_bytes=2_000_000)
    for name in ("keep", "lose", "last"):
        httpx.delete(f"{empty_site.url}/api/videos/{name}").raise_for_status()  # noqa: ASYNC210 - setup
    await page.goto(f"{empty_site.url}/trash")
    videos = page.get_by_role("list", name="Videos in the trash").get_by_role("listitem")
    await expect(videos).to_have_count(3)
    await expect(page.get_by_text("3 videos, 6.0 MB")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Restore Keep").click()
    await expect(videos).to_have_count(2)
    await page.get_by_role("button", name="Delete for good: Lose").click()
    dialog = page.get_by_role("alertdialog", name="Delete Lose for good?")
    await expect(dialog).to_be_visible()
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Delete 1 for good").click()
    await expect(videos).to_have_count(1)
    await page.get_by_role("button", name="Empty trash").click()
    empty = page.get_by_role("alertdialog", name="Empty the trash?")
    await expect(empty.get_by_text("This deletes 1 video (2.0 MB)")).to_be_visible()
    await empty.get_by_role("button", name="Delete 1 for good").click()
    await expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    wait_until(lambda: [found["id"] for found in empty_site.get("/api/videos")] == ["keep"], SAVE_SECONDS)


async def test_continue_watching_and_focus_after_back(page: Page, empty_site: Site) -> None:
    add(empty_site, "left", title="Left half-way", duration_seconds=600.0)
    add(empty_site, "silent", title="Silent film", duration_seconds=60.0)
    progress = httpx.put(f"{empty_site.url}/api/videos/left/progress", json={"position": 300})  # noqa: ASYNC210
    progress.raise_for_status()
    await page.goto(empty_site.url)
    row = page.get_by_role("region", name="Continue watching")
    await expect(row.get_by_role("link")).to_have_accessible_name("Left half-way 5 min left")
    card = page.get_by_role("list", name="Videos").get_by_role("link", name=re.compile("^Silent film"))
    await card.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Silent film")
    await page.go_back()
    await expect(card).to_be_focused()
