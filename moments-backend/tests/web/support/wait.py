"""Waiting for what a page is about to do, where no element tells."""

import asyncio

from playwright.async_api import Page

SECONDS = 20.0


async def until(page: Page, expression: str) -> None:
    """Look again and again. Playwright's own way evaluates text in the page, whose policy forbids that."""
    async with asyncio.timeout(SECONDS):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)
