"""The ASGI application: authentication, routing and error responses."""

import errno
import hmac
import logging
import sqlite3
from http import HTTPStatus

from app.core.exceptions import DiskFullError
from embedded.storage_server.api_errors import ApiError, disk_full, invalid, not_implemented, unauthorized
from embedded.storage_server.batch import run_batch
from embedded.storage_server.http import (
    ClientDisconnectedError,
    JsonResponse,
    Receive,
    Request,
    Response,
    Scope,
    Send,
)
from embedded.storage_server.json_api import JsonApi, check_parameters
from embedded.storage_server.partial_response import select_fields
from embedded.storage_server.resumable import ResumableUploads
from embedded.storage_server.signatures import SignatureVerifier
from embedded.storage_server.store import Store
from embedded.storage_server.uploads import upload
from embedded.storage_server.xml_api import XmlApi

logger = logging.getLogger(__name__)

_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_API = ("storage", "upload", "download", "batch", "resumable")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_BY_LINK = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""For valid links only: the app plays them from another port, and `localhost` is not the site `127.0.0.1`."""


class StorageServer:
    """Serves a store to the holders of `token`, and single objects to the holders of signed links.

    Requests whose `Host` is not a loopback name are refused, because a web page may resolve its own name to
    loopback (DNS rebinding). No response carries CORS headers.
    """

    def __init__(self, store: Store, verifier: SignatureVerifier, *, token: str) -> None:
        self._store = store
        self._verifier = verifier
        self._token = token.encode()
        self._sessions = ResumableUploads(store)
        self._json = JsonApi(store)
        self._xml = XmlApi(store)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnectedError:
            return
        response.headers = {**_SECURITY_HEADERS, **response.headers}
        await response.send(send, with_body=request.method != "HEAD")

    async def _respond(self, request: Request) -> Response:
        """Run a request and turn every exception into a response."""
        is_api = request.raw_path.lstrip("/").partition("/")[0] in _API
        try:
            if request.host.lower().rpartition(":")[0] not in _HOSTS:
                raise ApiError(HTTPStatus.MISDIRECTED_REQUEST, "misdirectedRequest", "Unknown Host header.")
            if request.raw_path == "/health":
                return JsonResponse({"status": "healthy"})
            if not is_api:
                self._verifier.verify(request)
                response = await self._xml.handle(request)
                response.headers.update(_BY_LINK)
                return response
            self._authenticate(request)
            return await self._route(request)
        except ClientDisconnectedError:
            raise
        except Exception as error:  # noqa: BLE001 - every failure becomes a response
            return _error_response(_as_api_error(error, request), is_json=is_api)

    def _authenticate(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            raise unauthorized()

    async def _route(self, request: Request) -> Response:
        check_parameters(request)
        match request.segments:
            case ("storage", "v1", *path):
                response = await self._json.handle(request, tuple(path))
            case ("download", "storage", "v1", "b", bucket, "o", name) if request.method in {"GET", "HEAD"}:
                return self._json.get_object(bucket, name, request, is_media=True)
            case ("upload", "storage", "v1", "b", bucket, "o"):
                response = await self._upload(bucket, request)
            case ("batch", "storage", "v1") if request.method == "POST":
                return await run_batch(request, self._respond_in_batch)
            case _:
                raise not_implemented(f"{request.method} {request.raw_path} is not implemented.")
        return _with_fields(response, request)

    async def _upload(self, bucket: str, request: Request) -> Response:
        upload_id, upload_type = request.query.get("upload_id"), request.query.get("uploadType")
        match request.method:
            case "PUT" | "POST" if upload_id is not None:
                return await self._sessions.put(bucket, upload_id, request)
            case "DELETE" if upload_id is not None:
                return await self._sessions.cancel(bucket, upload_id)
            case "POST" if upload_type == "resumable":
                return await self._sessions.start(bucket, request)
            case "POST" if upload_type in {"media", "multipart"}:
                return await upload(self._store, bucket, request)
        raise invalid(f"Unexpected {request.method} with uploadType {upload_type!r} on an upload URL")

    async def _respond_in_batch(self, request: Request) -> Response:
        """Run a request of a batch, whose outer request was authenticated."""
        try:
            check_parameters(request)
            if request.query.get("alt") == "media":
                raise not_implemented("Downloads are not possible in a batch.")
            match request.segments:
                case ("storage", "v1", *path):
                    return _with_fields(await self._json.handle(request, tuple(path)), request)
            raise not_implemented(f"{request.method} {request.raw_path} is not implemented in a batch.")
        except Exception as error:  # noqa: BLE001 - the other requests of the batch have responses
            return _error_response(_as_api_error(error, request), is_json=True)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                self._sessions.close()
                self._store.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _with_fields(response: Response, request: Request) -> Response:
    """Apply the parameter `fields`."""
    fields = request.query.get("fields")
    if not fields or not isinstance(response, JsonResponse):
        return response
    return JsonResponse(select_fields(response.value, fields))


def _as_api_error(error: Exception, request: Request) -> ApiError:
    """Map an exception to an error of the API, and log unexpected ones."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, DiskFullError):
        return disk_full(str(error))
    full = isinstance(error, OSError) and error.errno in _DISK_FULL
    if full or (
        isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_FULL
    ):
        logger.error("%s %s failed: %s", request.method, request.raw_path, error)
        return disk_full(str(error))
    logger.error("%s %s failed", request.method, request.raw_path, exc_info=error)
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "internalError", "Internal error; see the log.")


def _error_response(error: ApiError, *, is_json: bool) -> Response:
    if error.status is HTTPStatus.NOT_MODIFIED:
        return Response(status=error.status)
    if is_json:
        return JsonResponse(error.as_json(), status=error.status)
    return Response(error.as_xml(), status=error.status, content_type="application/xml; charset=UTF-8")
