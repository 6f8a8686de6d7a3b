"""Checks every response of a test against the OpenAPI document."""

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import httpx

from app.main import create_app


@cache
def document() -> dict[str, Any]:
    return create_app().openapi()


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """Return the operation of a request; None if there is none."""
    for template, operations in document()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None


async def assert_declared(response: httpx.Response) -> None:
    """Assert that status and content type of the response are declared."""
    request = response.request
    operation = operation_of(request.method, request.url.raw_path.decode().partition("?")[0])
    if operation is None:
        assert response.status_code < 500
        return
    assert str(response.status_code) in operation["responses"], (request, response)
    declared = operation["responses"][str(response.status_code)].get("content", {})
    content_type = response.headers.get("content-type", "").partition(";")[0]
    if request.method != "HEAD" and declared:
        assert any(fnmatchcase(content_type, pattern) for pattern in declared), (content_type, declared)
    if request.method != "HEAD" and not declared:
        assert await response.aread() == b""
