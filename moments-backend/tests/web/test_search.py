"""Search in the browser: the box of all pages, results, opened hits and the find box of a transcript."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.api.support.rows import add_row, video_path
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import STARTED_AT, until, until_copied

pytestmark = pytest.mark.slow

TIME = "document.querySelector('video')?.currentTime"
TIDES = (
    "Twice a day the sea climbs the harbour wall.",
    "The moon pulls the water 🌊 towards it, and the earth turns below.",
    "Fishermen knew this long before anyone had a theory.",
    "When the moon is full, tides are higher: a naïve guess, but right.",
    "My mother-in-law paid $3,000 for a boat and never left the harbour.",
    "A second moon would make them higher still.",
)
BREAD = ("Flour, water and salt.", "Yeast does the rest while you sleep.")
START = datetime(2026, 1, 1, tzinfo=UTC)
PAUSE_MS = 2000
"""Longer than the pause in typing after which the search starts."""
SECONDS = 3
"""Length of each sentence."""


def to_srt(sentences: tuple[str, ...]) -> str:
    def time(number: int) -> str:
        return f"00:00:{number * SECONDS:02},000"

    cues = [f"{n + 1}\n{time(n)} --> {time(n + 1)}\n{text}\n" for n, text in enumerate(sentences)]
    return "\n".join(cues)


def add_talk(site: Site, name: str, sentences: tuple[str, ...], **columns: Any) -> None:
    """Add a video with a transcript."""
    seconds = len(sentences) * SECONDS
    make_video(site.videos / f"{name}.mp4", seconds=seconds)
    add_row(site.library, name, duration_seconds=float(seconds), **columns)
    headers = {"content-type": "application/x-subrip"}
    response = httpx.put(
        site.url + video_path(name, "transcript"), content=to_srt(sentences), headers=headers
    )
    assert response.is_success, response.text


@pytest.fixture
def talks(empty_site: Site) -> Site:
    add_talk(empty_site, "why-the-tides-turn", TIDES, title="Why the tides turn")
    add_talk(empty_site, "bread", BREAD, title="Bread under the moon")
    return empty_site


def box(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Search the library")


async def test_spoken_word_is_found_and_opened(page: Page, talks: Site) -> None:
    await page.goto(talks.url)
    await expect(box(page)).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("moon")
    await expect(page).to_have_url(re.compile(r"/search\?q=moon$"))
    await expect(page.get_by_role("status").filter(has_text="results")).to_be_visible()
    videos = page.get_by_role("region", name="Videos")
    await expect(videos.get_by_role("link")).to_have_text("Bread under the moon")
    hits = page.get_by_role("list", name="Results in Why the tides turn")
    await expect(hits.locator("mark").first).to_have_text("moon")
    assert await violations(page) == []

    more = page.get_by_role("button", name="more in this video")
    if await more.count():
        await more.click()
    await expect(hits.get_by_role("listitem")).to_have_count(3)
    await page.keyboard.press("Escape")
    await page.locator("[data-hit]").first.focus()
    for _ in range(2):
        await page.keyboard.press("j")
    focused = hits.get_by_role("link").nth(1)
    await expect(focused).to_be_focused()
    await expect(focused).to_contain_text("When the moon is full")
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile(r"/watch/why-the-tides-turn\?t=9&q=moon$"))
    await until(page, f"{TIME} >= 9 && {STARTED_AT} < 13")
    lines = page.get_by_role("list", name="Transcript").get_by_role("listitem")
    await expect(lines.nth(3).locator("mark")).to_have_text("moon")
    await expect(lines.nth(3)).to_be_in_viewport()
    await expect(page.get_by_text("2 of 3")).to_be_visible()
    await expect(box(page)).to_have_value("moon")
    await page.get_by_role("button", name="Next match").click()
    await until(page, f"{TIME} >= 15")
    await expect(page.get_by_text("3 of 3")).to_be_visible()
    assert await violations(page) == []

    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/search\?q=moon$"))
    await expect(focused).to_be_focused()
    await page.go_back()
    await expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
    await expect(box(page)).to_have_value("")


async def test_enter_moves_to_the_first_result_and_opens_it(page: Page, talks: Site) -> None:
    await page.goto(talks.url)
    await box(page).fill("fishermen")
    await page.keyboard.press("Enter")  # before the results are loaded
    first = page.locator("[data-hit]").first
    await expect(first).to_be_focused()

    # Typing on keeps the focus in the box; with the results on the page, Enter moves it at once.
    await box(page).fill("yeast")
    await expect(page.get_by_role("link", name=re.compile("Yeast does"))).to_be_visible()
    await expect(box(page)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(first).to_be_focused()
    await expect(first).to_contain_text("Yeast")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/watch/bread\?t=\d+&q=yeast$"))


async def test_pending_search_does_not_leave_the_opened_page(page: Page, talks: Site) -> None:
    """The clock is stopped, so that each page is opened before the pause in typing ends."""
    await page.clock.install(time=START)
    await page.goto(f"{talks.url}/search?q=moon")
    await expect(page.locator("[data-hit]")).not_to_have_count(0)
    await page.clock.pause_at(START + timedelta(minutes=10))

    await box(page).press("Escape")
    await page.get_by_role("link", name="Library", exact=True).click()
    await page.clock.run_for(PAUSE_MS)
    await expect(page).to_have_url(f"{talks.url}/")

    await box(page).fill("yeast")
    await page.get_by_role("link", name="Runs").click()
    await page.clock.run_for(PAUSE_MS)
    await expect(page).to_have_url(f"{talks.url}/runs")
    await expect(box(page)).to_have_value("")

    await box(page).fill("moon")
    await box(page).press("Enter")
    await page.get_by_role("link", name=re.compile("The moon pulls")).click()
    await page.clock.run_for(PAUSE_MS)
    await expect(page).to_have_url(re.compile(r"/watch/why-the-tides-turn\?t=3&q=moon$"))


async def test_query_mode_and_filters_are_in_the_url(page: Page, talks: Site) -> None:
    await page.goto(f"{talks.url}/search?q=harbour")
    hits = page.locator("[data-hit]")
    await expect(hits).not_to_have_count(0)
    await page.get_by_role("radio", name="Words").click()
    await expect(page).to_have_url(re.compile(r"q=harbour&mode=words$"))
    await page.get_by_role("button", name=re.compile("Any length")).click()
    await page.get_by_role("option", name="20 to 60 minutes").click()
    await expect(page).to_have_url(re.compile(r"q=harbour&length=long&mode=words$"))
    await expect(page.get_by_role("heading", name="No results")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("main").get_by_role("button", name="Clear filters").last.click()
    await expect(hits).not_to_have_count(0)

    # Typing shares a history entry, Enter adds one.
    await box(page).fill("fisherman")
    await expect(page).to_have_url(re.compile("q=fisherman&mode=words"))
    await box(page).fill("yeast")
    await expect(page).to_have_url(re.compile("q=yeast&mode=words"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name=re.compile("Yeast does"))).to_be_visible()
    await page.go_back()
    await expect(box(page)).to_have_value("harbour")


async def test_moment_is_added_from_a_hit(page: Page, talks: Site) -> None:
    await page.goto(f"{talks.url}/search?q=fishermen")
    await page.get_by_role("button", name="Actions for the result at 0:06").click()
    assert await violations(page) == []
    await page.get_by_role("menuitem", name="Copy link to this time").click()
    await until_copied(page, f"{talks.url}/watch/why-the-tides-turn?t=6")
    await page.get_by_role("button", name="Actions for the result at 0:06").click()
    await page.get_by_role("menuitem", name="Add as moment").click()
    await page.get_by_role("button", name="Open", exact=True).click()
    await expect(page.locator("[data-moment]").get_by_role("heading")).to_have_text(TIDES[2])
    (moment,) = talks.get(video_path("why-the-tides-turn", "moments"))
    assert (moment["start_time"], moment["end_time"], moment["is_kept"]) == (6, 9, True)


async def test_find_box_matches_like_the_search(page: Page, talks: Site) -> None:
    counts = {"naive": 1, "harbour sea": 1, '"the harbour"': 2, "moon -full": 2, "fisherman": 1, "3000": 1}
    await page.goto(f"{talks.url}/watch/why-the-tides-turn")
    await page.get_by_role("tab", name="Transcript").click()
    lines = page.get_by_role("list", name="Transcript").get_by_role("listitem")
    for query, count in counts.items():
        await page.get_by_placeholder("Search transcript").fill(query)
        await expect(lines.filter(has=page.locator("mark"))).to_have_count(count)
        await expect(page.get_by_text(f"1 of {count}", exact=True)).to_be_visible()
        found = talks.get(f"/api/search?mode=words&video_id=why-the-tides-turn&q={query}")
        assert len([hit for hit in found["hits"] if hit["kind"] == "segment"]) == count, query


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 390), ("dark", 820), ("light", 1440), ("dark", 1440)]
)
async def test_search_page_is_accessible(page: Page, talks: Site, scheme: str, width: int) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": 844})
    for query in ("", "moon"):
        await page.goto(f"{talks.url}/search?q={query}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.locator("[data-hit], h2").first).to_be_visible()
        await expect(box(page)).to_be_visible()
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.goto(talks.url)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.keyboard.press("Control+k")
    await expect(box(page)).to_be_focused()
