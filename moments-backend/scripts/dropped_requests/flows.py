"""Tasks of a user in the app, with the repetitions that an error message asks for."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Error, Locator, Page, Response, expect

WAIT_MS = 100_000
"""Covers the delay of a request and the retries after it."""
REPETITIONS = 3
DISMISS_MS = 5_000
ERROR = ":is([role=alertdialog], [slot=errorMessage]):not([data-seen])"
"""Toasts and messages of fields that appeared after the last attempt."""


@dataclass(frozen=True)
class Subject:
    """The library that flows use."""

    video_id: str
    """A video with transcript and moments."""
    word: str
    """A word of its transcript."""
    upload: Path
    """A video file that is not in the library."""


@dataclass(frozen=True)
class Flow:
    name: str
    run: Callable[[Page, Subject], Awaitable[None]]
    makes_changes: bool = False
    """Not to be run beside another one."""


async def shown(locator: Locator) -> None:
    await expect(locator.first).to_be_visible(timeout=WAIT_MS)


async def repeat(page: Page, button: Locator, done: Locator, field: Locator) -> None:
    """Press a button until its effect is visible; after an error, the field still has its text."""
    typed = await field.input_value()
    error = page.locator(ERROR)
    for _ in range(REPETITIONS):
        # The message of an earlier attempt stays until the next request has been started.
        await error.evaluate_all("(errors) => errors.forEach((error) => { error.dataset.seen = ''; })")
        await button.click()
        await shown(done.or_(error))
        if await done.first.is_visible():
            return
        await expect(field, "what was typed is lost").to_have_value(typed)
        await dismiss_toasts(page)
    raise AssertionError("the change failed repeatedly")


async def dismiss_toasts(page: Page) -> None:
    """Close all toasts. One may disappear by itself before the click."""
    button = page.get_by_role("button", name="Dismiss").first
    while await button.count():
        with suppress(Error):
            await button.click(timeout=DISMISS_MS)


async def library(page: Page, subject: Subject) -> None:
    await page.goto("/")
    await shown(page.locator(f'a[href^="/watch/{subject.video_id}"]'))


async def filters(page: Page, subject: Subject) -> None:
    await page.goto("/?length=short")
    await shown(page.get_by_role("button", name="Clear filters"))
    await page.get_by_role("button", name="Clear filters").click()
    await shown(page.locator(f'a[href^="/watch/{subject.video_id}"]'))


async def watch(page: Page, subject: Subject) -> None:
    await page.goto(f"/watch/{subject.video_id}")
    await _check_watch_page(page)


async def open_card(page: Page, subject: Subject) -> None:
    await library(page, subject)
    await page.locator(f'a[href^="/watch/{subject.video_id}"]').first.click()
    await _check_watch_page(page)
    await page.go_back()
    await shown(page.get_by_role("heading", name="Library"))


async def _check_watch_page(page: Page) -> None:
    await shown(page.locator("[data-moment]"))
    await expect(page.locator("video")).to_have_js_property("readyState", 4, timeout=WAIT_MS)
    await page.get_by_role("tab", name="Transcript").click()
    await shown(page.get_by_role("list", name="Transcript").get_by_role("listitem"))
    await page.get_by_role("tab", name="Chapters").click()
    await shown(page.get_by_role("tabpanel", name="Chapters").get_by_role("button"))


async def search(page: Page, subject: Subject) -> None:
    await page.goto("/")
    await page.get_by_role("searchbox").first.fill(subject.word)
    await page.keyboard.press("Enter")
    await shown(page.locator("[data-hit]"))


async def moments(page: Page, subject: Subject) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="Moments", exact=True).click()
    await shown(page.get_by_role("heading", name="Moments", level=1))
    await shown(page.locator(f'a[href^="/watch/{subject.video_id}"]'))


async def runs(page: Page, _subject: Subject) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="Runs").click()
    await shown(page.get_by_role("list", name="Runs").get_by_role("listitem"))


def page_flow(path: str, heading: str) -> Callable[[Page, Subject], Awaitable[None]]:
    """Open a page whose content is complete when it has a heading and no skeleton."""

    async def open_page(page: Page, _subject: Subject) -> None:
        await page.goto(path)
        await shown(page.get_by_role("heading", name=heading, level=1))
        await expect(page.locator("main [aria-busy=true]")).to_have_count(0, timeout=WAIT_MS)
        await expect(page.get_by_role("alert")).to_have_count(0, timeout=WAIT_MS)

    return open_page


async def shortcuts(page: Page, _subject: Subject) -> None:
    await page.goto("/runs")
    await shown(page.get_by_role("heading", name="Runs"))
    await page.keyboard.press("?")
    await shown(page.get_by_role("dialog", name="Keyboard shortcuts"))
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Theme").click()
    await shown(page.get_by_role("menuitem", name="Dark"))


async def rename(page: Page, subject: Subject) -> None:
    title = f"Renamed {uuid4().hex[:8]}"
    await page.goto(f"/watch/{subject.video_id}")
    await page.get_by_role("button", name="More", exact=True).first.click(timeout=WAIT_MS)
    await page.get_by_role("menuitem", name="Rename").click()
    dialog = page.get_by_role("dialog", name="Rename")
    field = dialog.get_by_role("textbox", name="Title")
    await field.fill(title)
    await repeat(
        page,
        dialog.get_by_role("button", name="Rename"),
        page.get_by_role("heading", name=title, level=1),
        field,
    )
    await page.reload()
    await shown(page.get_by_role("heading", name=title, level=1))


async def rate(page: Page, subject: Subject) -> None:
    await page.goto(f"/watch/{subject.video_id}")
    moment = page.locator("[data-moment]").first
    await shown(moment)
    stars = moment.get_by_role("radio")
    number = 1 if await stars.nth(3).is_checked() else 3
    for _ in range(REPETITIONS):
        async with page.expect_response(_is_change_of_moment, timeout=WAIT_MS) as saving:
            await stars.nth(number).click(force=True)  # `check` fails if the change is undone at once
        if (await saving.value).ok:
            break
        await shown(page.get_by_role("alertdialog"))
        await expect(stars.nth(number)).not_to_be_checked()
        await dismiss_toasts(page)
    await page.reload()
    await expect(page.locator("[data-moment]").first.get_by_role("radio").nth(number)).to_be_checked(
        timeout=WAIT_MS
    )


def _is_change_of_moment(response: Response) -> bool:
    return response.request.method == "PATCH" and "/moments/" in response.url


async def export(page: Page, subject: Subject) -> None:
    await page.goto(f"/watch/{subject.video_id}")
    await shown(page.locator("[data-moment]"))
    await page.locator("[data-moment]").first.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export")
    await shown(dialog)
    await dialog.press("Escape")  # a dialog that is just opening has no focus yet
    await expect(page.get_by_role("dialog")).to_have_count(0, timeout=WAIT_MS)


async def links(page: Page, _subject: Subject) -> None:
    await page.goto("/")
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add videos")
    await shown(dialog)
    await dialog.get_by_role("textbox").fill("https://example.invalid/talk.mp4")
    await shown(dialog.get_by_role("button", name="Add to library"))


async def upload(page: Page, subject: Subject) -> None:
    name = f"upload-{uuid4().hex[:8]}.mp4"
    await page.goto("/")
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add videos")
    await shown(dialog)
    content = subject.upload.read_bytes() + uuid4().bytes
    async with page.expect_file_chooser() as choosing:
        await dialog.get_by_role("button", name="Choose files").click()
    await (await choosing.value).set_files({"name": name, "mimeType": "video/mp4", "buffer": content})
    moments_switch = dialog.get_by_role("switch", name="Find moments")
    if await moments_switch.is_checked():
        await moments_switch.locator("xpath=ancestor::label").click()
    await dialog.get_by_role("button", name="Add to library").click()
    panel = page.get_by_role("region", name="Uploads")
    done = panel.get_by_text("Added", exact=True)
    retry = panel.get_by_role("button", name="Retry")
    for _ in range(REPETITIONS):
        await shown(done.or_(retry))
        if await done.first.is_visible():
            break
        await retry.first.click()
    await shown(done)
    # The panel's entries survive a change of the page.
    await page.get_by_role("link", name="Runs").click()
    await shown(done)


FLOWS = (
    Flow("library", library),
    Flow("filters", filters),
    Flow("watch", watch),
    Flow("open a card, go back", open_card),
    Flow("search", search),
    Flow("moments", moments),
    Flow("runs", runs),
    Flow("vocabulary", page_flow("/vocabulary", "Vocabulary")),
    Flow("trash", page_flow("/trash", "Trash")),
    Flow("duplicates", page_flow("/duplicates", "Duplicates")),
    Flow("settings", page_flow("/settings", "Settings")),
    Flow("shortcuts and theme", shortcuts),
    Flow("add links", links),
    Flow("export", export),
    Flow("rename", rename, makes_changes=True),
    Flow("rate a moment", rate, makes_changes=True),
    Flow("upload", upload, makes_changes=True),
)
