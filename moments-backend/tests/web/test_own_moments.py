"""Moments of one's own in the browser: from selected words, from in and out points, merged and split."""

from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.api.support.rows import add_row
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import SAVE_SECONDS, Site, wait_until
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

VIDEO = "tides"
SENTENCES = (
    "The harbour wall is wet twice a day.",
    "The moon pulls the water up.",
    "The moon lets it fall again.",
    "That is all anyone needs to know.",
)
SECONDS = 5
"""Length of each sentence."""
TIME = "document.querySelector('video').currentTime"
READY = "document.querySelector('video')?.readyState >= 2"


def add_talk(site: Site, video: str = VIDEO) -> None:
    """Add a video of 24 seconds with a transcript of four sentences."""
    make_video(site.videos / f"{video}.mp4", seconds=24)
    add_row(site.library, video, video_codec="h264", audio_codec="aac", duration_seconds=24)
    segments = [
        {"text": text, "start": SECONDS * index, "end": SECONDS * (index + 1)}
        for index, text in enumerate(SENTENCES)
    ]
    document = {"language": "en", "segment_timestamps": segments}
    httpx.put(f"{site.url}/api/videos/{video}/transcript", json=document, timeout=30).raise_for_status()


def add_moment(site: Site, start: float, end: float, title: str, video: str = VIDEO) -> str:
    moment = {"start_time": start, "end_time": end, "title": title}
    response = httpx.post(f"{site.url}/api/videos/{video}/moments", json=moment, timeout=30)
    return str(response.raise_for_status().json()["id"])


def delete_moment(site: Site, moment: str) -> None:
    httpx.delete(f"{site.url}/api/videos/{VIDEO}/moments/{moment}").raise_for_status()


def moments(site: Site, video: str = VIDEO) -> list[dict[str, Any]]:
    """Return the moments of the video, none if it never had any."""
    response = httpx.get(f"{site.url}/api/videos/{video}/moments")
    return list(response.json()) if response.is_success else []


def ranges(site: Site) -> list[tuple[float, float]]:
    return [(moment["start_time"], moment["end_time"]) for moment in moments(site)]


async def opened(page: Page, site: Site, tab: str) -> None:
    await page.goto(f"{site.url}/watch/{VIDEO}")
    await until(page, READY)
    await page.get_by_role("tab", name=tab).click()


def card(page: Page, title: str) -> Locator:
    return page.locator("[data-moment]").filter(has=page.get_by_role("heading", name=title, exact=True))


async def word(page: Page, sentence: int, number: int) -> tuple[float, float]:
    """Return the middle of a word in the transcript, in pixels."""
    place = page.locator(f"[data-index='{sentence}'] [data-word='{number}']")
    await place.hover(trial=True)  # waits until it does not move
    box = await place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_dragged_words_become_a_moment(page: Page, empty_site: Site) -> None:
    add_talk(empty_site)
    await opened(page, empty_site, "Transcript")
    await page.mouse.move(*await word(page, 1, 1))
    await page.mouse.down()
    await page.mouse.move(*await word(page, 1, 4), steps=4)
    await page.mouse.move(*await word(page, 2, 2), steps=4)
    await page.mouse.up()
    bar = page.get_by_role("region", name="Selected words")
    await expect(bar).to_contain_text("8 words")
    assert await page.evaluate(TIME) == 0, "the drag did not seek"
    assert await violations(page) == []
    await bar.get_by_role("button", name="Create moment").click()
    dialog = page.get_by_role("dialog", name="New moment")
    title = dialog.get_by_role("textbox", name="Title")
    await expect(title).to_be_focused()
    await expect(title).to_have_value("moon pulls the water up. The moon lets")
    assert await violations(page) == []
    await page.keyboard.type("What the moon does")
    await page.keyboard.press("Enter")
    await expect(card(page, "What the moon does").get_by_role("button", name="Play")).to_be_focused()

    words = empty_site.get(f"/api/videos/{VIDEO}/transcript")["word_timestamps"]
    (created,) = moments(empty_site)
    assert created["start_time"] == pytest.approx(words[9]["start"], abs=0.006)
    assert created["end_time"] == pytest.approx(words[16]["end"], abs=0.006)
    assert created["is_kept"]
    await expect(card(page, "What the moon does")).to_have_attribute("aria-current", "true")


