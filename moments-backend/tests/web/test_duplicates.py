"""The page of duplicates: which video is kept, merging and its undo, and videos that are different."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.api.support.rows import EPOCH, add_row
from tests.web.support.axe import violations
from tests.web.support.server import SAVE_SECONDS, Site, wait_until

pytestmark = pytest.mark.slow


def add_copies(site: Site) -> None:
    """Add two videos with the same bytes, and one with others."""
    common: dict[str, Any] = {"md5": "5" * 32, "size_bytes": 2_000_000, "duration_seconds": 90.0}
    add_row(site.library, "harbour", title="Harbour", tags=["sea"], **common)
    later = EPOCH + timedelta(days=1)
    add_row(site.library, "harbour-copy", title="Harbour again", tags=["moon"], created_at=later, **common)
    moment = {"start_time": 10, "end_time": 20, "title": "The pier"}
    httpx.post(f"{site.url}/api/videos/harbour/moments", json=moment).raise_for_status()
    add_row(site.library, "lighthouse", title="Lighthouse", md5="7" * 32, size_bytes=2_000_000)


async def test_duplicates_are_merged_and_restored(page: Page, empty_site: Site) -> None:
    add_copies(empty_site)
    await page.goto(f"{empty_site.url}/duplicates")
    groups = page.get_by_role("list", name="Groups of duplicates").get_by_role("listitem")
    await expect(groups).to_have_count(1)
    await expect(page.get_by_text("1 group, 2.0 MB can be freed")).to_be_visible()
    choice = groups.get_by_role("radiogroup", name="Video to keep")
    await expect(choice.get_by_text("2.0 MB · 1 moment", exact=False)).to_have_count(1)
    await expect(choice.get_by_text("2.0 MB · 0 moments", exact=False)).to_have_count(1)
    await expect(choice.get_by_role("radio")).to_have_count(2)
    await expect(choice.get_by_role("radio", checked=True)).to_have_accessible_name(
        re.compile(r"^Keep\s*Harbour")
    )
    await choice.locator("label").filter(has_text="Harbour again").click()
    await expect(groups.get_by_role("heading")).to_have_text("Harbour again")
    assert await violations(page) == []

    await groups.get_by_role("button", name="Merge, move 1 to the trash").click()
    merged = page.get_by_role("alertdialog", name="Merged, 1 video moved to the trash")
    await expect(merged).to_be_visible()
    await expect(page.get_by_role("heading", name="No duplicates found")).to_be_visible()
    assert sorted(empty_site.get("/api/videos/harbour-copy")["tags"]) == ["moon", "sea"]
    assert [video["id"] for video in empty_site.get("/api/trash")["videos"]] == ["harbour"]

    await merged.get_by_role("button", name="Undo").click()
    await expect(groups).to_have_count(1)
    wait_until(lambda: empty_site.get("/api/trash")["total"] == 0, SAVE_SECONDS)
    wait_until(lambda: empty_site.get("/api/videos/harbour-copy")["tags"] == ["moon"], SAVE_SECONDS)


async def test_dismissed_duplicates_are_listed_and_undone(page: Page, empty_site: Site) -> None:
    add_copies(empty_site)
    await page.goto(f"{empty_site.url}/duplicates")
    groups = page.get_by_role("list", name="Groups of duplicates").get_by_role("listitem")
    pairs = page.get_by_role("list", name="Marked as not duplicates").get_by_role("listitem")
    await groups.get_by_role("button", name="Not duplicates").click()
    dismissed = page.get_by_role("alertdialog", name="Marked as not duplicates")
    await expect(page.get_by_role("heading", name="No duplicates found")).to_be_visible()
    await expect(pairs).to_have_count(1)
    await dismissed.get_by_role("button", name="Undo").click()
    await expect(groups).to_have_count(1)
    await expect(pairs).to_have_count(0)

    await groups.get_by_role("button", name="Not duplicates").click()
    await expect(pairs).to_have_count(1)
    await page.reload()
    await expect(page.get_by_role("heading", name="No duplicates found")).to_be_visible()
    await expect(pairs.get_by_role("link")).to_have_text(["Harbour", "Harbour again"])
    assert await violations(page) == []
    await pairs.get_by_role("button", name="Undo for Harbour and Harbour again").click()
    await expect(groups).to_have_count(1)
    await expect(pairs).to_have_count(0)
    assert empty_site.get("/api/duplicates")["total"] == 1
