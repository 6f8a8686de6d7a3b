"""Ends streams that would otherwise outlive the key, session or share link that permitted them."""

import time
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect
from starlette.types import Message, Send

from app.core.exceptions import UnauthorizedError, VideoMomentsError

CHECK_SECONDS = 30.0
"""Shortest time between two checks of an event stream; a message, at the latest a ping, triggers them."""
_EVENT_STREAM = b"text/event-stream"

Check = Callable[[], Awaitable[object]]


class Permission:
    """The permission of one stream, checked again while it is sent.

    Args:
        check: raises `revoked_by` once the permission has ended.
        seconds: shortest time between two checks.
    """

    def __init__(self, check: Check, revoked_by: type[VideoMomentsError], seconds: float) -> None:
        self._check = check
        self._revoked_by = revoked_by
        self._seconds = seconds
        self._next_check = time.monotonic() + seconds

    async def is_revoked(self) -> bool:
        """Return whether the permission has ended; False without a check until the next one is due."""
        if time.monotonic() < self._next_check:
            return False
        self._next_check = time.monotonic() + self._seconds
        try:
            await self._check()
        except self._revoked_by:
            return True
        except VideoMomentsError:  # Redis or PostgreSQL is unavailable; the next check decides
            return False
        return False


def revocable_send(send: Send, authenticate: Check) -> Send:
    """Return a `send` that ends an event stream once `authenticate` raises `UnauthorizedError`.

    The `send` raises `ClientDisconnect` then, as if the client were gone.
    """
    permission: Permission | None = None

    async def send_checked(message: Message) -> None:
        nonlocal permission
        if message["type"] == "http.response.start":
            if _is_event_stream(message):
                permission = Permission(authenticate, UnauthorizedError, CHECK_SECONDS)
        elif permission is not None and await permission.is_revoked():
            permission = None
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            raise ClientDisconnect
        await send(message)

    return send_checked


def _is_event_stream(start: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(_EVENT_STREAM) for name, value in start["headers"]
    )
