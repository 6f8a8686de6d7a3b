"""A library with an API key, including thumbnails and videos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.media import make_video
from tests.web.support.axe import violations_everywhere
from tests.web.support.server import Site, running_site
from tests.web.support.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fixtures.database import DatabasePool

pytestmark = pytest.mark.slow

KEY = "a key of this test"


@pytest.fixture
def locked_site(
    databases: DatabasePool, server_environment: dict[str, str], tmp_path: Path
) -> Iterator[Site]:
    with (
        databases.database() as url,
        running_site(server_environment, tmp_path, url, worker=False, API_KEY=KEY, REDIS_DB="3") as opened,
    ):
        make_video(opened.videos / "harbour.mp4")
        yield opened


async def test_api_key_opens_library_and_is_remembered(page: Page, locked_site: Site) -> None:
    await page.goto(f"{locked_site.url}/watch/harbour")
    key = page.get_by_label("API key")
    await expect(key).to_be_focused()
    assert await violations_everywhere(page) == []

    await key.fill("something else")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Wrong API key.")).to_be_visible()

    await key.fill(KEY)
    await page.keyboard.press("Enter")
    await expect(key).to_be_hidden()
    # The browser itself requests the video, with the session cookie only.
    await until(page, "document.querySelector('video')?.readyState >= 1")

    await page.reload()
    await until(page, "document.querySelector('video')?.readyState >= 1")
    await expect(key).to_be_hidden()
    assert KEY not in str(await page.context.cookies())
