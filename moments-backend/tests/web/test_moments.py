"""Moments on the watch page: playing, keeping, rating, trimming, deleting and finding."""

import re

import pytest
from playwright.async_api import Locator, Page, Response, expect

from tests.fixtures.speech import SENTENCES
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

TIME = "document.querySelector('video').currentTime"


@pytest.fixture
def own_talk(site: Site, request: pytest.FixtureRequest) -> str:
    """Return a video whose moments this test may change."""
    name = re.sub(r"\W", "-", request.node.name)
    return site.add_talk(f"{name}.mp4", sentences=SENTENCES)


async def first_card(page: Page, site: Site, processed_video: str) -> Locator:
    await page.goto(f"{site.url}/watch/{processed_video}")
    await until(page, "document.querySelector('video')?.readyState >= 2")
    card = page.locator("[data-moment]").first
    await expect(card).to_be_visible()
    return card


def is_change(response: Response) -> bool:
    return response.request.method == "PATCH"


async def keep(page: Page, card: Locator) -> None:
    """Press "Keep" and wait until it is saved; the page shows it before."""
    async with page.expect_response(is_change):
        await card.get_by_role("button", name="Keep").click()
    await expect(card.get_by_text("Kept")).to_be_visible()


async def test_moment_plays_alone(page: Page, site: Site, processed_video: str) -> None:
    card = await first_card(page, site, processed_video)
    moment = site.get(f"/api/videos/{processed_video}/moments")[-1]
    await card.get_by_role("button", name=re.compile("^Play ")).click()
    await until(page, "!document.querySelector('video').paused")
    await page.evaluate(f"document.querySelector('video').currentTime = {moment['end_time'] - 0.6}")
    await until(page, "document.querySelector('video').paused")
    assert abs(await page.evaluate(TIME) - moment["end_time"]) < 0.6


async def test_score_is_explained_in_plain_words(page: Page, site: Site, processed_video: str) -> None:
    card = await first_card(page, site, processed_video)
    await card.get_by_role("button", name=re.compile("^Score")).click()
    details = page.get_by_role("dialog", name="Score")
    await expect(details).to_contain_text("of 10")
    await expect(details.get_by_text("Beginning")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await card.get_by_role("button", name="Why this moment?").click()
    reason = site.get(f"/api/videos/{processed_video}/moments")[0]["reason"]
    assert "%" not in reason
    await expect(card.get_by_text(reason.rstrip("."))).to_be_visible()


async def test_moment_can_be_kept_and_rated(page: Page, site: Site, own_talk: str) -> None:
    card = await first_card(page, site, own_talk)
    await keep(page, card)
    async with page.expect_response(is_change):
        await (
            card.get_by_text("4 stars").or_(card.get_by_role("radio", name="4 stars")).first.click(force=True)
        )
    await expect(card.get_by_role("radio", name="4 stars")).to_be_checked()
    assert await violations(page) == []
    await page.reload()
    await expect(card.get_by_role("radio", name="4 stars")).to_be_checked()
    moments = site.get(f"/api/videos/{own_talk}/moments")
    assert {(moment["rating"], moment["is_kept"]) for moment in moments if moment["rating"]} == {(4, True)}


async def test_trimming_by_keys_recreates_the_clip(page: Page, site: Site, own_talk: str) -> None:
    card = await first_card(page, site, own_talk)
    before = site.get(f"/api/videos/{own_talk}/moments")[-1]
    await card.get_by_role("button", name="Trim").click()
    start = card.get_by_role("slider", name="Start")
    await start.focus()
    assert await violations(page) == []
    for _ in range(8):
        await page.keyboard.press("ArrowRight")
    await page.get_by_role("tab", name="Transcript").click()  # what was moved is still there afterwards
    await page.get_by_role("tab", name="Moments").click()
    async with page.expect_response(is_change):
        await card.get_by_role("button", name=re.compile("^Save")).click()
    await expect(card.get_by_text("Edited")).to_be_visible()
    (moved,) = [one for one in site.get(f"/api/videos/{own_talk}/moments") if one["is_edited"]]
    assert moved["start_time"] == pytest.approx(before["start_time"] + 0.8, abs=0.11)
    assert moved["id"] != before["id"]

    await card.get_by_role("button", name=re.compile("^Create clip")).click()
    await expect(card.get_by_role("link", name="Download clip")).to_be_visible(timeout=60_000)
    async with page.expect_download() as downloading:
        await card.get_by_role("link", name="Download clip").click()
    assert (await downloading.value).suggested_filename == f"{own_talk}_{moved['id']}_clip.mp4"


async def test_deleted_moment_can_be_restored(page: Page, site: Site, own_talk: str) -> None:
    card = await first_card(page, site, own_talk)
    title = await card.get_by_role("heading").inner_text()
    count = await page.locator("[data-moment]").count()
    await card.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name=re.compile("Delete")).click()
    await expect(page.locator("[data-moment]")).to_have_count(count - 1)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("[data-moment]")).to_have_count(count)
    await expect(page.get_by_role("heading", name=title)).to_be_visible()


async def test_new_search_keeps_kept_moments(page: Page, site: Site, own_talk: str) -> None:
    card = await first_card(page, site, own_talk)
    await keep(page, card)
    kept = await card.get_attribute("data-moment")
    await page.get_by_role("button", name="Find again").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    assert await violations(page) == []
    await dialog.get_by_role("button", name=re.compile("^Find")).click()
    await expect(dialog).to_be_hidden()
    site.wait_for_run(own_talk)
    await expect(page.locator(f"[data-moment='{kept}']").or_(page.get_by_text("Kept")).first).to_be_visible()
