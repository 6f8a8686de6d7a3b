"""Waiting for page states that no element shows."""

import asyncio

from playwright.async_api import Page

SECONDS = 20.0


async def until(page: Page, expression: str, *, seconds: float = SECONDS) -> None:
    """Poll an expression; Playwright's `wait_for_function` needs `eval`, which the page's CSP forbids."""
    async with asyncio.timeout(seconds):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)