async def test_shift_click_and_escape(page: Page, empty_site: Site) -> None:
    add_talk(empty_site)
    await opened(page, empty_site, "Transcript")
    await page.mouse.click(*await word(page, 0, 0))
    await page.keyboard.down("Shift")
    await page.mouse.click(*await word(page, 0, 7))
    await page.keyboard.up("Shift")
    bar = page.get_by_role("region", name="Selected words")
    await expect(bar).to_contain_text("8 words")
    await page.keyboard.press("Escape")
    await expect(bar).to_be_hidden()
    await page.mouse.click(*await word(page, 2, 0))
    await until(page, f"Math.abs({TIME} - {2 * SECONDS}) < 0.5")


async def test_words_are_selected_by_keyboard(page: Page, empty_site: Site) -> None:
    add_talk(empty_site)
    await opened(page, empty_site, "Transcript")
    await page.get_by_role("button", name="moon pulls").focus()
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("Shift+ArrowRight")
    await expect(page.get_by_role("region", name="Selected words")).to_contain_text("13 words")
    await page.keyboard.press("Shift+Enter")
    title = page.get_by_role("dialog").get_by_role("textbox", name="Title")
    await expect(title).to_have_value(SENTENCES[1])
    await page.keyboard.press("Enter")
    await expect(card(page, SENTENCES[1])).to_be_visible()


async def test_in_and_out_points_become_a_moment(page: Page, empty_site: Site) -> None:
    add_talk(empty_site)
    await opened(page, empty_site, "Moments")
    await page.evaluate(f"{TIME} = 5")
    await page.keyboard.press("i")
    await page.evaluate(f"{TIME} = 12")
    await page.keyboard.press("o")
    bar = page.get_by_role("group", name="New moment")
    await expect(bar).to_contain_text("In 0:05")
    await expect(bar).to_contain_text("Out 0:12")
    assert await violations(page) == []
    await page.get_by_role("slider", name="Out point").focus()
    for key in ("Shift+ArrowRight", "ArrowRight", "ArrowRight"):
        await page.keyboard.press(key)
    await expect(bar).to_contain_text("Out 0:13.2")
    await until(page, f"Math.abs({TIME} - 13.2) < 0.1")
    handle = await page.get_by_role("slider", name="In point").bounding_box()
    assert handle is not None
    await page.mouse.move(handle["x"] + 20, handle["y"] + 12)
    await page.mouse.down()
    await page.mouse.move(handle["x"] - 200, handle["y"] + 12, steps=4)
    await page.mouse.up()
    await expect(bar).not_to_contain_text("In 0:05")
    start = await page.get_by_role("slider", name="In point").get_attribute("aria-valuenow")
    await page.keyboard.press("b")
    title = page.get_by_role("dialog").get_by_role("textbox", name="Title")
    await title.fill("From the player")
    await page.keyboard.press("Enter")
    await expect(card(page, "From the player")).to_be_visible()
    await expect(bar).to_be_hidden()
    wait_until(lambda: ranges(empty_site) == [(float(start or 0), 13.2)], SAVE_SECONDS)


async def test_moments_are_merged_and_split_with_undo(page: Page, empty_site: Site) -> None:
    add_talk(empty_site)
    add_moment(empty_site, 0, 5, "First")
    add_moment(empty_site, 10, 20, "Second")
    await opened(page, empty_site, "Moments")
    await page.get_by_role("button", name="Select moments").click()
    await page.get_by_role("button", name="Select all").click()
    assert await violations(page) == []
    await page.get_by_role("button", name="Merge").click()
    await expect(page.locator("[data-moment]")).to_have_count(1)
    wait_until(lambda: ranges(empty_site) == [(0, 20)], SAVE_SECONDS)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("[data-moment]")).to_have_count(2)
    wait_until(lambda: ranges(empty_site) == [(0, 5), (10, 20)], SAVE_SECONDS)

    await card(page, "First").get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Merge with next").click()
    await expect(page.locator("[data-moment]")).to_have_count(1)
    await card(page, "First").get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Split…").click()
    dialog = page.get_by_role("dialog", name="Split moment")
    await dialog.get_by_role("radio", name="moon lets").check(force=True)
    await expect(dialog).to_contain_text("Parts of 10 s and 10 s")
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Split").click()
    await expect(page.locator("[data-moment]")).to_have_count(2)
    wait_until(lambda: ranges(empty_site) == [(0, 10), (10, 20)], SAVE_SECONDS)


