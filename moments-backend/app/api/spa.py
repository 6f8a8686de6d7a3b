"""The web app at `/`: the files that its build has made, and one page for every address of its own.

Pure ASGI, around the router: what is neither is left to the API. Only where a browser looks for a page that
is not there does the app say so itself.
"""

import stat
from collections.abc import Callable
from http import HTTPStatus
from os import stat_result
from pathlib import Path, PurePosixPath

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.auth import PROTECTED
from app.core.config import Settings

RESERVED = (PROTECTED, "/health", "/docs", "/openapi.json")
"""Not the app's, whatever stands behind them."""

PAGES = ("/", "/runs")
PAGES_BELOW = "/watch/"
"""The addresses that the app knows; `src/app/routes.tsx` says what stands there."""

HASHED = "assets/"
"""Files there have a hash of their content in their names."""
CACHE_IMMUTABLE = "public, max-age=31536000, immutable"
CACHE_NO_CACHE = "no-cache"

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""The better one first. The build puts the siblings there."""

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
"""Of our own: `mimetypes` asks the machine, and each says something else."""

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none';"
    # Signed links lead to wherever the bucket is.
    " img-src 'self' data: blob: https: http:; media-src 'self' blob: https: http:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""https://www.w3.org/TR/CSP3/"""
PAGE_HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": CACHE_NO_CACHE,
}

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>VideoMoments</title>
<h1>The web app is not built yet</h1>
<p>Run <code>make web</code>, or start everything with <code>make run</code>. The API works:
see <a href="/docs">/docs</a>.</p></html>
"""


class SpaMiddleware:
    """Answers GET and HEAD of its pages and files; all else is the API's."""

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._files = StaticFiles(directory=settings().web_app_path, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or _is_reserved(scope["path"]):
            await self._app(scope, receive, send)
            return
        response = await self._answer(scope["path"], Headers(scope=scope))
        await (response or self._app)(scope, receive, send)

    async def _answer(self, path: str, asked: Headers) -> Response | None:
        name = path.lstrip("/")
        if name and (found := await self._find(name)):
            caching = CACHE_IMMUTABLE if name.startswith(HASHED) else CACHE_NO_CACHE
            headers = {"cache-control": caching, "x-content-type-options": "nosniff"}
            return await self._file(name, *found, asked, headers)
        if path in PAGES or path.startswith(PAGES_BELOW):
            return await self._page(asked, HTTPStatus.OK)
        if "text/html" in asked.get("accept", "") and not name.startswith(HASHED):
            return await self._page(asked, HTTPStatus.NOT_FOUND)
        return None

    async def _page(self, asked: Headers, status: HTTPStatus) -> Response:
        page = await self._find("index.html")
        if page is None:
            return HTMLResponse(NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE, PAGE_HEADERS)
        response = await self._file("index.html", *page, asked, PAGE_HEADERS)
        if status is not HTTPStatus.OK and response.status_code == HTTPStatus.OK:
            response.status_code = status
        return response

    async def _find(self, name: str) -> tuple[Path, stat_result] | None:
        """A regular file of the build; hidden ones are not for others."""
        if "\0" in name or any(part.startswith(".") for part in PurePosixPath(name).parts):
            return None
        try:
            path, status = await anyio.to_thread.run_sync(self._files.lookup_path, name)
        except OSError:  # a name that is too long
            return None
        return (Path(path), status) if status is not None and stat.S_ISREG(status.st_mode) else None

    async def _file(
        self, name: str, path: Path, status: stat_result, asked: Headers, headers: dict[str, str]
    ) -> Response:
        headers = {**headers, "vary": "accept-encoding"}
        for encoding, ending in ENCODINGS.items():
            if encoding in asked.get("accept-encoding", "") and (packed := await self._find(name + ending)):
                path, status = packed
                headers["content-encoding"] = encoding
                break
        media_type = CONTENT_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
        response = FileResponse(path, headers=headers, media_type=media_type, stat_result=status)
        if self._files.is_not_modified(response.headers, asked):
            return NotModifiedResponse(response.headers)
        return response


def _is_reserved(path: str) -> bool:
    return any(path == reserved or path.startswith(f"{reserved}/") for reserved in RESERVED)
