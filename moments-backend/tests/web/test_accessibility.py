"""axe over every page and dialog, in both themes and at three widths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Locator, Page, expect

from tests.web.support.axe import violations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.web.support.server import Site

pytestmark = pytest.mark.slow

WIDTHS = (1440, 820, 390)
VIDEO = "{video}"
PAGES = {
    "library": ("/", "Library"),
    "search": ("/search?q=moon", "Search"),
    "moments": ("/moments", "Moments"),
    "runs": ("/runs", "Runs"),
    "vocabulary": ("/vocabulary", "Vocabulary"),
    "trash": ("/trash", "Trash"),
    "duplicates": ("/duplicates", "Duplicates"),
    "settings": ("/settings", "Settings"),
    "watch": (f"/watch/{VIDEO}", None),
    "unknown page": ("/nothing", "Page not found"),
}


async def check_everywhere(page: Page) -> None:
    """Check the page as it is, without reloading it, in all themes and widths."""
    found: list[str] = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found += [f"{width} {theme}: {line}" for line in await violations(page)]
    assert found == []


async def settled(page: Page) -> None:
    await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    await page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("name", list(PAGES))
async def test_page_has_no_violations(page: Page, site: Site, processed_video: str, name: str) -> None:
    path, heading = PAGES[name]
    await page.goto(site.url + path.replace(VIDEO, processed_video))
    title = page.get_by_role("heading", level=1)
    await expect(title.filter(has_text=heading) if heading else title).to_be_visible()
    await settled(page)
    await check_everywhere(page)


async def open_add(page: Page) -> None:
    await page.get_by_role("button", name="Add", exact=True).click()


async def open_shortcuts(page: Page) -> None:
    await page.keyboard.press("?")


async def open_theme(page: Page) -> None:
    await page.get_by_role("button", name="Theme").click()


async def open_more_filters(page: Page) -> None:
    await page.get_by_role("button", name="More filters").click()


LIBRARY_OVERLAYS: dict[str, Callable[[Page], Awaitable[None]]] = {
    "add": open_add,
    "shortcuts": open_shortcuts,
    "theme": open_theme,
    "filters": open_more_filters,
}


def overlay(page: Page) -> Locator:
    return page.locator("[role=dialog], [role=alertdialog], [role=menu]").first


@pytest.mark.parametrize("name", list(LIBRARY_OVERLAYS))
async def test_library_overlay_has_no_violations(
    page: Page, site: Site, processed_video: str, name: str
) -> None:
    await page.goto(f"{site.url}/?q={processed_video}")
    await expect(page.locator(f'a[href^="/watch/{processed_video}"]').first).to_be_visible()
    await LIBRARY_OVERLAYS[name](page)
    await expect(overlay(page)).to_be_visible()
    await check_everywhere(page)


@pytest.mark.parametrize("item", ["Rename", "Set language", "Move to trash"])
async def test_video_dialog_has_no_violations(
    page: Page, site: Site, processed_video: str, item: str
) -> None:
    await page.goto(f"{site.url}/watch/{processed_video}")
    await page.get_by_role("button", name="More", exact=True).first.click()
    await page.get_by_role("menuitem", name=item).first.click()
    await expect(page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))).to_be_visible()
    await check_everywhere(page)


async def test_export_dialog_has_no_violations(page: Page, site: Site, processed_video: str) -> None:
    await page.goto(f"{site.url}/watch/{processed_video}")
    await page.locator("[data-moment]").first.get_by_role("button", name="Export").click()
    await expect(page.get_by_role("dialog", name="Export")).to_be_visible()
    await check_everywhere(page)


async def test_new_moment_dialog_has_no_violations(page: Page, site: Site, processed_video: str) -> None:
    await page.goto(f"{site.url}/watch/{processed_video}")
    await page.get_by_role("button", name="New moment from here").click()
    await page.get_by_role("button", name="Create moment").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await check_everywhere(page)
