"""Short cut for streams of local files: answers before FastAPI's router.

A player requests a video in many ranges. Routing and dependency injection cost more than sending a mebibyte
from the page cache. Everything else, and videos without a local file, pass to the route of the same path.
"""

import re
from typing import TYPE_CHECKING, cast

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.file_responses import local_file_response
from app.api.request_middleware import ROUTE_TEMPLATE

if TYPE_CHECKING:
    from app.services.container import ApiContainer

ROUTE = "/api/videos/{video_id}/stream"
_STREAM = re.compile(r"/api/videos/([^/\0]+)/stream")
"""`NUL` in an id is rejected by the route."""


class LocalStreamMiddleware:
    """Pure ASGI, the innermost middleware: the request has passed all checks of the others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await _respond(scope)
        await (response or self._app)(scope, receive, send)


async def _respond(scope: Scope) -> Response | None:
    if scope["type"] != "http" or scope["query_string"] or scope["method"] not in {"GET", "HEAD"}:
        return None
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    matched = _STREAM.fullmatch(path)
    if matched is None:
        return None
    container = cast("ApiContainer", scope["app"].state.container)
    opened = await container.video_files.open(matched[1])
    if opened is None:
        return None
    scope[ROUTE_TEMPLATE] = ROUTE
    return local_file_response(opened, container.settings)
