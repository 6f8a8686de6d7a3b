"""The interface in German, as a proof that every text is in the catalogue."""

import json
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from scripts.dev.chromium import FRONTEND_DIR
from tests.web.support.axe import violations
from tests.web.support.server import Site

pytestmark = pytest.mark.slow

CATALOGUES = FRONTEND_DIR / "src" / "i18n"
SHORTEST = 4
"""Characters of a text; shorter ones, such as `OK`, may occur in any language."""

VISIBLE_TEXTS = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.textContent.trim());
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], img[alt]"))
        for (const name of ["aria-label", "title", "placeholder", "alt"])
            texts.push((element.getAttribute(name) ?? "").trim());
    return texts;
}"""


def catalogue(language: str) -> set[str]:
    """Return the texts of a language that have no placeholders."""
    files = (CATALOGUES / language).glob("*.json")
    texts = {text for file in files for text in json.loads(file.read_text(encoding="utf-8")).values()}
    return {text for text in texts if "{{" not in text and len(text) >= SHORTEST}


async def english_texts(page: Page) -> list[str]:
    """Return the texts of the page that are English ones of the catalogue."""
    shown = set(await page.evaluate(VISIBLE_TEXTS))
    return sorted(shown & (catalogue("en") - catalogue("de")))


@pytest.fixture
async def german_page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="de-DE", viewport={"width": 1440, "height": 900})
    yield await context.new_page()
    await context.close()


async def test_pages_are_in_german(german_page: Page, site: Site, processed_video: str) -> None:
    page = german_page
    await page.goto(site.url)
    await expect(page.get_by_role("heading", name="Bibliothek", level=1)).to_be_visible()
    await expect(page.get_by_role("link", name="Why The Tides Turn")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "de"
    assert await english_texts(page) == []
    assert await violations(page) == []
    await page.goto(f"{site.url}/watch/{processed_video}")
    await expect(page.get_by_role("tab", name="Momente")).to_be_visible()
    await expect(page.get_by_role("button", name="Behalten").first).to_be_visible()
    assert await english_texts(page) == []
    await page.get_by_role("tab", name="Transkript").click()
    await expect(page.get_by_role("tabpanel", name="Transkript")).to_be_visible()
    assert await english_texts(page) == []
    await page.goto(f"{site.url}/settings")
    await expect(page.get_by_role("heading", name="Einstellungen", level=1)).to_be_visible()
    # The site is shared: runs of other tests may be active.
    await expect(page.get_by_text(re.compile(r"\d+ aktiver? L(auf|äufe)")).first).to_be_visible()
    assert await english_texts(page) == []
    assert await violations(page) == []


async def test_language_is_chosen_in_the_menu(page: Page, site: Site) -> None:
    await page.goto(site.url)
    await page.get_by_role("button", name="Theme").click()
    async with page.expect_navigation():
        await page.get_by_role("menuitem", name="Deutsch").click()
    await expect(page.get_by_role("heading", name="Bibliothek", level=1)).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name="Farbschema").click()
    async with page.expect_navigation():
        await page.get_by_role("menuitem", name="Wie im Browser").click()
    await expect(page.get_by_role("heading", name="Library", level=1)).to_be_visible()
