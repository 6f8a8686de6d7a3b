"""`GET /api/videos/{video_id}/url`."""

import httpx

from app.core.config import Settings
from tests.api.conftest import running
from tests.api.support.rows import add_row
from tests.fixtures.library import Library


async def test_url_needs_no_key_and_has_a_lifetime(settings: Settings, library: Library) -> None:
    add_row(library, "talk")
    library.put("videos/talk/talk.mp4", b"the bytes")
    short = settings.model_copy(update={"gcs_signed_url_expiry_hours": 0.25})
    async with running(short) as client:
        answer = (await client.get("/api/videos/talk/url")).raise_for_status().json()
    assert set(answer) == {"url", "expires_in_seconds"}
    assert answer["expires_in_seconds"] == 900
    assert httpx.URL(answer["url"]).params["X-Goog-Expires"] == "900"
    async with httpx.AsyncClient() as outside:
        assert (await outside.get(answer["url"])).content == b"the bytes"
