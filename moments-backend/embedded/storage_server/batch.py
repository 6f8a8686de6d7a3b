"""Batch requests: several requests of the JSON API in one `multipart/mixed` body.

https://cloud.google.com/storage/docs/batch
"""

import email
import email.policy
import re
import secrets
from collections.abc import Awaitable, Callable
from email.message import Message
from http import HTTPStatus

from embedded.storage_server.api_errors import invalid
from embedded.storage_server.http import Request, Response

MAX_CALLS = 100
_REQUEST_LINE = re.compile(rb"([A-Z]+) (?:https?://[^/\s]+)?(/[^?\s]*)(?:\?([!-~]*))?(?: HTTP/1\.[01])?\s*")

Handle = Callable[[Request], Awaitable[Response]]


async def run_batch(request: Request, handle: Handle) -> Response:
    """Run the requests in order and return their responses in the same order."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode("latin-1")
    message = email.message_from_bytes(head + await request.body(), policy=email.policy.HTTP)
    if message.get_content_type() != "multipart/mixed" or not message.is_multipart():
        raise invalid("Expected a multipart/mixed body")
    parts = message.get_payload()
    if not isinstance(parts, list) or len(parts) > MAX_CALLS:
        raise invalid(f"A batch may contain at most {MAX_CALLS} requests")
    boundary = f"batch_{secrets.token_hex(16)}"
    body = bytearray()
    for part in parts:
        if not isinstance(part, Message):
            raise invalid("Malformed batch part")
        response = await handle(_inner_request(part, request))
        body += f"--{boundary}\r\nContent-Type: application/http\r\n".encode()
        if content_id := part.get("content-id"):
            body += f"Content-ID: {_response_id(content_id)}\r\n".encode("latin-1", "replace")
        body += b"\r\n" + _serialised(response) + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return Response(bytes(body), content_type=f"multipart/mixed; boundary={boundary}")


def _inner_request(part: Message, outer: Request) -> Request:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        raise invalid("Malformed batch part")
    head, _, body = payload.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = head.split(b"\n")
    matched = _REQUEST_LINE.fullmatch(lines[0])
    if matched is None:
        raise invalid("Malformed request line in a batch part")
    method, path, query = matched.groups(b"")
    headers = [
        (name.strip().lower(), value.strip())
        for name, separator, value in (line.partition(b":") for line in lines[1:])
        if separator
    ]
    scope = {
        "method": method.decode(),
        "raw_path": path,
        "query_string": query,
        "headers": [*headers, (b"host", outer.host.encode())],
        "scheme": outer.url.partition(":")[0],
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


def _serialised(response: Response) -> bytes:
    status = HTTPStatus(response.status)
    headers = {**response.headers, "Content-Length": str(len(response.body))}
    lines = [
        f"HTTP/1.1 {int(status)} {status.phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + response.body


def _response_id(content_id: str) -> str:
    return (
        content_id.replace("<", "<response-", 1) if content_id.startswith("<") else f"response-{content_id}"
    )
