"""axe over every page and dialog, in both themes and at three widths.

A page is loaded once. Its dialogs and menus are opened one after the other, by the labels that a user reads.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.api.support.rows import add_row
from tests.web.support.axe import OVERLAY, violations_everywhere

if TYPE_CHECKING:
    from tests.web.support.server import Site

pytestmark = pytest.mark.slow

VIDEO = "{video}"
CARD = "Why The Tides Turn"

Step: TypeAlias = tuple[Literal["button", "menuitem", "tab", "key", "css"], str | re.Pattern[str]]
"""Role and name of the element to click, its selector after `css`, or a key to press."""

PAGES: dict[str, tuple[str, str, tuple[Step, ...]]] = {
    "library": ("/", f'main a[href^="/watch/{VIDEO}"]', ()),
    "selection": ("/", f'main a[href^="/watch/{VIDEO}"]', (("button", "Select"),)),
    "search": ("/search?q=moon", "[data-hit]", ()),
    "moments": ("/moments", f'main a[href^="/watch/{VIDEO}"]', ()),
    "runs": ("/runs", "main ul[aria-label=Runs] > li", ()),
    "vocabulary": ("/vocabulary", "main textarea", ()),
    "settings": ("/settings", "#configuration code", ()),
    "watch": (f"/watch/{VIDEO}", "[data-moment]", ()),
    "transcript": (f"/watch/{VIDEO}", "[data-moment]", (("tab", "Transcript"),)),
    "chapters": (f"/watch/{VIDEO}", "[data-moment]", (("tab", "Chapters"),)),
    "unknown page": ("/nothing", "main h1", ()),
}
"""Path, what is visible when the page is complete, and clicks that show a part of it."""

MORE: Step = ("button", "More")
FILTERS: Step = ("button", "More filters")
TRANSCRIPT: Step = ("tab", "Transcript")
ACTIONS: Step = ("button", f"Actions for {CARD}")
TRANSCRIPT_ACTIONS: Step = ("button", "Transcript actions")
SORTED = "/?sort=title"

DIALOGS: dict[str, tuple[str, dict[str, tuple[Step, ...]]]] = {
    "library": (
        SORTED,
        {
            "add": (("button", "Add"),),
            "shortcuts": (("key", "?"),),
            "theme": (("button", "Theme"),),
            "sort order": (("button", re.compile("Title A–Z")),),
            "view": (("button", "Save as view…"),),
            "filters": (FILTERS,),
            "tags of the library": (FILTERS, ("button", "Manage tags")),
            "tags of the selection": (
                ("button", "Select"),
                ("css", f'input[aria-label="Select {CARD}"]'),
                ("button", "Tags…"),
            ),
        },
    ),
    "card": (
        SORTED,
        {
            "menu": (ACTIONS,),
            "export": (ACTIONS, ("menuitem", "Export moments… Video files of its moments")),
        },
    ),
    "watch": (
        f"/watch/{VIDEO}",
        {
            "menu": (MORE,),
            "rename": (MORE, ("menuitem", "Rename")),
            "tags": (MORE, ("menuitem", "Tags…")),
            "language": (MORE, ("menuitem", "Spoken language…")),
            "share": (MORE, ("menuitem", "Share… A link that anyone can open")),
            "exports": (("button", "Export"),),
            "captions of clips": (("button", "Export"), ("menuitem", "Captions of each clip…")),
            "shortcuts": (("key", "?"),),
        },
    ),
    "moments": (
        f"/watch/{VIDEO}",
        {
            "new moment": (("button", "New moment from here"), ("button", "Create moment")),
            "options": (("button", "Find again"),),
            "split": (("css", "[data-moment] [data-part=more]"), ("menuitem", "Split…")),
            "export": (("css", "[data-moment] [aria-label=Export]"),),
            "score": (("button", re.compile("^Score .* explain$")),),
        },
    ),
    "transcript": (
        f"/watch/{VIDEO}",
        {
            "replace": (TRANSCRIPT, TRANSCRIPT_ACTIONS, ("menuitem", "Find and replace…")),
            "transcribe": (TRANSCRIPT, TRANSCRIPT_ACTIONS, ("menuitem", "Transcribe again…")),
            "export": (TRANSCRIPT, ("button", "Export transcript")),
        },
    ),
    "play all": ("/moments", {"play all": (("button", "Play all"),)}),
    "settings": (
        "/settings",
        {
            "subscription": (("button", "Add subscription"),),
            "webhook": (("button", "Add webhook"),),
            "key": (("button", "Create key"),),
        },
    ),
}
"""Overlays of a page, with the clicks that open each."""


PRESSES = 10
"""Escape closes a list of suggestions first."""
CLOSING_MS = 1000
"""Time after which Escape is pressed again; closing is animated."""


async def opened(page: Page, url: str, ready: str) -> None:
    await page.goto(url)
    await expect(page.locator(ready).first).to_be_visible()
    await settled(page)


async def settled(page: Page) -> None:
    """Wait until nothing takes the place of content that is being loaded."""
    await expect(page.locator("[class*=skeleton]")).to_have_count(0)


async def follow(page: Page, steps: tuple[Step, ...]) -> None:
    for kind, name in steps:
        if kind == "key":
            await page.keyboard.press(str(name))
        elif kind == "css":
            await page.locator(str(name)).first.click()
        else:
            await page.get_by_role(kind, name=name, exact=True).first.click()


async def close(page: Page) -> None:
    """Close the overlay, and what it was opened from."""
    shown = page.locator(OVERLAY).filter(visible=True)
    for _ in range(PRESSES):
        count = await shown.count()
        if count == 0:
            return
        await page.keyboard.press("Escape")
        with suppress(AssertionError):
            await expect(shown).not_to_have_count(count, timeout=CLOSING_MS)
    raise AssertionError("Escape does not close the overlay")


async def overlay_violations(page: Page, name: str, steps: tuple[Step, ...]) -> list[str]:
    await follow(page, steps)
    await expect(page.locator(OVERLAY).filter(visible=True).first).to_be_visible()
    await settled(page)
    found = await violations_everywhere(page, within=OVERLAY, reopen=lambda: follow(page, steps))
    await close(page)
    return [f"{name}, {line}" for line in found]


@pytest.mark.parametrize("name", list(PAGES))
async def test_page_has_no_violations(page: Page, site: Site, processed_video: str, name: str) -> None:
    path, ready, steps = PAGES[name]
    await opened(page, site.url + path.replace(VIDEO, processed_video), ready.replace(VIDEO, processed_video))
    await follow(page, steps)
    await settled(page)
    assert await violations_everywhere(page) == []


@pytest.mark.parametrize("name", list(DIALOGS))
async def test_overlays_have_no_violations(page: Page, site: Site, processed_video: str, name: str) -> None:
    path, overlays = DIALOGS[name]
    ready = "[data-moment]" if path.startswith("/watch") else "main h1"
    await opened(page, site.url + path.replace(VIDEO, processed_video), ready)
    found = [line for each, steps in overlays.items() for line in await overlay_violations(page, each, steps)]
    assert found == []


async def test_trash_and_duplicates_have_no_violations(page: Page, empty_site: Site) -> None:
    for name in ("first", "second"):
        add_row(empty_site.library, name, md5="0" * 32, size_bytes=2_000_000, tags=["sea"])
    add_row(empty_site.library, "gone", size_bytes=2_000_000, deleted_at=datetime.now(UTC))
    await opened(page, f"{empty_site.url}/trash", "main ul li")
    found = await violations_everywhere(page)
    found += await overlay_violations(page, "delete", (("button", "Delete for good: Gone"),))
    found += await overlay_violations(page, "empty", (("button", "Empty trash"),))
    await opened(page, f"{empty_site.url}/duplicates", "main ul li")
    assert found + await violations_everywhere(page) == []


async def test_share_page_has_no_violations(page: Page, site: Site, processed_video: str) -> None:
    created = httpx.post(  # noqa: ASYNC210 - setup
        f"{site.url}/api/videos/{processed_video}/shares", json={"password": "high tide at noon"}
    )
    await page.goto(created.raise_for_status().json()["url"])
    field = page.get_by_label("Password")
    await expect(field).to_be_visible()
    found = await violations_everywhere(page)
    await field.fill("high tide at noon")
    await page.get_by_role("button", name="Watch").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(CARD)
    assert found + await violations_everywhere(page) == []
