"""Exports in the app: the dialog, the crop preview, the tray, and files for other programs."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Download, Locator, Page, expect

from tests.api.support.rows import add_row
from tests.fixtures.media import make_video
from tests.media.support.numbered_frames import ffprobe
from tests.web.support.axe import violations
from tests.web.support.server import Site, wait_until
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

EXPORT_MS = 60_000
"""Time for an export of some seconds on a busy machine."""
OPENS_MS = 1_000
"""Time after which the tray does not open by itself any more."""
IN_USE = "document.querySelector('[data-preview] video')?.readyState >= 2"


async def opened(page: Page, site: Site, video: str) -> Locator:
    """Open the watch page, and return the first moment."""
    await page.goto(f"{site.url}/watch/{video}")
    card = page.locator("[data-moment]").first
    await expect(card).to_be_visible()
    return card


async def open_dialog(page: Page, site: Site, video: str) -> Locator:
    card = await opened(page, site, video)
    await card.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export moment")
    await until(page, IN_USE)
    return dialog


def tray_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Exports", exact=True)


async def open_tray(page: Page) -> None:
    """Open the tray, which opens by itself if exports of other tests are active."""
    button = page.get_by_role("button", name=re.compile("^Exports"))
    await expect(button).to_be_visible()
    try:
        await expect(button).to_have_attribute("aria-expanded", "true", timeout=OPENS_MS)
    except AssertionError:
        await button.click()
    await expect(tray_of(page).get_by_role("listitem").first).to_be_visible()


async def saved(download: Download, folder: Path) -> Path:
    path = folder / download.suggested_filename
    await download.save_as(path)
    return path


async def test_three_clicks_make_a_vertical_captioned_file(
    page: Page, site: Site, processed_video: str, tmp_path: Path
) -> None:
    card = await opened(page, site, processed_video)
    title = await card.get_by_role("heading").inner_text()

    await card.get_by_role("button", name="Export").click()
    await page.get_by_text("Vertical 9:16").click()
    async with page.expect_response(re.compile("/exports$")) as answering:
        await page.get_by_role("dialog").get_by_role("button", name="Export", exact=True).click()

    (export,) = await (await answering.value).json()
    assert export["captions"] == "burned"
    tray = tray_of(page)
    await expect(tray.get_by_text(title)).to_be_visible()
    link = tray.get_by_role("link", name=f"Download {title}")
    await expect(link).to_be_visible(timeout=EXPORT_MS)
    async with page.expect_download() as downloading:
        await link.click()
    path = await saved(await downloading.value, tmp_path)
    assert path.name == export["filename"]
    (picture,) = [one for one in ffprobe(path)["streams"] if one["codec_type"] == "video"]
    assert picture["width"] * 16 == pytest.approx(picture["height"] * 9, rel=0.02)

    await page.reload()
    await open_tray(page)
    await expect(link).to_be_visible()
    assert await violations(page) == []


async def test_finished_export_is_announced(page: Page, site: Site, processed_video: str) -> None:
    dialog = await open_dialog(page, site, processed_video)
    await dialog.get_by_text("Original", exact=True).first.click()
    await dialog.get_by_role("button", name="Export", exact=True).click()
    await tray_of(page).get_by_role("button", name="Close exports").click()
    message = page.get_by_role("alertdialog").filter(has_text="Export ready")
    await expect(message).to_be_visible(timeout=EXPORT_MS)
    async with page.expect_download() as downloading:
        await message.get_by_role("button", name="Download").click()
    assert (await downloading.value).suggested_filename.endswith(".mp4")


async def test_dragging_the_picture_sends_its_position(page: Page, site: Site, processed_video: str) -> None:
    dialog = await open_dialog(page, site, processed_video)
    await dialog.get_by_text("Vertical 9:16").click()
    slider = dialog.get_by_role("slider", name="Crop position")
    picture = page.locator("[data-preview]")
    box = await picture.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x - 2 * box["width"], y, steps=5)
    await page.mouse.up()
    await expect(slider).to_have_value("1")
    await dialog.get_by_role("button", name="Centre").click()
    await expect(slider).to_have_value("0.5")
    await slider.press("Shift+ArrowLeft")
    await slider.press("ArrowLeft")
    await expect(picture.locator("video")).to_have_css("object-position", "38% 50%")
    async with page.expect_request(re.compile("/exports$")) as requested:
        await dialog.get_by_role("button", name="Export", exact=True).click()
    sent = json.loads((await requested.value).post_data or "")
    assert (sent["format"], sent["crop"]) == ("9:16", {"x": 0.38, "y": 0.5})


async def test_last_options_are_remembered(page: Page, site: Site, processed_video: str) -> None:
    dialog = await open_dialog(page, site, processed_video)
    for choice in ("Portrait", "Blurred background", "Separate file", "Fade in and out at the cuts"):
        await dialog.get_by_text(choice).click()
    await expect(dialog.get_by_role("slider", name="Crop position")).to_be_hidden()
    await dialog.get_by_role("button", name="Export", exact=True).click()
    await expect(dialog).to_be_hidden()
    dialog = await open_dialog(page, site, processed_video)
    for choice in ("Portrait", "Blurred background", "Separate file"):
        await expect(dialog.get_by_role("radio", name=re.compile(choice))).to_be_checked()
    await expect(dialog.get_by_role("switch", name=re.compile("Fade"))).not_to_be_checked()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
async def test_dialog_and_tray_are_accessible(
    page: Page, site: Site, processed_video: str, width: int, scheme: str
) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": 844})
    dialog = await open_dialog(page, site, processed_video)
    await dialog.get_by_text("Karaoke").click()
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Export", exact=True).click()
    await expect(dialog).to_be_hidden()
    await open_tray(page)
    # Rows that change during the check would be measured partly before and partly after.
    await expect(tray_of(page).get_by_role("progressbar")).to_have_count(0, timeout=EXPORT_MS)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_editor_files_are_downloads(
    page: Page, site: Site, processed_video: str, tmp_path: Path
) -> None:
    await opened(page, site, processed_video)
    menu = page.get_by_role("main").get_by_role("button", name="Export", exact=True).first
    for item, ending, start in (
        ("EDL", ".edl", "TITLE:"),
        ("FCPXML", ".fcpxml", "<?xml"),
        ("CSV", ".csv", ""),
    ):
        await menu.click()
        async with page.expect_download() as downloading:
            await page.get_by_role("menuitem", name=item).click()
        path = await saved(await downloading.value, tmp_path)
        assert path.suffix == ending
        assert path.read_text("utf-8-sig").startswith(start)
    await menu.click()
    await page.get_by_role("menuitem", name="YouTube chapters").click()
    await expect(page.get_by_text("Could not download YouTube chapters")).to_be_visible()  # too few chapters
    await menu.click()
    await page.get_by_role("menuitem", name="Captions of each clip").click()
    assert await violations(page) == []
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name=re.compile("^Download SRT")).first.click()
    assert "00:00:00" in (await saved(await downloading.value, tmp_path)).read_text()


def add_without_file(site: Site, name: str) -> tuple[Path, str]:
    """Add the row of a video whose file is elsewhere, and return both."""
    path = make_video(site.videos.parent / f"{name}.mp4", seconds=4, size="160x90")
    facts: dict[str, Any] = {"resolution": "160x90", "duration_seconds": 4.0, "video_codec": "h264"}
    add_row(site.library, name, relative_path=path.name, size_bytes=path.stat().st_size, **facts)
    return path, f"videos/{name}/{name}.mp4"


def export_range(site: Site, video: str, start: float, end: float) -> str:
    wanted = {"start_time": start, "end_time": end, "title": f"From {start:g}", "audio_fade": False}
    answer = httpx.post(f"{site.url}/api/videos/{video}/exports", json=wanted).raise_for_status()
    return str(answer.json()[0]["id"])


async def test_exports_are_cancelled_retried_and_deleted(
    page: Page, empty_site: Site, tmp_path: Path
) -> None:
    path, object_name = add_without_file(empty_site, "absent")
    for start in (0, 1):
        export_range(empty_site, "absent", start, start + 2)
    await page.goto(empty_site.url)
    tray = tray_of(page)
    await expect(tray.get_by_role("heading", name="Exporting 2 files")).to_be_visible()
    row = tray.get_by_role("listitem").filter(has_text="From 1")
    await row.get_by_role("button", name="Cancel From 1").click()
    await expect(row).to_contain_text("Cancelled")
    with empty_site.running_worker():
        other = tray.get_by_role("listitem").filter(has_text="From 0")
        await expect(other).to_contain_text("Failed", timeout=EXPORT_MS)
        await expect(other).to_contain_text("absent.mp4")
        empty_site.library.put(object_name, path.read_bytes())
        await other.get_by_role("button", name="Retry From 0").click()
        await row.get_by_role("button", name="Retry From 1").click()
        for one in (row, other):
            await expect(one.get_by_role("link", name="Download")).to_be_visible(timeout=EXPORT_MS)
    async with page.expect_download() as downloading:
        await tray.get_by_role("link", name="Download all 2 files").click()
    with zipfile.ZipFile(await saved(await downloading.value, tmp_path)) as archive:
        assert sorted(archive.namelist()) == ["From 0.mp4", "From 1.mp4"]
    await tray.get_by_role("button", name="Clear…").click()
    await page.get_by_role("alertdialog", name="Delete 2 exports?").get_by_text("Delete", exact=True).click()
    await expect(page.get_by_role("button", name=re.compile("^Exports"))).to_be_hidden()
    assert empty_site.get("/api/exports") == []


async def test_size_of_the_file_is_stated_beforehand(page: Page, site: Site, processed_video: str) -> None:
    resolution = site.get(f"/api/videos/{processed_video}")["resolution"]
    width, height = (int(side) for side in resolution.split("x"))
    dialog = await open_dialog(page, site, processed_video)
    await dialog.get_by_text("Vertical 9:16").click()
    size = dialog.get_by_role("status").filter(has_text="pixels")
    await expect(size).to_contain_text(f"The video has only {width} × {height} pixels")
    stated = await size.locator("p").first.inner_text()
    async with page.expect_response(re.compile("/exports$")) as answering:
        await dialog.get_by_role("button", name="Export", exact=True).click()
    (export,) = await (await answering.value).json()

    wait_until(lambda: site.get(f"/api/exports/{export['id']}")["state"] == "completed", EXPORT_MS / 1000)
    response = await page.request.get(site.url + site.get(f"/api/exports/{export['id']}")["url"])
    path = site.settings.static_path / "stated.mp4"
    path.write_bytes(await response.body())
    (picture,) = [one for one in ffprobe(path)["streams"] if one["codec_type"] == "video"]
    path.unlink()
    assert stated == f"{picture['width']} × {picture['height']} pixels"


async def test_menus_state_what_links_and_exports_give(page: Page, site: Site, processed_video: str) -> None:
    """The menus of cards, videos and moments."""
    described = {
        "Copy link": "For people with access to this library",
        "Share…": "A link that anyone can open",
    }
    await page.goto(site.url)
    await page.get_by_role("button", name="Actions for Why The Tides Turn").first.click()
    items = described | {"Export moments…": "Video files of its moments", "Download": "The original file"}
    for name, description in items.items():
        await expect(page.get_by_role("menuitem", name=f"{name} {description}", exact=True)).to_be_visible()
    assert await violations(page) == []
    card = await opened(page, site, processed_video)
    for button in (
        page.locator("header").get_by_role("button", name="More", exact=True),
        card.locator("[data-part=more]"),
    ):
        await button.last.click()
        for name, description in described.items():
            await expect(
                page.get_by_role("menuitem", name=f"{name} {description}", exact=True)
            ).to_be_visible()
        await page.keyboard.press("Escape")
