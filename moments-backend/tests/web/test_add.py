"""Adding videos as files and links, by dialog, drop and paste."""

import base64
import re
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from psycopg.types.json import Jsonb

from tests.fixtures.http_server import serving_files
from tests.fixtures.media import make_video
from tests.fixtures.speech import SENTENCES, make_spoken_video
from tests.web.support.axe import violations
from tests.web.support.server import Site, wait_until

pytestmark = pytest.mark.slow

LONG_BYTES = 20 * 2**20
SLOW_BYTES_PER_SECOND = 2**20
"""An upload of `LONG_BYTES` is still in progress when a test has found the button that it presses."""

OTHER_SENTENCES = ("A harbour that silts up has to be dredged every spring.", *SENTENCES[1:])
"""Not the bytes of the talk that other tests have added to the shared library."""

DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type: "video/mp4" }));
  const at = (type) => new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
  document.body.dispatchEvent(at("dragenter"));
  document.body.dispatchEvent(at("dragover"));
  window.dropNow = () => document.body.dispatchEvent(at("drop"));
}"""
PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text", text);
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""


async def choose(page: Page, *files: Path) -> None:
    """Upload files through the dialog, without finding moments."""
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add videos")
    async with page.expect_file_chooser() as choosing:
        await dialog.get_by_role("button", name="Choose files").click()
    await (await choosing.value).set_files(files)
    moments = dialog.get_by_role("switch", name="Find moments")
    if await moments.is_checked():
        await moments.locator("xpath=ancestor::label").click()
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Add to library").click()


async def test_chosen_files_are_uploaded_and_registered(page: Page, empty_site: Site, tmp_path: Path) -> None:
    films = [make_video(tmp_path / f"film-{number}.mp4", seconds=2 + number) for number in range(3)]
    await page.goto(empty_site.url)
    await choose(page, *films)
    panel = page.get_by_role("region", name="Uploads")
    await expect(panel.get_by_text("Added", exact=True)).to_have_count(3)
    assert await violations(page) == []
    await expect(page.get_by_role("list", name="Videos").get_by_role("listitem")).to_have_count(3)
    for film in films:
        assert (empty_site.videos / film.name).read_bytes() == film.read_bytes()
    await panel.get_by_role("link", name="Watch film-0.mp4").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Film 0")


async def test_file_can_be_dropped_anywhere(page: Page, empty_site: Site, tmp_path: Path) -> None:
    film = make_video(tmp_path / "dropped.mp4")
    await page.goto(f"{empty_site.url}/runs")
    await expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    await page.evaluate(DROP, ["dropped.mp4", base64.b64encode(film.read_bytes()).decode()])
    await expect(page.get_by_text("Drop to add")).to_be_visible()
    await page.evaluate("window.dropNow()")
    await expect(page.get_by_text("Drop to add")).to_be_hidden()
    panel = page.get_by_role("region", name="Uploads")
    await expect(panel.get_by_text(re.compile("^Added"))).to_be_visible()
    assert set(empty_site.library.rows()) == {"dropped"}


async def test_duplicates_are_detected_and_can_be_forced(
    page: Page, empty_site: Site, tmp_path: Path
) -> None:
    film = make_video(tmp_path / "twice.mp4")
    await page.goto(empty_site.url)
    await choose(page, film)
    panel = page.get_by_role("region", name="Uploads")
    await expect(panel.get_by_text("Added", exact=True)).to_be_visible()
    await panel.get_by_role("button", name="Clear").click()
    await choose(page, film)
    await expect(panel.get_by_text("Already in the library", exact=True)).to_be_visible()
    await panel.get_by_role("button", name="Add anyway").click()
    # Equal bytes are rejected as a duplicate even with `force`.
    await expect(panel.get_by_text("Already in the library", exact=True)).to_be_visible()
    assert set(empty_site.library.rows()) == {"twice"}
    await panel.get_by_role("link", name="Watch twice.mp4").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Twice")


async def test_invalid_files_are_rejected_with_a_cause(page: Page, empty_site: Site, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a film at all" * 100)
    await page.goto(empty_site.url)
    await choose(page, broken)
    panel = page.get_by_role("region", name="Uploads")
    await expect(panel.get_by_text("Not a video file")).to_be_visible()
    await expect(panel.get_by_text("is a text file, not a video")).to_be_visible()
    await expect(panel.get_by_role("heading", name="1 failed")).to_be_visible()
    await expect(panel.get_by_role("button", name="Retry broken.mp4")).to_be_hidden()  # its bytes are deleted
    assert await violations(page) == []
    await panel.get_by_role("button", name="Dismiss broken.mp4").click()
    await expect(panel).to_be_hidden()
    assert empty_site.library.rows() == {}


async def test_pasted_link_is_processed_to_moments(page: Page, site: Site, tmp_path: Path) -> None:
    make_spoken_video(tmp_path / "pasted-talk.mp4", sentences=OTHER_SENTENCES)
    with serving_files(tmp_path) as served:
        await page.goto(site.url)
        await expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
        await page.evaluate(PASTE, f"{served.address}/pasted-talk.mp4")
        dialog = page.get_by_role("dialog", name="Add videos")
        await expect(dialog.get_by_label("Links")).to_have_value(f"{served.address}/pasted-talk.mp4")
        await dialog.get_by_role("button", name="Add to library").click()
        panel = page.get_by_role("region", name="Uploads")
        await expect(panel.get_by_role("link", name="Watch")).to_be_visible(timeout=60_000)
        await expect(page.get_by_role("link", name="Pasted Talk")).to_be_visible(timeout=60_000)
        site.wait_for_run("pasted-talk")
        await panel.get_by_role("button", name="Clear").click()

        await page.evaluate(PASTE, f"{served.address}/pasted-talk.mp4")
        await dialog.get_by_role("button", name="Add to library").click()
        await expect(panel.get_by_text("Already in the library", exact=True)).to_be_visible()
        await expect(panel.get_by_role("link", name="Watch")).to_have_attribute("href", "/watch/pasted-talk")
        site.wait_for_run("pasted-talk")
        await panel.get_by_role("button", name="Clear").click()

        # The same bytes under another address.
        shutil.copy(tmp_path / "pasted-talk.mp4", tmp_path / "moved-talk.mp4")
        await page.evaluate(PASTE, f"{served.address}/moved-talk.mp4")
        await dialog.get_by_role("button", name="Add to library").click()
        await expect(panel.get_by_text("Already in the library", exact=True)).to_be_visible(timeout=60_000)
        await expect(panel.get_by_role("button", name="Add anyway")).to_be_hidden()
        await panel.get_by_role("link", name="View run").click()
        runs = page.get_by_role("listitem").filter(has_text="Moved Talk")
        await runs.get_by_role("link", name="Watch pasted-talk").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Pasted Talk")


async def upload_with_moments(page: Page, talk: Path) -> Locator:
    """Upload a file, finding moments, and return the panel."""
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add videos")
    async with page.expect_file_chooser() as choosing:
        await dialog.get_by_role("button", name="Choose files").click()
    await (await choosing.value).set_files(talk)
    await dialog.get_by_role("button", name="Add to library").click()
    return page.get_by_role("region", name="Uploads")


async def test_panel_shows_the_run_of_a_file_to_its_end(page: Page, site: Site, tmp_path: Path) -> None:
    sentences = ("Glaciers carve their valleys slowly.", *SENTENCES[1:])
    talk = make_spoken_video(tmp_path / "followed-talk.mp4", sentences=sentences)
    await page.goto(site.url)
    panel = await upload_with_moments(page, talk)
    await expect(panel.get_by_role("heading", name="Finding moments in 1 video")).to_be_visible()
    await expect(panel.get_by_role("progressbar", name="followed-talk.mp4")).to_be_visible()
    await expect(panel.get_by_text(re.compile(r"^Added · \d+ moments? found$"))).to_be_visible(
        timeout=120_000
    )
    await expect(panel.get_by_role("heading", name="1 video added")).to_be_visible()
    assert await violations(page) == []

    # Another page: the panel takes no more room than its title.
    await panel.get_by_role("link", name="Watch followed-talk.mp4").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Followed Talk")
    await expect(panel.get_by_role("button", name="Expand")).to_be_visible()
    size = await panel.bounding_box()
    assert size is not None
    assert size["width"] < 300
    assert size["height"] < 60


async def test_panel_shows_the_failure_and_the_cancellation_of_a_run(
    page: Page, empty_site: Site, tmp_path: Path
) -> None:
    await page.goto(empty_site.url)
    panel = await upload_with_moments(page, make_video(tmp_path / "talk.mp4"))
    await expect(panel.get_by_text("Added · Queued")).to_be_visible()
    # There is no worker: the run ends without an event, as while the page is disconnected.
    error = {
        "type": "urn:videomoments:error:no-audio",
        "title": "No audio",
        "detail": "the video has no audio track",
        "remedy": "add one with sound",
        "retryable": False,
    }
    update = "UPDATE pipeline_runs SET status = %s, error = %s, finished_at = now()"
    empty_site.library.execute(update, "failed", Jsonb(error))
    await expect(panel.get_by_text("Added, but finding moments failed")).to_be_visible(timeout=60_000)
    await expect(panel.get_by_text("The video has no audio track. Add one with sound.")).to_be_visible()
    await expect(panel.get_by_role("link", name="Watch talk.mp4")).to_be_visible()
    assert await violations(page) == []
    await panel.get_by_role("button", name="Retry talk.mp4").click()
    await expect(panel.get_by_role("heading", name="Finding moments in 1 video")).to_be_visible()

    assert (await page.request.post(f"{empty_site.url}/api/pipeline/talk/cancel")).ok
    await expect(panel.get_by_text("Added; finding moments was cancelled")).to_be_visible(timeout=60_000)
    await page.get_by_role("heading", name="Library", exact=True).click()  # the panel is not in use any more
    await expect(panel.get_by_role("button", name="Expand")).to_be_visible(timeout=60_000)


async def test_invalid_link_is_rejected_with_a_cause(page: Page, empty_site: Site) -> None:
    await page.goto(empty_site.url)
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add videos")
    await dialog.get_by_label("Links").fill("talk.mp4")
    await expect(dialog.get_by_text("is not a link")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Add to library")).to_be_disabled()
    await dialog.get_by_label("Links").fill(f"https://example.org/{'x' * 9000}")
    await dialog.get_by_role("button", name="Add to library").click()
    panel = page.get_by_role("region", name="Uploads")
    await expect(panel.get_by_text("Invalid value: video_url.")).to_be_visible()
    await expect(panel.get_by_role("button", name=re.compile("^Retry https"))).to_be_visible()


def make_long_film(path: Path) -> Path:
    film = make_video(path)
    with film.open("ab") as file:
        file.truncate(LONG_BYTES)
    return film


async def limit_upload(page: Page, bytes_per_second: int) -> None:
    """Limit the speed of the page's requests; -1 removes the limit."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.enable")
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    await devtools.send(
        "Network.emulateNetworkConditions", {**conditions, "uploadThroughput": bytes_per_second}
    )


