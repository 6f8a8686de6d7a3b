"""Responses with the bytes of share links: revocation while they are sent, and their number."""

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.types import Message

from app.api import object_response
from app.api.endpoints import shared
from app.main import app
from tests.api.support.rows import add_row
from tests.fixtures.library import Library

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PIECES = 8
PIECE = b"0123456789"


class Viewer:
    """A client whose `receive` and `send` the test controls.

    Attributes:
        on_send: called for each message before it counts as received.
    """

    def __init__(self, path: str, client: str = "127.0.0.1") -> None:
        self.path = path
        self.client = client
        self.messages: list[Message] = []
        self.on_send: Callable[[Message], Awaitable[None]] | None = None

    async def watch(self) -> None:
        """Request the video and return when the response ends."""
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "client": (self.client, 1),
            "server": ("localhost", 80),
        }
        await app(scope, self._receive, self._send)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def is_complete(self) -> bool:
        return not self.messages[-1].get("more_body", False)

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        if self.on_send is not None:
            await self.on_send(message)
        self.messages.append(message)


@pytest.fixture
async def link(client: httpx.AsyncClient, library: Library, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the path of the bytes of a link to a video of `PIECES` pieces, each of which is checked."""
    monkeypatch.setattr(object_response, "PIECE_BYTES", len(PIECE))
    monkeypatch.setattr(shared, "CHECK_SECONDS", 0.0)
    add_row(library, "talk", playback_state="ready")
    library.put("playback/talk/talk.mp4", PIECE * PIECES)
    created = (await client.post("/api/videos/talk/shares", json={})).json()
    url: str = created["url"]
    return url.replace("http://localhost/s/", "/shared/") + "/video"


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE share_links SET revoked_at = now()",
        "UPDATE share_links SET expires_at = now()",
        "UPDATE videos SET deleted_at = now()",
    ],
    ids=["revoked", "expired", "trashed"],
)
async def test_open_responses_end_with_their_link(link: str, library: Library, ending: str) -> None:
    viewer = Viewer(link)

    async def end_link(message: Message) -> None:
        if message.get("body") and len(viewer.body) == len(PIECE):
            library.execute(ending)

    viewer.on_send = end_link
    await viewer.watch()
    assert viewer.status == 200
    assert viewer.body == PIECE * 2  # the second one was sent while the link ended
    assert not viewer.is_complete


async def test_active_links_send_everything(link: str) -> None:
    viewer = Viewer(link)
    await viewer.watch()
    assert (viewer.status, viewer.body, viewer.is_complete) == (200, PIECE * PIECES, True)


async def test_responses_count_before_their_first_byte(link: str) -> None:
    may_start, waiting = asyncio.Event(), 0
    viewers = [Viewer(link) for _ in range(object_response.MAX_PER_CLIENT)]

    async def wait(_: Message) -> None:
        nonlocal waiting
        waiting += 1
        await may_start.wait()
        raise OSError  # the client disconnects before the first byte

    for viewer in viewers:
        viewer.on_send = wait
    tasks = [asyncio.create_task(viewer.watch()) for viewer in viewers]
    async with asyncio.timeout(30):
        while waiting < len(viewers):
            await asyncio.sleep(0.01)
    refused, other = Viewer(link), Viewer(link, "127.0.0.2")
    await refused.watch()
    await other.watch()
    assert (refused.status, other.status) == (429, 200)
    may_start.set()
    await asyncio.gather(*tasks)
    # Each response has released its slot, and only once.
    assert not app.state.object_streams._active
    await (admitted := Viewer(link)).watch()
    assert admitted.status == 200
