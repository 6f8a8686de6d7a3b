"""The web app at `/`: the files of its build, and one HTML page for all of its routes.

Pure ASGI, around the router: other paths are passed to the API. A browser that requests an unknown page gets
the app's own 404 page.
"""

import stat
from collections.abc import Callable
from http import HTTPStatus
from os import stat_result
from pathlib import Path, PurePosixPath

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.auth import PROTECTED
from app.api.security_headers import page_policy
from app.core.concurrency import run_in_thread
from app.core.config import Settings

API_PATHS = (PROTECTED, "/shared", "/health", "/metrics", "/openapi.json")
"""Always passed to the API."""

DOCS = "/docs"
"""Page with the documentation of the API, an entry of its own in the build."""
PAGES = (
    "/",
    "/moments",
    "/runs",
    "/search",
    "/vocabulary",
    "/trash",
    "/duplicates",
    "/settings",
)
PAGES_BELOW = ("/watch/", "/s/")
"""Routes of the app; see `src/app/routes.tsx`."""

POLICY = "content-security-policy"
HASHED = "assets/"
"""File names in this folder contain a hash of the content."""
CACHE_IMMUTABLE = "public, max-age=31536000, immutable"
CACHE_NO_CACHE = "no-cache"

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Precompressed siblings made by the build, in order of preference."""

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
"""Not `mimetypes`, whose results depend on the machine."""

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>VideoMoments</title>
<h1>The web app is not built yet</h1>
<p>Run <code>make web</code>, or start everything with <code>make run</code>. The API works:
see <a href="/openapi.json">/openapi.json</a>.</p></html>
"""


class SpaMiddleware:
    """Serves GET and HEAD of pages and files of the web app."""

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._files = StaticFiles(directory=settings().web_app_path, check_dir=False)
        self._page_headers = {
            POLICY: page_policy(settings()),
            "cache-control": CACHE_NO_CACHE,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or _is_api(scope["path"]):
            await self._app(scope, receive, send)
            return
        response = await self._respond(scope["path"], Headers(scope=scope))
        await (response or self._app)(scope, receive, send)

    async def _respond(self, path: str, request_headers: Headers) -> Response | None:
        name = path.lstrip("/")
        if name and (found := await self._find(name)):
            cache_control = CACHE_IMMUTABLE if name.startswith(HASHED) else CACHE_NO_CACHE
            headers = self._page_headers | {"cache-control": cache_control}
            return await self._file(name, *found, request_headers, headers)
        if path == DOCS:
            return await self._page(request_headers, HTTPStatus.OK, "docs.html")
        if path in PAGES or path.startswith(PAGES_BELOW):
            return await self._page(request_headers, HTTPStatus.OK)
        if "text/html" in request_headers.get("accept", "") and not name.startswith(HASHED):
            return await self._page(request_headers, HTTPStatus.NOT_FOUND)
        return None

    async def _page(self, request_headers: Headers, status: HTTPStatus, name: str = "index.html") -> Response:
        page = await self._find(name)
        if page is None:
            return HTMLResponse(NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE, self._page_headers)
        response = await self._file(name, *page, request_headers, self._page_headers)
        if status is not HTTPStatus.OK and response.status_code == HTTPStatus.OK:
            response.status_code = status
        return response

    async def _find(self, name: str) -> tuple[Path, stat_result] | None:
        """Look up a regular file of the build. Hidden files are never served."""
        if "\0" in name or any(part.startswith(".") for part in PurePosixPath(name).parts):
            return None
        try:
            path, status = await run_in_thread(self._files.lookup_path, name)
        except OSError:  # the name is too long
            return None
        return (Path(path), status) if status is not None and stat.S_ISREG(status.st_mode) else None

    async def _file(
        self, name: str, path: Path, status: stat_result, request_headers: Headers, headers: dict[str, str]
    ) -> Response:
        headers = {**headers, "vary": "accept-encoding"}
        accepted = request_headers.get("accept-encoding", "")
        for encoding, extension in ENCODINGS.items():
            if encoding in accepted and (compressed := await self._find(name + extension)):
                path, status = compressed
                headers["content-encoding"] = encoding
                break
        media_type = CONTENT_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
        response = FileResponse(path, headers=headers, media_type=media_type, stat_result=status)
        if self._files.is_not_modified(response.headers, request_headers):
            unchanged = NotModifiedResponse(response.headers)
            # A browser replaces the headers that it stored with those of this response.
            unchanged.headers[POLICY] = headers[POLICY]
            return unchanged
        return response


def _is_api(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in API_PATHS)
