"""The library page: search, sorting, filters, scrolling and empty states."""

import re

import httpx
import pytest
from playwright.async_api import Page, Route, expect

from tests.api.support.rows import add_row, add_rows
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import SCROLL_ENDED, until

pytestmark = pytest.mark.slow

MANY = 10_000
FOCUSED = "Number(document.activeElement.closest('[aria-posinset]')?.ariaPosInSet)"
"""Place of the card that has the focus, from 1."""
MAX_ELEMENTS = 550
"""In the whole document: about 190 in the page and its filters, and 55 in each of at most 6 rows of cards."""


async def test_link_filters_by_title(page: Page, empty_site: Site) -> None:
    library = empty_site.library
    add_row(library, "why-the-tides-turn", duration_seconds=36.0, resolution="1280x720")
    add_row(library, "bread-that-rises", duration_seconds=900.0, resolution="640x360")
    await page.goto(empty_site.url)
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos).to_have_count(2)
    await expect(page.get_by_text("2 videos")).to_be_visible()
    await expect(videos.first).to_contain_text("0:36" if await _is_first(page, "Tides") else "15:00")

    await page.goto(f"{empty_site.url}/?q=TIDES")
    await expect(videos).to_have_count(1)
    await expect(videos).to_contain_text("Why The Tides Turn")
    await expect(videos).to_contain_text("720p")
    await expect(videos.locator("img")).to_be_hidden()  # there is no picture of it

    await page.get_by_role("button", name="Remove filter Title, file name or link: TIDES").click()
    await expect(videos).to_have_count(2)
    await page.goto(f"{empty_site.url}/?q=unknown+title")
    await expect(page.get_by_role("heading", name="No results")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("main").get_by_role("button", name="Clear filters").last.click()
    await expect(videos).to_have_count(2)


async def _is_first(page: Page, word: str) -> bool:
    return word in await page.get_by_role("list", name="Videos").get_by_role("listitem").first.inner_text()


async def test_sort_and_filters_are_in_the_url(page: Page, empty_site: Site) -> None:
    library = empty_site.library
    for name, seconds in (("short", 20.0), ("medium", 600.0), ("long", 4000.0)):
        add_row(library, name, duration_seconds=seconds)
    await page.goto(empty_site.url)
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos).to_have_count(3)
    await page.get_by_role("button", name=re.compile("Newest first")).click()
    await page.get_by_role("option", name="Longest first").click()
    await expect(videos).to_have_text([re.compile("Long"), re.compile("Medium"), re.compile("Short")])
    await page.get_by_role("button", name=re.compile("Any length")).click()
    await page.get_by_role("option", name="Under 5 minutes").click()
    await expect(videos).to_have_text([re.compile("Short")])
    await expect(page).to_have_url(re.compile(r"\?sort=longest&length=short$"))


async def test_card_menu_actions(page: Page, empty_site: Site) -> None:
    for name in ("keep", "rename-me", "throw-away"):
        add_row(empty_site.library, name)
    make_video(empty_site.videos / "keep.mp4")
    await page.goto(empty_site.url)
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos).to_have_count(3)

    opener = page.get_by_role("button", name="Actions for Rename Me")
    await opener.focus()
    await page.keyboard.press("Enter")
    menu = page.get_by_role("menu", name="Actions for Rename Me")
    await expect(menu.get_by_role("menuitem", name="Find moments")).to_be_focused()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(opener).to_be_focused()

    await opener.click()
    await menu.get_by_role("menuitem", name="Rename").click()
    await page.get_by_role("dialog").get_by_label("Title").fill("Another name")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name=re.compile("^Another name"))).to_be_visible()

    await page.get_by_role("button", name="Actions for Throw Away").click()
    await page.get_by_role("menuitem", name="Move to trash").click()
    await expect(videos).to_have_count(2)
    toast = page.get_by_role("alertdialog", name="Throw Away moved to the trash")
    await toast.get_by_role("button", name="Undo").click()
    await expect(videos).to_have_count(3)
    await expect(page.get_by_role("alertdialog", name="Throw Away restored")).to_be_visible()

    await page.get_by_role("button", name="Actions for Keep").click()
    async with page.expect_download() as downloading:
        await page.get_by_role("menuitem", name="Download").click()
    assert (await downloading.value).suggested_filename == "keep.mp4"


