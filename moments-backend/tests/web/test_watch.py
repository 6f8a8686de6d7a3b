"""The watch page: playback, seeking and transcript, by mouse, keyboard and URL."""

import re

import pytest
from playwright.async_api import Page, Response, expect

from tests.api.support.rows import add_row
from tests.api.support.runs import add_run
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until, until_copied

pytestmark = pytest.mark.slow

READY = "document.querySelector('video')?.readyState >= 2"
TIME = "document.querySelector('video').currentTime"


async def opened(page: Page, site: Site, processed_video: str, rest: str = "") -> None:
    await page.goto(f"{site.url}/watch/{processed_video}{rest}")
    await until(page, READY)


async def test_video_plays_and_seeks_by_ranges(page: Page, site: Site, processed_video: str) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/stream" in answer.url else None)
    await opened(page, site, processed_video)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Why The Tides Turn")
    await page.keyboard.press("k")
    await until(page, f"{TIME} > 0.3")
    await page.keyboard.press("5")
    await until(page, f"{TIME} > document.querySelector('video').duration * 0.45")
    assert {answer.status for answer in answers} == {206}
    assert all(answer.headers["content-range"].startswith("bytes ") for answer in answers)


async def test_player_keyboard_shortcuts(page: Page, site: Site, processed_video: str) -> None:
    await opened(page, site, processed_video)
    video = "document.querySelector('video')"
    await page.keyboard.press("3")
    await until(page, f"Math.abs({TIME} - {video}.duration * 0.3) < 0.2")
    await page.keyboard.press("ArrowLeft")
    await until(page, f"{TIME} < 1")
    await page.keyboard.press("ArrowRight")
    await until(page, f"{TIME} > 4")
    await page.keyboard.press("m")
    await until(page, f"{video}.muted")
    await page.keyboard.press("Shift+>")
    await until(page, f"{video}.playbackRate === 1.25")
    await page.keyboard.press("Space")
    await until(page, f"!{video}.paused")
    await page.keyboard.press("k")
    await until(page, f"{video}.paused")
    await page.keyboard.press("c")
    await until(page, f"[...{video}.textTracks].some((track) => track.mode === 'showing')")
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    await expect(keys).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(keys).to_be_hidden()


@pytest.mark.parametrize(("rest", "seconds"), [("?t=4", 4), ("?t=0m4s", 4), ("#t=3,5", 3), ("?t=9#t=2", 2)])
async def test_url_opens_at_its_time(
    page: Page, site: Site, processed_video: str, rest: str, seconds: float
) -> None:
    await opened(page, site, processed_video, rest)
    await until(page, f"Math.abs({TIME} - {seconds}) < 0.7")


async def test_url_range_stops_at_its_end(page: Page, site: Site, processed_video: str) -> None:
    await opened(page, site, processed_video, "#t=2,3")
    await page.evaluate("document.querySelector('video').play()")
    await until(page, f"{TIME} >= 3 && document.querySelector('video').paused")
    assert await page.evaluate(TIME) < 3.5


async def test_captions_match_the_transcript(page: Page, site: Site, processed_video: str) -> None:
    await opened(page, site, processed_video)
    await page.keyboard.press("c")
    cues = "[...document.querySelector('video').textTracks].flatMap((track) => [...(track.cues ?? [])])"
    await until(page, f"{cues}.length > 0")
    text = await page.evaluate(f"{cues}.map((cue) => cue.text).join(' ')")
    assert "moon" in text.lower()


async def test_transcript_seeks_searches_and_exports(page: Page, site: Site, processed_video: str) -> None:
    await opened(page, site, processed_video)
    await page.get_by_role("tab", name="Transcript").click()
    said = page.get_by_role("list", name="Transcript")
    lines = said.get_by_role("listitem")
    await expect(lines.first).to_be_visible()
    assert await violations(page) == []
    await said.get_by_text(re.compile("moon", re.IGNORECASE)).first.click()
    await until(page, f"{TIME} > 1.5")

    find = page.get_by_placeholder("Search transcript")
    await find.fill("tides")
    await expect(page.get_by_text(re.compile(r"1 of \d|\d+ of \d+"))).to_be_visible()
    await find.fill("zebra")
    await expect(
        page.get_by_role("status").filter(has_text=re.compile("no", re.IGNORECASE)).first
    ).to_be_visible()

    for item, ending in (("WebVTT", ".vtt"), ("SRT", ".srt")):
        await page.get_by_role("button", name="Export transcript").click()
        async with page.expect_download() as downloading:
            await page.get_by_role("menuitem", name=re.compile(item)).click()
        assert (await downloading.value).suggested_filename.endswith(ending)


async def test_unknown_video_shows_not_found(page: Page, site: Site) -> None:
    await page.goto(f"{site.url}/watch/nobody-has-this")
    await expect(page.get_by_role("heading", name="Video not found")).to_be_visible()
    assert await violations(page) == []


async def test_link_at_current_time_is_copied(page: Page, site: Site, processed_video: str) -> None:
    await opened(page, site, processed_video, "?t=4")
    await page.evaluate("document.querySelector('video').pause()")  # it plays from there
    seconds = await page.evaluate(TIME)
    assert seconds >= 4
    await page.get_by_role("button", name="Copy link at current time").click()
    await until_copied(page, f"{site.url}/watch/{processed_video}?t={int(seconds)}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_every_page_is_accessible(
    page: Page, site: Site, processed_video: str, scheme: str, width: int
) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": 844})
    add_run(site.library, f"a-run-whose-name-is-longer-than-a-phone-{width}-{scheme}", status="completed")
    for path in ("/", f"/watch/{processed_video}", "/runs"):
        await page.goto(site.url + path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await page.wait_for_load_state("load")
        await expect(page.locator("[class*=skeleton]")).to_have_count(0)
        assert await violations(page) == [], path
        await until(page, "document.documentElement.scrollWidth <= innerWidth")


async def test_video_can_be_renamed_and_deleted(page: Page, empty_site: Site) -> None:
    make_video(empty_site.videos / "plain.mp4")
    add_row(empty_site.library, "plain")
    await page.goto(f"{empty_site.url}/watch/plain")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Rename").click()
    await page.get_by_role("dialog", name="Rename").get_by_label("Title").fill("Not so plain")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Not so plain")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Move to trash").click()
    await expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("link", name="Not so plain")).to_be_visible()
    assert (empty_site.videos / "plain.mp4").exists()