async def test_deleted_moments_are_listed_until_final(page: Page, empty_site: Site) -> None:
    add_talk(empty_site)
    for number, title in enumerate(("Restored", "Purged")):
        delete_moment(empty_site, add_moment(empty_site, number * 6, number * 6 + 3, title))
    await opened(page, empty_site, "Moments")
    await page.get_by_role("button", name="Deleted (2)").click()
    deleted = page.get_by_role("list", name="Deleted moments")
    await expect(deleted).to_contain_text("Deleted for good in 30 days")
    assert await violations(page) == []
    await deleted.get_by_role("button", name="Play Purged").click()
    await until(page, f"{TIME} >= 6")
    await deleted.get_by_role("button", name="Restore Restored").click()
    await expect(card(page, "Restored")).to_be_visible()
    await deleted.get_by_role("button", name="Delete Purged for good").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete for good").click()
    await expect(page.get_by_role("button", name="Deleted (")).to_be_hidden()
    assert [moment["title"] for moment in moments(empty_site)] == ["Restored"]
    wait_until(lambda: empty_site.get(f"/api/videos/{VIDEO}/moments/deleted") == [], SAVE_SECONDS)


async def test_trim_by_words_plays_a_loop_and_is_undone(page: Page, empty_site: Site) -> None:
    add_talk(empty_site)
    add_moment(empty_site, 5, 10, "Trimmed")
    await opened(page, empty_site, "Moments")
    words = empty_site.get(f"/api/videos/{VIDEO}/transcript")["word_timestamps"]
    await card(page, "Trimmed").get_by_role("button", name="Trim", exact=True).click()
    editor = page.get_by_role("group", name="Trim Trimmed")
    assert await violations(page) == []
    await editor.get_by_role("radio", name="Word").check(force=True)
    await editor.get_by_role("slider", name="Start").focus()
    for _ in range(2):
        await page.keyboard.press("ArrowRight")
    starts = [one["start"] for one in words if one["start"] > 5.011]
    field = editor.get_by_role("textbox", name="Start")
    await expect(field).to_have_value(f"0:{starts[1]:05.2f}".rstrip("0").rstrip("."))
    await until(page, f"!document.querySelector('video').paused && {TIME} >= {starts[1]}")
    await editor.get_by_role("button", name="Play the last 3 s in a loop").click()
    await until(page, f"{TIME} >= 6.9")
    await page.evaluate(f"{TIME} = 9.8")
    await until(page, f"{TIME} < 8")  # the loop has started again
    await page.keyboard.press("Control+z")
    await editor.get_by_role("radio", name="Sentence").check(force=True)
    await editor.get_by_role("button", name="End later").click()
    await editor.get_by_role("button", name="Save").click()
    await expect(editor).to_be_hidden()
    await until(page, "document.querySelector('video').paused")
    trimmed = pytest.approx((starts[0], 15), abs=0.006)
    wait_until(lambda: ranges(empty_site)[0] == trimmed, SAVE_SECONDS)
    await page.get_by_role("button", name="Undo").click()
    await expect(card(page, "Trimmed")).to_contain_text("0:05–0:10")
    wait_until(lambda: ranges(empty_site) == [(5, 10)], SAVE_SECONDS)


async def test_what_to_look_for_needs_an_engine(page: Page, empty_site: Site) -> None:
    add_talk(empty_site)
    await opened(page, empty_site, "Moments")
    await page.get_by_role("button", name="Options…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("slider", name="Minimum").first).to_be_visible()
    assert empty_site.get("/api/engine")["reads_prompt"] is False
    await expect(dialog.get_by_label("What to look for")).to_have_count(0)
