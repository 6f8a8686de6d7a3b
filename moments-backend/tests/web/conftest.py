"""Fixtures for tests of the web app in Chromium, on real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from scripts.dev.chromium import find_chromium
from tests.web.support.server import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.fixtures.database import DatabasePool

SLOW_MS = 15_000
"""Time for an element to appear on a busy machine; in use it takes a fraction of that."""

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
    """Return a library with a worker that all tests share; each uses videos of its own."""
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
    """Return the id of a video with transcript, moments and clips, which tests only read."""
    return site.add_talk("why-the-tides-turn.mp4")


@pytest.fixture(scope="session")
def reused_site(
    databases: DatabasePool, server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("web-reused")
    with (
        databases.database() as url,
        running_site(server_environment, folder, url, worker=False, REDIS_DB="2") as opened,
    ):
        yield opened


@pytest.fixture
def empty_site(reused_site: Site) -> Site:
    """Return an empty library without a worker; its server is the same for all tests."""
    reused_site.clear()
    return reused_site


def policy_violations(message: ConsoleMessage) -> list[str]:
    """Return the text of a console message about the Content-Security-Policy."""
    return [message.text] if "Content Security Policy" in message.text else []


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Return a page in a new browser context; an uncaught error or a policy violation fails the test."""
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", service_workers="block"
    )
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = await context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.extend(policy_violations(message)))
    yield opened
    await context.close()
    assert faults == []
