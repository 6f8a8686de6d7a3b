"""Ends event streams, which otherwise outlive their key or session."""

import math
import time
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect
from starlette.types import Message, Send

from app.core.exceptions import UnauthorizedError, VideoMomentsError

CHECK_SECONDS = 30.0
"""Shortest time between two checks of a stream; a message, at the latest a ping, triggers them."""
_EVENT_STREAM = b"text/event-stream"


def revocable_send(send: Send, authenticate: Callable[[], Awaitable[object]]) -> Send:
    """Return a `send` that ends an event stream once `authenticate` raises `UnauthorizedError`.

    The `send` raises `ClientDisconnect` then, as if the client were gone.
    """
    next_check = math.inf

    async def send_checked(message: Message) -> None:
        nonlocal next_check
        if message["type"] == "http.response.start":
            if _is_event_stream(message):
                next_check = time.monotonic() + CHECK_SECONDS
        elif time.monotonic() >= next_check:
            next_check = time.monotonic() + CHECK_SECONDS
            if await _is_revoked(authenticate):
                next_check = math.inf
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise ClientDisconnect
        await send(message)

    return send_checked


async def _is_revoked(authenticate: Callable[[], Awaitable[object]]) -> bool:
    try:
        await authenticate()
    except UnauthorizedError:
        return True
    except VideoMomentsError:  # Redis or PostgreSQL is unavailable; the next check decides
        return False
    return False


def _is_event_stream(start: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(_EVENT_STREAM) for name, value in start["headers"]
    )
