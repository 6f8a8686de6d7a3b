"""Responses to requests that end before the application sees them."""

import json
from collections.abc import Iterable
from http import HTTPStatus

from app.core.exceptions import PROBLEM_TYPE_PREFIX
from app.core.metrics import PROBLEMS
from app.core.request_context import new_request_id
from app.core.security_headers import SECURITY_HEADERS

_RETRYABLE = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}


class RejectedError(Exception):
    """Raised inside the parser's callbacks, which end the parser with it."""

    def __init__(self, status: HTTPStatus, name: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.name, self.detail = status, name, detail
        self.request_id = new_request_id()

    def response(self, default_headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return problem details after which the connection ends."""
        problem = {
            "type": PROBLEM_TYPE_PREFIX + self.name,
            "title": self.status.phrase,
            "status": self.status,
            "detail": self.detail,
            "retryable": self.status in _RETRYABLE,
            "request_id": self.request_id,
        }
        PROBLEMS.labels(self.name).inc()
        body = json.dumps(problem).encode()
        headers = [
            *default_headers,
            *((name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()),
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"x-request-id", self.request_id.encode()),
            (b"connection", b"close"),
        ]
        start = f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n".encode()
        return start + b"".join(b"%s: %s\r\n" % header for header in headers) + b"\r\n" + body


def head_too_large(detail: str) -> RejectedError:
    return RejectedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", detail)


def invalid_http(detail: str) -> RejectedError:
    return RejectedError(HTTPStatus.BAD_REQUEST, "invalid-http", detail)


def too_many_requests() -> RejectedError:
    return RejectedError(HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", "too many pipelined requests")


def too_many_connections() -> RejectedError:
    return RejectedError(
        HTTPStatus.SERVICE_UNAVAILABLE, "too-many-connections", "the server has too many open connections"
    )
