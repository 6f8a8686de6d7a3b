"""The installed app: manifest, icons and the service worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, expect

from tests.web.support.wait import until

if TYPE_CHECKING:
    from tests.web.support.server import Site

pytestmark = pytest.mark.slow

CONTROLLED = "navigator.serviceWorker.controller !== null"
CACHED = """(async () => {
  const paths = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) paths.push(new URL(request.url).pathname);
  return paths;
})()"""


async def test_app_is_installable_and_starts_offline(
    browser: Browser, site: Site, processed_video: str
) -> None:
    context = await browser.new_context(base_url=site.url)
    page = await context.new_page()
    await page.goto("/")
    session = await context.new_cdp_session(page)
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    # Playwright's contexts are private windows, where nothing can be installed.
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []
    manifest = await session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    await until(page, CONTROLLED)
    cached = await page.evaluate(CACHED)
    assert "/" in cached
    assert all(path == "/" or path.startswith("/assets/") for path in cached)
    # Ranges and API answers come from the server.
    await page.goto(f"/watch/{processed_video}")
    await until(page, "document.querySelector('video')?.readyState >= 2")
    assert await page.evaluate(CACHED) == cached
    await context.set_offline(True)
    await page.goto("/runs")
    await expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    await expect(page.get_by_text("This page reconnects automatically")).to_be_visible()
    await context.set_offline(False)
    await expect(page.get_by_text("This page reconnects automatically")).to_have_count(0)
    await context.close()
