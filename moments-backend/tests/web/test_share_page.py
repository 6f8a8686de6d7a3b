"""The page of a share link, as a visitor without a key opens it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, Response, expect

from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

PASSWORD = "high tide at noon"
PLAYS = "(v => v && v.readyState >= 2 && v.videoWidth > 0)(document.querySelector('video'))"


def share(site: Site, video: str, **wanted: Any) -> dict[str, Any]:
    response = httpx.post(f"{site.url}/api/videos/{video}/shares", json=wanted)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def revoke(site: Site, share_id: str) -> None:
    httpx.delete(f"{site.url}/api/shares/{share_id}").raise_for_status()


def is_creation(response: Response) -> bool:
    return response.request.method == "POST" and response.url.endswith("/shares")


@pytest.fixture
def chapters(site: Site, processed_video: str) -> Iterator[None]:
    """Set the chapters of the video during the test."""
    path = f"{site.url}/api/videos/{processed_video}/chapters"
    wanted = [{"start_time": 0, "title": "Start"}, {"start_time": 2, "title": "Later"}]
    httpx.put(path, json=wanted).raise_for_status()
    yield
    httpx.delete(path).raise_for_status()


async def test_visitor_enters_the_password_and_plays(
    page: Page, site: Site, processed_video: str, chapters: None
) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    await page.goto(share(site, processed_video, password=PASSWORD)["url"])
    field = page.get_by_label("Password")
    await expect(field).to_be_visible()
    assert await violations(page) == []
    await field.fill("low tide")
    await page.get_by_role("button", name="Watch").click()
    await expect(page.get_by_text("The password is wrong")).to_be_visible()
    await field.fill(PASSWORD)
    await page.get_by_role("button", name="Watch").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Why The Tides Turn")
    await until(page, PLAYS)
    await page.get_by_role("navigation", name="Chapters").get_by_role("button", name="Later").click()
    await until(page, "document.querySelector('video').currentTime > 1")
    await until(page, "document.querySelector('video').textTracks[0].cues?.length > 0")
    assert await violations(page) == []
    # Neither the API nor the bucket is requested.
    paths = {url.removeprefix(site.url) for url in requested}
    assert all(
        path.startswith(("/s/", "/shared/", "/assets/", "/icon", "/manifest", "/boot")) for path in paths
    )


async def test_revoked_link_is_explained(page: Page, site: Site, processed_video: str) -> None:
    created = share(site, processed_video)
    revoke(site, created["id"])
    await page.goto(created["url"])
    await expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work")
    await expect(page.get_by_text("ask the sender for a new link")).to_be_visible()
    assert await violations(page) == []


async def test_video_is_shared_from_the_current_time(page: Page, site: Site, processed_video: str) -> None:
    await page.goto(f"{site.url}/watch/{processed_video}?t=3")
    await until(page, PLAYS)
    await page.get_by_role("button", name="More", exact=True).first.click()
    await page.get_by_role("menuitem", name="Share…").click()
    dialog = page.get_by_role("dialog", name="Share video")
    await expect(dialog.get_by_role("textbox", name="From")).to_have_value(re.compile("^0:0[3-9]$"))
    async with page.expect_response(is_creation) as answer:
        await dialog.get_by_role("button", name="Create link").click()
    created = await (await answer.value).json()
    assert created["start_time"] >= 3
    assert created["end_time"] is None
    revoke(site, created["id"])
