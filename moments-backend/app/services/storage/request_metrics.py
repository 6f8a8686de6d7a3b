"""Metrics of the requests to Cloud Storage, by the operation that method and path state."""

import http
import re
import time
from collections.abc import Callable

import requests
from requests import PreparedRequest, Response

from app.core.exceptions import CancelledByUserError, UploadStalledError
from app.core.metrics import (
    STORAGE_RECEIVED_BYTES,
    STORAGE_REQUESTS,
    STORAGE_SECONDS,
    STORAGE_SENT_BYTES,
)

_BUCKET = r"/storage/v1/b/[^/?]+"
_OPERATIONS = tuple(
    (operation, method, re.compile(pattern))
    for operation, method, pattern in (
        ("upload", "POST", rf"/(?:resumable/)?upload{_BUCKET}/o\?.*uploadType=multipart"),
        ("upload_start", "POST", rf"/(?:resumable/)?upload{_BUCKET}/o\?"),
        ("upload_chunk", "PUT", r"/.*[?&]upload_id="),
        ("download", "GET", rf"(?:/download)?{_BUCKET}/o/[^?]+\?.*alt=media"),
        ("describe", "GET", rf"{_BUCKET}/o/[^?]"),
        ("list", "GET", rf"{_BUCKET}/o(?:\?|$)"),
        ("delete", "DELETE", rf"{_BUCKET}/o/[^?]"),
        ("update", "PATCH", rf"{_BUCKET}/o/[^?]"),
        ("copy", "POST", rf"{_BUCKET}/o/.*/(?:rewriteTo|copyTo|compose)"),
        ("bucket", "GET", rf"{_BUCKET}(?:\?|$)"),
    )
)
OTHER = "other"

_OUTCOMES: dict[int, str] = {
    http.HTTPStatus.UNAUTHORIZED: "unauthorized",
    http.HTTPStatus.FORBIDDEN: "forbidden",
    http.HTTPStatus.NOT_FOUND: "not_found",
    http.HTTPStatus.REQUEST_TIMEOUT: "timeout",
    http.HTTPStatus.PRECONDITION_FAILED: "precondition_failed",
    http.HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
}


def measured_send(send: Callable[[], Response], request: PreparedRequest) -> Response:
    """Send the request and count it, its bytes and its duration."""
    operation = operation_of(request.method or "", request.path_url)
    sent = _length(request.headers.get("Content-Length"))
    started = time.perf_counter()
    try:
        response = send()
    except BaseException as error:
        STORAGE_REQUESTS.labels(operation, _outcome_of_error(error)).inc()
        raise
    finally:
        STORAGE_SECONDS.labels(operation).observe(time.perf_counter() - started)
    STORAGE_REQUESTS.labels(operation, outcome_of_status(response.status_code)).inc()
    STORAGE_SENT_BYTES.labels(operation).inc(sent)
    STORAGE_RECEIVED_BYTES.labels(operation).inc(_length(response.headers.get("Content-Length")))
    return response


def operation_of(method: str, path: str) -> str:
    """Return the operation of a request; `path` includes the query."""
    for operation, its_method, pattern in _OPERATIONS:
        if method == its_method and pattern.match(path):
            return operation
    return OTHER


def outcome_of_status(status: int) -> str:
    if status < http.HTTPStatus.BAD_REQUEST:
        return "ok"
    if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return "server_error"
    return _OUTCOMES.get(status, "client_error")


def _outcome_of_error(error: BaseException) -> str:
    if isinstance(error, CancelledByUserError):
        return "cancelled"
    if isinstance(error, (requests.Timeout, UploadStalledError, TimeoutError)):
        return "timeout"
    return "connection_error"


def _length(value: str | bytes | None) -> int:
    try:
        return max(int(value or 0), 0)
    except ValueError:
        return 0
