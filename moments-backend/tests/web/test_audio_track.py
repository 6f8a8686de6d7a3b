"""The choice of an audio track for the transcript."""

import re

import pytest
from playwright.async_api import Page, expect
from psycopg.types.json import Jsonb

from tests.api.support.rows import add_row
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site

pytestmark = pytest.mark.slow


async def test_audio_track_can_be_chosen(page: Page, empty_site: Site) -> None:
    tracks = [
        {"index": 1, "codec": "aac", "channels": 2, "language": "eng", "is_default": True},
        {"index": 2, "codec": "ac3", "channels": 6, "language": "ger", "title": "Commentary"},
    ]
    add_row(empty_site.library, "tracks", media=Jsonb({"audio": tracks}), playback_state="original")
    make_video(empty_site.videos / "tracks.mp4")
    await page.goto(f"{empty_site.url}/watch/tracks")
    await page.get_by_role("button", name="Options…").click()
    dialog = page.get_by_role("dialog", name="Find moments")
    await dialog.get_by_role("button", name=re.compile("Audio track")).click()
    await page.get_by_role("option", name="2. German – Commentary (AC-3, 5.1)").click()
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Find moments").click()
    await expect(dialog).to_be_hidden()
    assert empty_site.get("/api/pipeline/tracks/status")["options"]["audio_stream"] == 2
