"""Requests and responses of the server, on plain ASGI."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from embedded.storage_server.api_errors import invalid, too_large
from embedded.storage_server.resources import checked_number

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_JSON_BYTES = 1024 * 1024
MAX_PARAMETERS = 100

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class ClientDisconnectedError(Exception):
    """The client closed the connection before its request was complete."""


class Request:
    """One request: path segments are decoded one by one, because object names may contain slashes."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.raw_path: str = scope["raw_path"].decode("latin-1")
        self.raw_query: str = scope["query_string"].decode("latin-1")
        self._scope = scope
        self._receive = receive

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The decoded parts of the path.

        Raises:
            ApiError: 400 for a name that is not UTF-8.
        """
        return tuple(_decoded(part) for part in self.raw_path.lstrip("/").split("/"))

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Headers by lower-case name; repeated ones are joined by commas."""
        headers: dict[str, str] = {}
        for name, value in self._scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            headers[key] = f"{headers[key]},{text}" if key in headers else text
        return headers

    @cached_property
    def query(self) -> Mapping[str, str]:
        try:
            pairs = parse_qsl(
                self.raw_query, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
            )
        except ValueError as error:
            raise invalid(f"Malformed query string: {str(error)[:200]}") from error
        return dict(pairs)

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def url(self) -> str:
        """Scheme and authority as the client used them, for links in responses."""
        return f"{self._scope.get('scheme', 'http')}://{self.host}"

    def integer(self, name: str) -> int | None:
        """Return a query parameter as a non-negative integer; None without it.

        Raises:
            ApiError: 400.
        """
        return checked_number(name, self.query.get(name))

    def flag(self, name: str) -> bool:
        """Return a query parameter as a boolean; Google's Python client sends `True`."""
        return self.query.get(name, "false").lower() == "true"

    @property
    def content_length(self) -> int | None:
        return checked_number("Content-Length", self.headers.get("content-length"))

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            ClientDisconnectedError: it ended early.
        """
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnectedError
            if block := message.get("body", b""):
                yield block
            if not message.get("more_body", False):
                return

    async def wait_for_disconnect(self) -> None:
        """Return once the client has closed the connection, or the response is complete."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def body(self, limit: int = MAX_JSON_BYTES) -> bytes:
        """Return the whole body.

        Raises:
            ApiError: 413, before more than `limit` bytes are kept.
        """
        if (self.content_length or 0) > limit:
            raise too_large(f"The request body is larger than {limit} bytes.")
        body = bytearray()
        async for block in self.blocks():
            body += block
            if len(body) > limit:
                raise too_large(f"The request body is larger than {limit} bytes.")
        return bytes(body)

    async def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; an empty body is an empty object."""
        return parse_json_object(await self.body())


def parse_json_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        ApiError: 400.
    """
    if not body.strip():
        return {}
    try:
        value = json.loads(body, parse_constant=_reject_constant)
        json.dumps(value, ensure_ascii=False).encode()  # fails for half a surrogate pair
    except (ValueError, RecursionError) as error:
        raise invalid(f"Parse error: {str(error)[:200]}") from error
    if value is None:  # rclone's body of a copy
        return {}
    if not isinstance(value, dict):
        raise invalid("Parse error: expected a JSON object")
    return value


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _decoded(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError as error:
        raise invalid("Object names must be valid UTF-8") from error


class Response:
    """A response whose body is known."""

    def __init__(
        self,
        body: bytes = b"",
        *,
        status: HTTPStatus = HTTPStatus.OK,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.body = body
        self.status = status
        self.headers = dict(headers or {})
        if content_type is not None:
            self.headers["Content-Type"] = content_type

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        headers = self.headers
        if self.status is not HTTPStatus.NOT_MODIFIED and self.status is not HTTPStatus.NO_CONTENT:
            headers = {**headers, "Content-Length": str(len(self.body))}
        await send_start(send, self.status, headers)
        await send({"type": "http.response.body", "body": self.body if with_body else b""})


class JsonResponse(Response):
    """A JSON object."""

    def __init__(self, value: Mapping[str, Any], *, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        super().__init__(body, status=status, content_type="application/json; charset=UTF-8")
        self.value = value


async def send_start(send: Send, status: HTTPStatus, headers: Mapping[str, str]) -> None:
    encoded = [(name.lower().encode(), _header_value(value)) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": encoded})


def _header_value(value: str) -> bytes:
    """Encode a header value as UTF-8, without the control characters that would end the header."""
    return _CONTROL_CHARACTERS.sub(" ", value).encode()
