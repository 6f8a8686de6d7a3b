"""Waiting for page states that no element shows."""

import asyncio
import json

from playwright.async_api import Page

SECONDS = 20.0
STARTED_AT = "(v => v.played.length ? v.played.start(0) : v.currentTime)(document.querySelector('video'))"
"""Position at which the video began to play; `currentTime` has moved on before a busy machine reads it."""
SCROLL_ENDED = """new Promise((done) => {
    let [last, frames] = [scrollY, 0];
    const check = () => {
        frames = scrollY === last ? frames + 1 : 0;
        last = scrollY;
        if (frames < 20) requestAnimationFrame(check);
        else done();
    };
    check();
})"""
"""Resolves when the page has not been scrolled for 20 frames."""


async def until(page: Page, expression: str, *, seconds: float = SECONDS) -> None:
    """Poll an expression; Playwright's `wait_for_function` needs `eval`, which the page's CSP forbids."""
    async with asyncio.timeout(seconds):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


async def until_copied(page: Page, text: str) -> None:
    """Wait until the clipboard holds a text, which the page writes after the click."""
    await until(page, f"navigator.clipboard.readText().then((text) => text === {json.dumps(text)})")