async def leave(page: Page) -> None:
    """Close the page, confirming the dialog that warns about running uploads."""
    page.once("dialog", lambda dialog: dialog.accept())
    await page.goto("about:blank")


def offsets(site: Site) -> list[int]:
    return [upload["offset"] for upload in site.get("/api/uploads")]


async def test_upload_can_be_cancelled(page: Page, empty_site: Site, tmp_path: Path) -> None:
    await page.goto(empty_site.url)
    await limit_upload(page, SLOW_BYTES_PER_SECOND)
    await choose(page, make_long_film(tmp_path / "long.mp4"))
    panel = page.get_by_role("region", name="Uploads")
    await panel.get_by_role("button", name="Cancel long.mp4").click()
    await expect(panel).to_be_hidden()
    assert empty_site.library.rows() == {}


async def test_upload_can_be_paused_and_resumed(page: Page, empty_site: Site, tmp_path: Path) -> None:
    await page.goto(empty_site.url)
    await limit_upload(page, SLOW_BYTES_PER_SECOND)
    await choose(page, make_long_film(tmp_path / "long.mp4"))
    panel = page.get_by_role("region", name="Uploads")
    await panel.get_by_role("button", name="Pause long.mp4").click()
    await expect(panel.get_by_text(re.compile("^Paused"))).to_be_visible()
    await page.wait_for_timeout(500)  # what was on its way arrives
    stopped_at = offsets(empty_site)
    await page.wait_for_timeout(1000)
    assert offsets(empty_site) == stopped_at
    assert await violations(page) == []
    await limit_upload(page, -1)
    await panel.get_by_role("button", name="Resume long.mp4").click()
    await expect(panel.get_by_text("Added", exact=True)).to_be_visible(timeout=60_000)
    assert (empty_site.videos / "long.mp4").stat().st_size == LONG_BYTES


