"""Security headers in a real browser: the app's pages work, and pages of other sites do not reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.api.support.rows import add_row
from tests.fixtures.http_server import serving_files
from tests.fixtures.media import make_video
from tests.web.conftest import policy_violations
from tests.web.support.wait import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.support.server import Site

pytestmark = pytest.mark.slow

READY = "document.querySelector('video')?.readyState >= 2"


async def test_pages_keep_their_policy(page: Page, site: Site, processed_video: str) -> None:
    """The fixture fails the test for each violation; requests to other servers fail it here."""
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    for path in ("/", "/?q=tides", "/runs", f"/watch/{processed_video}", "/watch/unknown", "/nothing"):
        response = await page.goto(site.url + path)
        assert response is not None
        assert "script-src 'self'" in response.headers["content-security-policy"]
        await expect(page.get_by_role("heading").first).to_be_visible()
    await page.goto(f"{site.url}/docs#/pipeline/generateMoments")  # the list renders what is scrolled to
    await expect(page.get_by_text("/api/generate_moments")).to_be_visible()
    assert hosts == {urlsplit(site.url).netloc}


async def test_policy_violations_are_reported(browser: Browser, site: Site) -> None:
    """Without this, the tests would pass with a policy that is not enforced or not reported."""
    page = await browser.new_page()  # not the fixture, which fails for the violation
    await page.goto(site.url)
    async with page.expect_console_message(lambda message: policy_violations(message) != []) as reporting:
        await page.evaluate(
            "const script = document.createElement('script'); script.textContent = 'window.ran = true';"
            " document.body.append(script)"
        )
    assert await page.evaluate("window.ran === undefined")
    assert "script-src 'self'" in (await reporting.value).text
    await page.close()


async def test_video_plays_from_a_signed_url(page: Page, site: Site, tmp_path: Path) -> None:
    """`media-src` allows the host of the bucket, which the API redirects to."""
    content = make_video(tmp_path / "cloud-only.mp4").read_bytes()
    site.library.put("videos/cloud-only/cloud-only.mp4", content)
    add_row(site.library, "cloud-only")
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    await page.goto(f"{site.url}/watch/cloud-only")
    await until(page, READY)
    assert len(hosts) == 2


async def test_video_opens_in_a_tab_of_its_own(page: Page, site: Site, processed_video: str) -> None:
    await page.goto(f"{site.url}/api/videos/{processed_video}/stream")
    await until(page, READY)


FOREIGN_PAGE = """<!doctype html><title>foreign</title><script>
window.results = {};
function record(name, element, loaded) {
  element.addEventListener(loaded, () => { results[name] = "loaded"; });
  element.addEventListener("error", () => { results[name] = "refused"; });
}
const image = new Image(), video = document.createElement("video");
record("thumbnail", image, "load");
record("stream", video, "loadedmetadata");
image.src = "URL/api/videos/private/thumbnail";
video.src = "URL/api/videos/private/stream";
const send = (name, path, options) => fetch("URL" + path, options).then(
  () => { results[name] = "readable"; }, () => { results[name] = "refused"; });
send("list", "/api/videos");
send("delete", "/api/videos/private", { method: "DELETE" });
send("cancel", "/api/pipeline/private/cancel", { method: "POST" });
</script>"""


async def test_pages_of_other_origins_are_refused(page: Page, empty_site: Site, tmp_path: Path) -> None:
    make_video(empty_site.videos / "private.mp4")
    add_row(empty_site.library, "private")
    async with httpx.AsyncClient(base_url=empty_site.url) as client:
        (await client.get("/api/videos/private/thumbnail")).raise_for_status()
        (await client.post("/api/generate_moments", json={"video_id": "private"})).raise_for_status()
    (tmp_path / "index.html").write_text(FOREIGN_PAGE.replace("URL", empty_site.url))
    with serving_files(tmp_path) as foreign:
        await page.goto(f"{foreign.address}/index.html")
        await until(page, "Object.keys(results).length === 5")
        assert set((await page.evaluate("results")).values()) == {"refused"}
    # The library has no worker, so only a cancellation could have changed the run.
    assert empty_site.get("/api/pipeline/private/status")["status"] == "queued"
    assert empty_site.get("/api/videos/private")["id"] == "private"