async def test_large_library_renders_few_elements(page: Page, empty_site: Site) -> None:
    identifiers = add_rows(empty_site.library, MANY)
    await page.goto(empty_site.url)
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos.first).to_contain_text(f"Title {MANY}")
    await expect(page.get_by_text("10,000 videos")).to_be_visible()
    most = 0
    for _ in range(12):
        await page.mouse.wheel(0, 2500)
        await page.wait_for_timeout(60)
        most = max(most, await page.evaluate("document.querySelectorAll('*').length"))
    assert most < MAX_ELEMENTS
    assert await videos.first.get_attribute("aria-setsize") == str(MANY)

    # Back from a video one is where one was.
    place = int(await videos.nth(8).get_attribute("aria-posinset") or 0)
    card = page.locator(f"[aria-posinset='{place}'] a")
    await card.scroll_into_view_if_needed()
    await page.evaluate(SCROLL_ENDED)
    before = await page.evaluate("scrollY")
    assert before > 1000
    await card.click()
    await expect(page).to_have_url(re.compile(f"/watch/{identifiers[place - 1]}$"))
    await page.go_back()
    await expect(page.get_by_role("list", name="Videos")).to_be_visible()
    await until(page, f"Math.abs(scrollY - {before}) < 2")


async def test_arrow_keys_move_between_cards(page: Page, empty_site: Site) -> None:
    add_rows(empty_site.library, 100)
    await page.goto(empty_site.url)
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await videos.first.get_by_role("link").focus()
    await page.keyboard.press("ArrowRight")
    await expect(videos.nth(1).get_by_role("link")).to_be_focused()
    place, columns = 2, 0
    for _ in range(6):
        # A row that comes into sight is drawn first.
        await expect(page.locator(f"[aria-posinset='{place + max(columns, 1)}']")).to_be_attached()
        await page.keyboard.press("ArrowDown")
        await until(page, f"{FOCUSED} > {place}")
        reached = int(await page.evaluate(FOCUSED))
        assert columns in {0, reached - place}
        place, columns = reached, reached - place
    assert columns > 1
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/watch/talk-"))


async def test_empty_library_explains_first_steps(page: Page, empty_site: Site) -> None:
    await page.goto(empty_site.url)
    await expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Add videos").click()
    await expect(page.get_by_role("dialog", name="Add videos")).to_be_visible()


async def test_lost_server_shows_banner_and_recovers(page: Page, empty_site: Site) -> None:
    add_rows(empty_site.library, 3)
    await page.goto(empty_site.url)
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos).to_have_count(3)
    await expect(page.get_by_role("button", name=re.compile("Newest first"))).to_be_visible()  # loaded later
    empty_site.stop_api()
    await expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    await page.get_by_role("button", name=re.compile("Newest first")).click()
    await page.get_by_role("option", name="Oldest first").click()
    await expect(page.get_by_role("heading", name="The server cannot be reached")).to_be_visible()
    assert await violations(page) == []
    empty_site.start_api()
    await expect(videos).to_have_count(3)
    await expect(page.get_by_text("The server cannot be reached.")).to_be_hidden()


async def test_special_names_link_to_their_videos(page: Page, empty_site: Site) -> None:
    names = ["100% real", "a#b?c", "été – 講演", "a+b&c=d", "%41"]
    for name in names:
        make_video(empty_site.videos / f"{name}.mp4")
        add_row(empty_site.library, name, title=f"The video {names.index(name)}")
    for name in names:
        await page.goto(empty_site.url)
        await page.get_by_role("link", name=f"The video {names.index(name)}").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"The video {names.index(name)}")
        await until(page, "document.querySelector('video')?.readyState >= 1")
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"The video {names.index(name)}")


async def test_unknown_page_shows_not_found(page: Page, empty_site: Site) -> None:
    answer = await page.goto(f"{empty_site.url}/nothing")
    assert answer is not None
    assert answer.status == 404
    await expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    await page.get_by_role("link", name="Go to library").click()
    await expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
    assert httpx.get(f"{empty_site.url}/api/nothing").status_code == 404  # noqa: ASYNC210 - a single request


async def test_list_does_not_wait_for_thumbnails(page: Page, empty_site: Site) -> None:
    """Thumbnail requests may use all connections that a browser opens to a server."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/thumbnail", hold)
    add_rows(empty_site.library, 60)
    async with page.expect_request("**/thumbnail"):
        await page.goto(empty_site.url)
    videos = page.get_by_role("list", name="Videos").get_by_role("listitem")
    await expect(videos.nth(8)).to_be_visible()
    await page.wait_for_timeout(500)  # further requests would follow at once
    assert 0 < len(held) < 5, "a few at a time: a browser has six connections, and the events take one"
    await page.get_by_role("button", name=re.compile("Any length")).click()
    await page.get_by_role("option", name="Over an hour").click()
    await expect(page.get_by_role("heading", name="No results")).to_be_visible()
    await page.unroute_all(behavior="ignoreErrors")
