"""Accessibility checks of a page with axe."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from playwright.async_api import Page, expect

from scripts.dev.chromium import FRONTEND_DIR
from tests.web.support.wait import until

AXE = (FRONTEND_DIR / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""Rules whose result depends on the theme; the elements are the same in both."""

WIDTHS = (1440, 820, 390)
HEIGHT = 900
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OVERLAY = "[role=dialog], [role=alertdialog]:not([aria-modal=false]), [role=menu], [role=listbox]"
"""Dialogs, menus and lists over the page."""
ANNOUNCEMENT = "[data-live-announcer] [role=img]"
"""Announcement of a pending button by React Aria; its name refers to the button, which may be gone."""
FLOATING = "[data-dock], [data-toasts]"
"""Panels and toasts in a corner of the window, which stay there while the page scrolls."""
SHOW_FLOATING = """([selector, isShown]) => [...document.querySelectorAll(selector)].filter((element) => {
    element.style.visibility = isShown ? "" : "hidden";
    return element.childElementCount > 0;
}).length"""
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
TRANSITIONS_ENDED = """Promise.all(document.getAnimations()
    .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
    .map(({ finished }) => finished.catch(() => undefined))).then(() => undefined)"""
AT_REST = "document.getAnimations().every(({ playState }) => playState !== 'running')"
"""In the middle of a transition, text of one theme is on the background of the other."""


async def violations(page: Page, *, within: str | None = None, only_colours: bool = False) -> list[str]:
    """Return the violations that axe finds, one line per element with rule and HTML.

    Args:
        within: check the elements that match this selector; by default the whole document, first without
            its floating panels and toasts, then these.
        only_colours: check what depends on the theme.
    """
    await page.evaluate(TRANSITIONS_ENDED)  # in their middle, colours have no meaning
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)  # the page's own policy lets no further script in
    if within:
        return await _axe(page, within, only_colours)
    # A floating panel may cover half of a button: the page scrolls under the panel.
    floating = await page.evaluate(SHOW_FLOATING, [FLOATING, False])
    found = await _axe(page, "html", only_colours)
    await page.evaluate(SHOW_FLOATING, [FLOATING, True])
    return found + (await _axe(page, FLOATING, only_colours) if floating else [])


async def _axe(page: Page, within: str, only_colours: bool) -> list[str]:
    kind, values = ("rule", COLOUR_RULES) if only_colours else ("tag", RULES)
    options = json.dumps({"runOnly": {"type": kind, "values": values}, "resultTypes": ["violations"]})
    context = json.dumps({"include": [within], "exclude": [ANNOUNCEMENT]})
    found: dict[str, Any] = await page.evaluate(
        f"axe.run({context}, {options}).then(({{ violations }}) => ({{ violations }}))"
    )
    return [
        f"{violation['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


async def violations_everywhere(
    page: Page, *, within: str | None = None, reopen: Callable[[], Awaitable[None]] | None = None
) -> list[str]:
    """Return the violations at all widths and in both themes, without loading the page again.

    Parts of a page are checked in the dark theme at the last width only.

    Args:
        within: check the elements that match this selector; by default the whole document.
        reopen: show the elements if a change of the width has closed them.
    """
    found: list[str] = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        if within and reopen and not await page.locator(within).filter(visible=True).count():
            await reopen()
            await expect(page.locator(within).filter(visible=True).first).to_be_visible()
        # Colours of overlays do not depend on the width, and each check of one takes seconds.
        for theme in THEMES if within is None or width == WIDTHS[-1] else THEMES[:1]:
            await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            await page.evaluate(FRAMES)
            await until(page, AT_REST)
            lines = await violations(page, within=within, only_colours=theme != THEMES[0])
            found += [f"{width} px, {theme}: {line}" for line in lines]
    await page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    await page.emulate_media(color_scheme=THEMES[0], reduced_motion="reduce")
    return found
