"""The runs page: progress, failures and retries."""

import asyncio
import re
from contextlib import suppress

import pytest
from playwright.async_api import Error, Page, Route, expect

from tests.api.support.runs import add_run
from tests.fixtures.speech import make_spoken_video
from tests.web.support.axe import violations
from tests.web.support.server import SHORT, Site

pytestmark = pytest.mark.slow


async def test_run_is_followed_to_its_end(page: Page, site: Site) -> None:
    make_spoken_video(site.videos / "seen-to-its-end.mp4")
    await page.goto(f"{site.url}/runs")
    await expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    await page.evaluate(
        "(body) => fetch('/api/generate_moments', { method: 'POST', body: JSON.stringify(body),"
        " headers: { 'content-type': 'application/json' } })",
        {"video_id": "seen-to-its-end", **SHORT},
    )
    run = page.get_by_role("listitem").filter(has_text="Seen To Its End").first
    await expect(run.get_by_text(re.compile("Running|Queued"))).to_be_visible()
    await expect(run.get_by_role("progressbar")).to_be_visible()
    await expect(run.get_by_text("Completed", exact=True)).to_be_visible(timeout=120_000)
    stages = run.get_by_role("button", name="Stages of Seen To Its End")
    await expect(stages).to_have_attribute("aria-expanded", "false")
    await stages.click()
    await expect(run.get_by_text("Transcript")).to_be_visible()
    assert await violations(page) == []
    await run.get_by_role("link", name="Seen To Its End").click()
    await expect(page.locator("[data-moment]").first).to_be_visible()


async def test_run_started_during_list_request_is_shown(page: Page, site: Site) -> None:
    asked, heard = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        older = await route.fetch()
        asked.set()
        await heard.wait()
        with suppress(Error):  # the page no longer waits for the response
            await route.fulfill(response=older)

    await page.route("**/api/pipeline?*", hold, times=1)
    await page.goto(f"{site.url}/runs")
    await asyncio.wait_for(asked.wait(), 30)
    make_spoken_video(site.videos / "begun-meanwhile.mp4")
    site.process("begun-meanwhile")
    heard.set()
    await expect(
        page.get_by_role("listitem").filter(has_text="Begun Meanwhile").get_by_text("Completed", exact=True)
    ).to_be_visible()


async def test_failed_run_shows_cause_and_can_be_retried(page: Page, empty_site: Site) -> None:
    error = {
        "type": "source-refused",
        "title": "The source refuses",
        "detail": "https://example.org answered 403",
        "remedy": "check the link",
        "retryable": False,
    }
    add_run(empty_site.library, "talk", status="failed", error=error)
    await page.goto(f"{empty_site.url}/runs?show=failed")
    run = page.get_by_role("listitem").filter(has_text="Talk").first
    await expect(run.get_by_role("alert")).to_contain_text(
        "https://example.org answered 403. Check the link."
    )
    assert await violations(page) == []
    await run.get_by_role("button", name="Retry run of Talk").click()
    await (
        page.get_by_role("radio", name="Running")
        .or_(page.get_by_role("button", name="Running"))
        .first.click()
    )
    await expect(run.get_by_text("Queued")).to_be_visible()
    await run.get_by_role("button", name="Cancel run of Talk").click()
    await (
        page.get_by_role("radio", name="Cancelled")
        .or_(page.get_by_role("button", name="Cancelled"))
        .first.click()
    )
    await expect(run.get_by_role("button", name="Retry run of Talk")).to_be_visible()


async def test_empty_run_list(page: Page, empty_site: Site) -> None:
    await page.goto(f"{empty_site.url}/runs")
    await expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    assert await violations(page) == []


async def test_playback_copies_are_listed_on_request(page: Page, empty_site: Site) -> None:
    for number in range(3):
        add_run(empty_site.library, f"copied-{number}", kind="playback", status="completed")
    add_run(empty_site.library, "talk", status="completed")
    add_run(empty_site.library, "said", status="completed", options={"stages": ["transcription"]})
    add_run(empty_site.library, "copying", kind="playback")

    await page.goto(f"{empty_site.url}/runs")
    titles = page.get_by_role("list", name="Runs").get_by_role("heading", level=2)
    await expect(titles).to_have_count(2)
    await expect(titles.filter(has_text="Cop")).to_have_count(0)
    await expect(page.get_by_text("1 playback copy is being made.")).to_be_visible()
    kind = page.get_by_role("button", name="Kind of run")
    await kind.click()
    await page.get_by_role("option", name="Transcripts only").click()
    await expect(titles).to_have_text(["Said"])
    await expect(page).to_have_url(f"{empty_site.url}/runs?kind=transcription")
    await kind.click()
    await page.get_by_role("option", name="Playback copies").click()
    await expect(titles).to_have_count(4)

    await page.reload()
    await expect(titles).to_have_count(4)
    await expect(kind).to_contain_text("Playback copies")
    assert await violations(page) == []