async def test_interrupted_upload_is_offered_at_next_visit(
    page: Page, empty_site: Site, tmp_path: Path
) -> None:
    film = make_long_film(tmp_path / "long.mp4")
    await page.goto(empty_site.url)
    await limit_upload(page, SLOW_BYTES_PER_SECOND)
    await choose(page, film)
    panel = page.get_by_role("region", name="Uploads")
    await expect(panel.get_by_text(re.compile(r"^Uploading · [\d.]+ MB of"))).to_be_visible()
    await leave(page)
    (sent,) = offsets(empty_site)
    await limit_upload(page, -1)
    await page.goto(empty_site.url)
    await expect(panel.get_by_role("heading", name="1 incomplete upload")).to_be_visible()
    assert await violations(page) == []
    async with page.expect_file_chooser() as choosing:
        await panel.get_by_role("button", name="Select the file to resume").click()
    await (await choosing.value).set_files(make_video(tmp_path / "other.mp4"))
    await expect(panel.get_by_text("This is a different file")).to_be_visible()
    created: list[str] = []
    page.on("request", lambda request: created.append(request.url) if request.method == "POST" else None)
    async with page.expect_file_chooser() as choosing:
        await panel.get_by_role("button", name="Select the file to resume").click()
    await (await choosing.value).set_files(film)
    await expect(panel.get_by_text("Added", exact=True)).to_be_visible(timeout=60_000)
    assert created == [], f"it went on from {sent} bytes"
    assert (empty_site.videos / "long.mp4").stat().st_size == LONG_BYTES
    await page.goto(empty_site.url)
    await page.wait_for_timeout(4000)
    await expect(panel).to_be_hidden()


