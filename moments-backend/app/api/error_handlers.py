"""Every error becomes `application/problem+json`, in one place.

https://www.rfc-editor.org/rfc/rfc9457
"""

import logging
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

from app.api.openapi import PROBLEM_MEDIA_TYPE, allowed_methods
from app.core.exceptions import (
    AlreadyInLibraryError,
    InternalError,
    InvalidRequestError,
    UnauthorizedError,
    VideoMomentsError,
)
from app.database.errors import map_error
from app.models.schemas import FieldError, Problem

logger = logging.getLogger(__name__)

TYPE_PREFIX = "urn:videomoments:error:"
RETRY_AFTER_SECONDS = 5

_ROUTER_PROBLEMS = {
    404: ("not-found", "There is no such thing", "nothing is served at this address"),
    405: ("method-not-allowed", "The method is not allowed", "this address does not answer that method"),
}


def problem_response(error: VideoMomentsError, errors: Sequence[FieldError] | None = None) -> Response:
    """What a client is told of `error`."""
    headers = {}
    if isinstance(error, UnauthorizedError):
        headers["www-authenticate"] = "Bearer"
    if error.retryable and error.status == InternalError.status:
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return _response(
        Problem(
            type=TYPE_PREFIX + error.type,
            title=error.title,
            status=error.status,
            detail=error.cause,
            retryable=error.retryable,
            remedy=error.remedy,
            errors=None if errors is None else list(errors),
            video_id=error.video_id if isinstance(error, AlreadyInLibraryError) else None,
        ),
        headers,
    )


class ErrorMiddleware:
    """Answers for what the application raises, and ends the connection where an answer is under way.

    Pure ASGI, inside the CORS headers and around everything else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - this is where every error ends
            named = _named(error, scope)
            # An answer that began can only be cut short: the server closes the connection, and the client
            # sees fewer bytes than it was promised.
            if not started:
                await problem_response(named)(scope, receive, send)


def add_exception_handlers(app: FastAPI) -> None:
    """Give the framework's own errors the same form."""
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_exception)


def _named(error: Exception, scope: Scope) -> VideoMomentsError:
    where = {"method": scope["method"], "path": scope["path"]}
    named = error if isinstance(error, VideoMomentsError) else None
    if named is None and isinstance(error, (SQLAlchemyError, DriverError)):
        named = map_error(error)
    if named is None:
        logger.error("unexpected error", extra=where, exc_info=error)
        return InternalError()
    if named.status >= InternalError.status:
        logger.warning("%s", named.cause, extra=where | {"type": named.type})
    return named


async def _on_invalid(_: Request, error: Exception) -> Response:
    invalid = [
        FieldError(
            location=[_printable(part) for part in entry["loc"]],
            message=_printable(entry["msg"].removeprefix("Value error, ")),
        )
        for entry in (error.errors() if isinstance(error, RequestValidationError) else ())
    ]
    names = ", ".join(dict.fromkeys(_name(value) for value in invalid))
    return problem_response(InvalidRequestError(f"not a valid value: {names}"), invalid)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else InternalError.status
    if status == HTTPStatus.BAD_REQUEST:  # the framework's word for a body that no JSON reader takes
        invalid = FieldError(location=["body"], message="it is not JSON that can be read")
        return problem_response(InvalidRequestError("not a valid value: body"), [invalid])
    headers = dict((error.headers if isinstance(error, HTTPException) else None) or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:  # the router knows of the methods of one route alone
        headers["Allow"] = ", ".join(allowed_methods(request.app, request.scope["path"])) or headers["Allow"]
    name, title, detail = _ROUTER_PROBLEMS.get(status, ("bad-request", "The request is not valid", ""))
    problem = Problem(
        type=TYPE_PREFIX + name,
        title=title,
        status=status,
        detail=detail or str(getattr(error, "detail", title)),
        retryable=False,
    )
    return _response(problem, headers)


def _response(problem: Problem, headers: Mapping[str, str]) -> Response:
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=problem.status,
        headers=dict(headers),
        media_type=PROBLEM_MEDIA_TYPE,
    )


def _name(value: FieldError) -> str:
    """Of a place in a list, or in a text, the list's or the text's."""
    return next(str(part) for part in reversed(value.location) if isinstance(part, str))


def _printable(value: Any) -> Any:
    """A client may send what UTF-8 cannot hold."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
