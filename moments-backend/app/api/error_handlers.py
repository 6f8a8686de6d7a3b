"""Converts every error into `application/problem+json` (https://www.rfc-editor.org/rfc/rfc9457)."""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from psycopg import Error as DriverError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.openapi import allowed_methods
from app.api.responses import PROBLEM_MEDIA_TYPE
from app.core.exceptions import (
    PROBLEM_TYPE_PREFIX,
    AlreadyInLibraryError,
    InternalError,
    InvalidRequestError,
    UnauthorizedError,
    VideoInTrashError,
    VideoMomentsError,
)
from app.core.metrics import PROBLEMS
from app.core.request_context import current_request_id
from app.database.errors import map_error
from app.models.schemas import FieldError, Problem

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
_SHARE_TOKEN = re.compile(r"(?<=/shared/)[^/]+")

_ROUTER_PROBLEMS = {
    404: ("not-found", "Not found", "no route matches this path"),
    405: ("method-not-allowed", "Method not allowed", "this path does not support the method"),
}


def problem_response(error: VideoMomentsError, errors: Sequence[FieldError] | None = None) -> Response:
    """Return the response for `error`."""
    headers = {}
    if isinstance(error, UnauthorizedError):
        headers["www-authenticate"] = error.challenge
    is_overload = error.status in {HTTPStatus.TOO_MANY_REQUESTS, InternalError.status}
    if error.retryable and (is_overload or error.retry_after is not None):
        headers["retry-after"] = str(error.retry_after or RETRY_AFTER_SECONDS)
    problem = Problem(
        type=PROBLEM_TYPE_PREFIX + error.type,
        title=error.title,
        status=error.status,
        detail=error.cause,
        retryable=error.retryable,
        remedy=error.remedy,
        errors=None if errors is None else list(errors),
        video_id=error.video_id if isinstance(error, AlreadyInLibraryError | VideoInTrashError) else None,
    )
    return _response(problem, headers)


class ErrorMiddleware:
    """Answers exceptions of the application; ends the connection if the response has already started.

    Pure ASGI, inside the CORS middleware and around all others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def tracking_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, tracking_send)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - the outermost handler
            mapped = _map_and_log(error, scope)
            # A started response can only be cut short: the server closes the connection, and the client
            # receives fewer bytes than announced.
            if not started:
                await problem_response(mapped)(scope, receive, send)


def add_exception_handlers(app: FastAPI) -> None:
    """Convert errors of the framework, too."""
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


def _map_and_log(error: Exception, scope: Scope) -> VideoMomentsError:
    request = {"method": scope["method"], "path": without_token(scope["path"])}
    mapped = error if isinstance(error, VideoMomentsError) else None
    if mapped is None and isinstance(error, (SQLAlchemyError, DriverError)):
        mapped = map_error(error)
    if mapped is None:
        logger.error("unexpected error", extra=request, exc_info=error)
        return InternalError()
    if mapped.status >= InternalError.status:
        logger.warning("%s", mapped.cause, extra=request | {"type": mapped.type})
    return mapped


def without_token(path: str) -> str:
    """Return a path for the log, without the token of a share link, which is its only protection."""
    return _SHARE_TOKEN.sub("…", path, count=1)


async def _on_validation_error(_: Request, error: Exception) -> Response:
    errors = [
        FieldError(
            location=[_encodable(part) for part in entry["loc"]],
            message=_encodable(entry["msg"].removeprefix("Value error, ")),
        )
        for entry in (error.errors() if isinstance(error, RequestValidationError) else ())
    ]
    names = ", ".join(dict.fromkeys(_field_name(field) for field in errors))
    return problem_response(InvalidRequestError(f"invalid value: {names}"), errors)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else InternalError.status
    if status == HTTPStatus.BAD_REQUEST:  # raised by the framework for a body that is not JSON
        invalid = FieldError(location=["body"], message="malformed JSON")
        return problem_response(InvalidRequestError("invalid value: body"), [invalid])
    headers = dict((error.headers if isinstance(error, HTTPException) else None) or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:  # the router lists the methods of one route only
        headers["Allow"] = ", ".join(allowed_methods(request.app, request.scope["path"])) or headers["Allow"]
    name, title, detail = _ROUTER_PROBLEMS.get(status, ("bad-request", "Invalid request", ""))
    problem = Problem(
        type=PROBLEM_TYPE_PREFIX + name,
        title=title,
        status=status,
        detail=detail or str(getattr(error, "detail", title)),
        retryable=False,
    )
    return _response(problem, headers)


def _response(problem: Problem, headers: Mapping[str, str]) -> Response:
    problem.request_id = current_request_id()
    PROBLEMS.labels(problem.type.removeprefix(PROBLEM_TYPE_PREFIX)).inc()
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=problem.status,
        headers=dict(headers),
        media_type=PROBLEM_MEDIA_TYPE,
    )


def _field_name(error: FieldError) -> str:
    """Return the last name of the location; indexes of lists and characters are numbers."""
    return next(str(part) for part in reversed(error.location) if isinstance(part, str))


def _encodable(value: Any) -> Any:
    """Replace unpaired surrogates, which clients can send and UTF-8 cannot encode."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
