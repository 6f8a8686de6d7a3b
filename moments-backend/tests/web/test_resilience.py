"""The app after requests that are lost, late or fail. `scripts.dropped_requests` covers all of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, Route, expect

from scripts.dropped_requests.flows import Flow, Subject, library, rename, runs, shortcuts
from scripts.dropped_requests.proxy import Fault, FaultProxy, fault_proxy
from tests.api.support.rows import add_row
from tests.web.conftest import SLOW_MS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.web.support.server import Site

pytestmark = pytest.mark.slow

DELAY_SECONDS = 1
OTHER = "renamed-in-spite-of-a-fault"
"""A video that a test changes."""


@asynccontextmanager
async def harmed_page(
    browser: Browser, site: Site, target: str | None, fault: Fault
) -> AsyncIterator[tuple[Page, FaultProxy]]:
    """Return a page of a first visit, one of whose requests suffers a fault."""
    async with fault_proxy(site.url, target, fault, delay_seconds=DELAY_SECONDS) as proxy:
        context = await browser.new_context(base_url=proxy.url, service_workers="block")
        yield await context.new_page(), proxy
        await context.close()


def chunk(site: Site, name: str, suffix: str = ".js") -> str:
    """Return the name of the request for a page's script or style sheet."""
    folder = site.settings.web_app_path / "assets"
    [path] = [path for path in folder.iterdir() if path.name.startswith(f"{name}-") and path.suffix == suffix]
    return f"GET /assets/{path.name}"


@pytest.mark.parametrize(
    ("flow", "request_name", "fault"),
    [
        (Flow("library", library), "GET /api/videos", Fault.ERROR),
        (Flow("runs", runs), "RunsPage.js", Fault.DROP),
        (Flow("shortcuts", shortcuts), "ShortcutsDialog.js", Fault.DELAY),
        (Flow("rename", rename), f"PATCH /api/videos/{OTHER}", Fault.DROP),
    ],
    ids=["list", "script", "dialog", "change"],
)
async def test_app_recovers_from_one_failed_request(
    browser: Browser, site: Site, processed_video: str, flow: Flow, request_name: str, fault: Fault
) -> None:
    target = request_name
    if "/" not in target:
        name, _, suffix = target.rpartition(".")
        target = chunk(site, name, f".{suffix}")
    is_change = flow.run is rename
    if is_change:
        add_row(site.library, OTHER, duration_seconds=40.0)
    async with harmed_page(browser, site, target, fault) as (page, proxy):
        await flow.run(page, Subject(OTHER if is_change else processed_video, "moon", site.videos))
        assert proxy.harmed == 1
        await page.keyboard.press("Escape")
        await page.get_by_role("link", name="Library").first.click()
        await expect(page.get_by_role("heading", name="Library", level=1)).to_be_visible(timeout=SLOW_MS)


async def test_missing_chunk_shows_error_inside_the_page(browser: Browser, site: Site) -> None:
    """A new build has removed the file: the header stays, and a banner asks for a reload."""
    context = await browser.new_context(base_url=site.url, service_workers="block")
    page = await context.new_page()
    await page.goto("/")
    await expect(page.get_by_role("heading", name="Library", level=1)).to_be_visible()
    await page.route("**/assets/RunsPage-*", lambda route: route.fulfill(status=404, body=""))
    older = (await (await page.request.get("/")).text()).replace("/assets/index-", "/assets/index-newer-")
    await page.route(f"{site.url}/", lambda route: route.fulfill(body=older, content_type="text/html"))
    await page.get_by_role("link", name="Runs").click()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await expect(page.get_by_text("A new version of VideoMoments is available.")).to_be_visible()
    await page.get_by_role("link", name="Library").first.click()
    await expect(page.get_by_role("heading", name="Library", level=1)).to_be_visible()
    await page.unroute("**/assets/RunsPage-*")
    await page.get_by_role("link", name="Runs").click()
    await expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    await context.close()


async def test_dialog_chunk_can_be_retried(browser: Browser, site: Site) -> None:
    context = await browser.new_context(base_url=site.url, service_workers="block")
    page = await context.new_page()
    await page.goto("/")
    await page.route("**/assets/UploadDialog-*", lambda route: route.fulfill(status=404, body=""))
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name="This dialog could not be opened")
    await expect(dialog).to_be_visible()
    await page.unroute("**/assets/UploadDialog-*")
    await dialog.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("dialog", name="Add videos")).to_be_visible()
    await context.close()


async def test_slow_request_is_announced_and_can_be_repeated(page: Page, site: Site) -> None:
    """The clock of the page is moved, so that the test need not wait."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.clock.install()
    await page.route("**/api/pipeline?*", hold, times=1)
    async with page.expect_request("**/api/pipeline?*"):
        await page.goto(f"{site.url}/runs")
    await expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    await page.clock.run_for(6_000)
    banner = page.get_by_text("The server is taking longer than usual.")
    await expect(banner).to_be_visible()
    await page.get_by_role("status").filter(has=banner).get_by_role("button", name="Retry").click()
    await page.clock.run_for(2_000)
    await expect(banner).to_have_count(0)
    await expect(page.get_by_role("list", name="Runs").or_(page.get_by_text("No runs yet"))).to_be_visible()
    assert len(held) == 1