async def test_interrupted_upload_can_be_discarded(page: Page, empty_site: Site, tmp_path: Path) -> None:
    await page.goto(empty_site.url)
    await limit_upload(page, SLOW_BYTES_PER_SECOND)
    await choose(page, make_long_film(tmp_path / "long.mp4"))
    panel = page.get_by_role("region", name="Uploads")
    await expect(panel.get_by_text(re.compile(r"^Uploading · [\d.]+ MB of"))).to_be_visible()
    await leave(page)
    await page.goto(empty_site.url)
    await panel.get_by_role("button", name="Cancel long.mp4").click()
    await expect(panel).to_be_hidden()
    wait_until(lambda: offsets(empty_site) == [], 20)


DROP_FOLDER = """() => {
  const entry = (path, file) => ({
    isFile: file !== null, isDirectory: file === null, name: path.split("/").at(-1), fullPath: "/" + path,
    file: (done) => done(file),
  });
  const folder = (path, entries) => {
    const portions = [entries, []];
    const createReader = () => ({ readEntries: (done) => done(portions.shift() ?? []) });
    return { ...entry(path, null), createReader };
  };
  const file = (path) => entry(path, new File(["no video"], path.split("/").at(-1)));
  const inside = folder("Trip/Day 2", [file("Trip/Day 2/b.docx"), file("Trip/Day 2/._a.mp4")]);
  const trip = folder("Trip", [file("Trip/a.mp4"), inside]);
  const items = [{ kind: "file", webkitGetAsEntry: () => trip }];
  const drop = new Event("drop", { bubbles: true, cancelable: true });
  drop.dataTransfer = { types: ["Files"], items, files: [], getData: () => "" };
  document.body.dispatchEvent(drop);
}"""


async def test_dropped_folder_is_kept_and_refused_files_are_listed(page: Page, empty_site: Site) -> None:
    await page.goto(empty_site.url)
    await expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    await page.evaluate(DROP_FOLDER)
    panel = page.get_by_role("region", name="Uploads")
    refused = panel.get_by_role("alert", name="Files that were not added")
    await expect(refused.get_by_role("listitem")).to_have_text(
        [
            re.compile(r"Trip/Day 2/\._a\.mp4.*Hidden file"),
            re.compile(r"Trip/Day 2/b\.docx.*\.docx is not a supported video format"),
        ]
    )
    await expect(panel.get_by_role("heading", name="1 failed")).to_be_visible()
    assert await violations(page) == []
    (sent,) = empty_site.get("/api/uploads")
    assert (sent["folder"], sent["filename"]) == ("Trip", "a.mp4")
    await refused.get_by_role("button", name="Dismiss").click()
    await expect(refused).to_be_hidden()
