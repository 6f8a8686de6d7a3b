"""Types and sizes of request bodies."""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.exceptions import BodyTooLargeError, InvalidRequestError, UnsupportedBodyError

MIB = 1024**2
JSON_BYTES = MIB


@dataclass(frozen=True)
class BodyRule:
    """The bodies that some operations accept."""

    methods: frozenset[str]
    path: re.Pattern[str]
    max_bytes: int | None
    """None: the operation counts the bytes itself."""


def _rule(methods: str, path: str, max_bytes: int | None) -> BodyRule:
    return BodyRule(frozenset(methods.split()), re.compile(path), max_bytes)


_VIDEO = "/api/videos/[^/]+"
RULES = (
    _rule("PATCH", "/api/uploads/[^/]+", None),
    _rule("PUT POST", rf"{_VIDEO}/(transcript|captions)([./].*)?", 32 * MIB),
    _rule("PUT POST", f"{_VIDEO}/thumbnail", 20 * MIB),
)
"""Operations that accept other types than JSON. All others accept JSON of at most `JSON_BYTES`."""


def check_body(method: str, path: str, headers: Headers) -> int | None:
    """Return the number of bytes that the body may have; None: any.

    Raises:
        BodyTooLargeError: the announced length is over the limit.
        InvalidRequestError: the announced length is not a number.
        UnsupportedBodyError: the type is not JSON. Pages of other sites can send `text/plain` unasked.
    """
    rule = next((rule for rule in RULES if method in rule.methods and rule.path.fullmatch(path)), None)
    limit = JSON_BYTES if rule is None else rule.max_bytes
    length = _content_length(headers)
    if limit is not None and length > limit:
        raise BodyTooLargeError(limit)
    if rule is None and (length or "transfer-encoding" in headers):
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        # A proxy may forward a request without a body, and so without a type, as an empty chunked one.
        if content_type != "application/json" and (content_type or length):
            raise UnsupportedBodyError(content_type)
    return limit


def _content_length(headers: Headers) -> int:
    text = headers.get("content-length", "0").strip()
    if not re.fullmatch(r"[0-9]{1,20}", text):  # a server other than ours may pass it on
        raise InvalidRequestError("invalid Content-Length")
    return int(text)


async def with_limited_body(app: ASGIApp, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    """Call `app` with a body whose length was not announced.

    Raises:
        BodyTooLargeError: the client sent more than `limit` bytes.
    """
    received = 0
    started = False

    def is_over() -> bool:
        return received > limit

    async def limited_receive() -> Message:
        nonlocal received
        if is_over():
            return {"type": "http.disconnect"}
        message = await receive()
        received += len(message.get("body", b""))
        # The application ends as if the client were gone.
        return {"type": "http.disconnect"} if is_over() else message

    async def send_unless_over(message: Message) -> None:
        nonlocal started
        if not is_over() or started:
            started = True
            await send(message)

    try:
        await app(scope, limited_receive, send_unless_over)
    finally:
        if is_over() and not started:
            raise BodyTooLargeError(limit)
