"""The web app in a real browser, before real servers: what people do with it, done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from scripts.dev.chromium import find_chromium
from tests.web.support.server import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.fixtures.database import DatabasePool

SLOW_MS = 15_000
"""How long something may take to be seen on a machine that is busy; a page does not wait so long in use."""

expect.set_options(timeout=SLOW_MS)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    program, arguments = find_chromium()
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=arguments)
        yield opened
        await opened.close()


@pytest.fixture(scope="session")
def site(
    databases: DatabasePool, server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The library that all tests of this folder share: each looks at videos of its own in it."""
    folder = tmp_path_factory.mktemp("web")
    loopback = '["127.0.0.0/8"]'
    with (
        databases.database() as url,
        running_site(
            server_environment, folder, url, VIDEO_DOWNLOAD_ALLOWED_NETWORKS=loopback, REDIS_DB="1"
        ) as opened,
    ):
        yield opened


@pytest.fixture(scope="session")
def processed_video(site: Site) -> str:
    """The id of a talk with transcript, moments and clips. Who changes its moments wants one of their own."""
    return site.add_talk("why-the-tides-turn.mp4")


@pytest.fixture
def another_site(
    databases: DatabasePool, server_environment: dict[str, str], tmp_path: Path
) -> Iterator[Site]:
    """A library of this test's own, without a worker; it starts empty."""
    with (
        databases.database() as url,
        running_site(server_environment, tmp_path, url, worker=False, REDIS_DB="2") as opened,
    ):
        yield opened


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A new browser's page; what it complains of fails the test that it did not expect."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = await context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    await context.close()
    assert faults == []
