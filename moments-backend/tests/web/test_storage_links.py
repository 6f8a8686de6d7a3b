"""Signed links of the embedded storage server in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.core.config import Settings
from app.services.storage.gcs_uploader import GCSUploader
from tests.fixtures.http_server import serving_files
from tests.fixtures.media import make_video
from tests.web.support.wait import until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from tests.fixtures.servers import SharedStack

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><title>page</title><video src="LINK"></video><script>
const video = document.querySelector("video");
video.addEventListener("loadedmetadata", () => { window.result = "loaded"; });
video.addEventListener("error", () => { window.result = "refused"; });
</script>"""


async def test_other_site_plays_valid_links_only(
    page: Page, stack: SharedStack, bucket: str, tmp_path: Path
) -> None:
    """The app may be open as `localhost`, while links name `127.0.0.1`: these are two sites."""
    servers = {name.lower(): value for name, value in stack.environment().items()}
    settings = Settings.model_validate(servers | {"gcs_bucket_name": bucket})
    uploader = GCSUploader(settings)
    video = make_video(tmp_path / "a.mp4")
    _, link = await uploader.upload_video(video, "a")
    with serving_files(tmp_path) as served:
        address = served.address.replace("127.0.0.1", "localhost")
        for source, expected in ((link, "loaded"), (link.partition("?")[0], "refused")):
            (tmp_path / f"{expected}.html").write_text(PAGE.replace("LINK", source))
            await page.goto(f"{address}/{expected}.html")
            await until(page, "window.result !== undefined")
            assert await page.evaluate("window.result") == expected
