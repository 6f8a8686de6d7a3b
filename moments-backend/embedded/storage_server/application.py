"""The ASGI application: authentication, routing and error responses."""

import errno
import hmac
import logging
from http import HTTPStatus

from embedded.storage_server.api_errors import ApiError, disk_full, invalid, not_implemented, unauthorized
from embedded.storage_server.batch import run_batch
from embedded.storage_server.http import (
    ClientDisconnectedError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    json_response,
)
from embedded.storage_server.json_api import JsonApi
from embedded.storage_server.resumable import ResumableUploads
from embedded.storage_server.signatures import SignatureVerifier
from embedded.storage_server.store import Store
from embedded.storage_server.uploads import upload
from embedded.storage_server.xml_api import XmlApi

logger = logging.getLogger(__name__)

_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_API = ("storage", "upload", "download", "batch", "resumable")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_SNIFFING = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-site"}


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
            response.headers.update(_NO_SNIFFING)
            await response.send(send, with_body=request.method != "HEAD")
        except ClientDisconnectedError:
            return

    async def _respond(self, request: Request) -> Response:
        """Run a request and turn every exception into a response."""
        is_api = request.raw_path.split("/")[1] in _API
        try:
            if request.host.rpartition(":")[0] not in _HOSTS:
                raise ApiError(HTTPStatus.MISDIRECTED_REQUEST, "misdirectedRequest", "Unknown Host header.")
            if request.raw_path == "/health":
                return json_response({"status": "healthy"})
            if not is_api:
                self._verifier.verify(request)
                return await self._xml.handle(request)
            self._authenticate(request)
            return await self._route(request)
        except ApiError as error:
            return _error_response(error, is_json=is_api)
        except OSError as error:
            if error.errno in _DISK_FULL:
                return _error_response(disk_full(), is_json=is_api)
            logger.exception("%s %s failed", request.method, request.raw_path)
        except ClientDisconnectedError:
            raise
        except Exception:
            logger.exception("%s %s failed", request.method, request.raw_path)
        internal = ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "internalError", "Internal error; see the log.")
        return _error_response(internal, is_json=is_api)

    def _authenticate(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            raise unauthorized()

    async def _route(self, request: Request) -> Response:
        encrypted = [name for name in request.headers if name.startswith("x-goog-encryption-")]
        if encrypted:
            raise not_implemented("Customer-supplied encryption keys are not implemented.")
        match request.segments:
            case ("storage", "v1", *path):
                return await self._json.handle(request, tuple(path))
            case ("download", "storage", "v1", "b", bucket, "o", name) if request.method in {"GET", "HEAD"}:
                return await self._json.get_object(bucket, name, request, is_media=True)
            case ("upload", "storage", "v1", "b", bucket, "o"):
                return await self._upload(bucket, request)
            case ("batch", "storage", "v1") if request.method == "POST":
                return await run_batch(request, self._respond_in_batch)
        raise not_implemented(f"{request.method} {request.raw_path} is not implemented.")

    async def _upload(self, bucket: str, request: Request) -> Response:
        upload_id = request.query.get("upload_id")
        match request.method:
            case "POST" if upload_id is None:
                return await upload(self._store, self._sessions, bucket, request)
            case "PUT" | "POST" if upload_id is not None:
                return await self._sessions.put(upload_id, request)
            case "DELETE" if upload_id is not None:
                return await self._sessions.cancel(upload_id)
        raise invalid(f"Unexpected {request.method} on an upload URL")

    async def _respond_in_batch(self, request: Request) -> Response:
        """Run a request of a batch, whose outer request was authenticated."""
        try:
            match request.segments:
                case ("storage", "v1", *path):
                    return await self._json.handle(request, tuple(path))
            raise not_implemented(f"{request.method} {request.raw_path} is not implemented in a batch.")
        except ApiError as error:
            return _error_response(error, is_json=True)

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


def _error_response(error: ApiError, *, is_json: bool) -> Response:
    if error.status is HTTPStatus.NOT_MODIFIED:
        return Response(status=error.status)
    if is_json:
        return json_response(error.as_json(), status=error.status)
    return Response(error.as_xml(), status=error.status, content_type="application/xml; charset=UTF-8")
