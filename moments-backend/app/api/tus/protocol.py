"""The tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload).

tuspyserver drives POST and PATCH; storage, offsets and locking are ours. Its defaults that we replace are
listed in docs/decisions/0013-resumable-uploads.md.
"""

import asyncio
import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import format_datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request, Response
from starlette.types import Message, Receive
from tuspyserver.request import make_request_chunks_dep
from tuspyserver.router import TusRouterOptions
from tuspyserver.routes.core import core_routes
from tuspyserver.routes.creation import creation_extension_routes

from app.api.tus.middleware import VERSION
from app.api.tus.storage_adapter import TusStorageAdapter, WrappedAppError
from app.core.config import Settings
from app.core.exceptions import InvalidRequestError, UploadNotFoundError, UploadOffsetError
from app.services.uploads.metadata_store import UploadSnapshot
from app.services.uploads.service import UploadService

EXTENSIONS = "creation,termination,expiration"
PATCH_TYPE = "application/offset+octet-stream"

IDLE_TIMEOUT_SECONDS = 30.0
"""A PATCH that receives no bytes for so long is ended: the client's network has failed."""
TAKEOVER_IDLE_SECONDS = 2.0
"""Shorter limit that applies as soon as another PATCH arrives: the client has reconnected."""


async def require_tus_version(tus_resumable: Annotated[str | None, Header()] = None) -> None:
    """Reject other versions of the protocol; OPTIONS is exempt."""
    if tus_resumable != VERSION:
        raise HTTPException(
            HTTPStatus.PRECONDITION_FAILED,
            f"unsupported tus version: send Tus-Resumable: {VERSION}",
            {"Tus-Version": VERSION},
        )


async def require_patch_content_type(content_type: Annotated[str | None, Header()] = None) -> None:
    """Reject other content types."""
    if content_type != PATCH_TYPE:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the content type must be {PATCH_TYPE}")


class TusProtocol:
    """Requests of the protocol. The endpoints have validated all headers."""

    def __init__(self, settings: Settings, uploads: UploadService) -> None:
        options = TusRouterOptions(
            prefix="uploads",
            files_dir="",
            max_size=settings.upload_max_size_bytes,
            auth=_no_hook,
            days_to_keep=1,
            on_upload_complete=None,
            upload_complete_dep=_no_hook,
            pre_create_hook=None,
            pre_create_dep=_no_hook,
            file_dep=_no_hook,
            tags=None,
            tus_version=VERSION,
            tus_extension=EXTENSIONS,
            strict_offset_validation=True,
            storage=TusStorageAdapter(uploads),
        )
        router = APIRouter()
        for add_routes in (core_routes, creation_extension_routes):
            add_routes(router, options)  # type: ignore[no-untyped-call]
        self._handlers: dict[str, Any] = {route.name: route.endpoint for route in router.routes}  # type: ignore[attr-defined]
        self._receive_chunks: Any = make_request_chunks_dep(options)
        self._max_size = settings.upload_max_size_bytes
        self._uploads = uploads
        self._receivers: defaultdict[str, set[IdleTimeoutReceive]] = defaultdict(set)

    def options(self) -> Response:
        """Return the supported tus version and extensions."""
        return Response(
            status_code=HTTPStatus.NO_CONTENT,
            headers={
                "tus-version": VERSION,
                "tus-extension": EXTENSIONS,
                "tus-max-size": str(self._max_size),
            },
        )

    async def post(self, request: Request, metadata: str, length: int) -> Response:
        """Create an upload."""
        if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
            raise InvalidRequestError(
                "creating an upload with a body is not supported",
                remedy="create it without a body, then send PATCH",
            )
        response: Response = await self._handlers["extension_creation_route"](
            request=request,
            response=Response(status_code=HTTPStatus.CREATED),
            upload_metadata=metadata,
            upload_length=length,
            upload_defer_length=None,
            upload_concat=None,
            tus_resumable=VERSION,
            on_complete=_no_hook,
            pre_create=self._validate,
            file_dep=_no_hook,
        )
        upload_id = response.headers["location"].rpartition("/")[2]
        # Without a host: behind a proxy only the client has the public name of this server.
        response.headers["location"] = f"{request.url.path.rstrip('/')}/{upload_id}"
        response.headers.update(_expiry_header(await self._uploads.snapshot(upload_id)))
        return response

    async def head(self, upload_id: str) -> Response:
        """Return the current offset."""
        snapshot = await self._get(upload_id)
        headers = {
            "cache-control": "no-store",
            "upload-offset": str(snapshot.offset),
            "upload-length": str(snapshot.info.size),
            "upload-metadata": _encode_metadata(snapshot.info.metadata),
        }
        return Response(headers=headers | _expiry_header(snapshot))

    async def patch(self, request: Request, upload_id: str, offset: int, length: int) -> Response:
        """Append bytes."""
        size = (await self._get(upload_id)).info.size
        if offset + length > size:
            raise InvalidRequestError(f"{length} bytes from offset {offset} exceed the upload length {size}")
        with _mapped_errors(upload_id, offset), self._receiver(upload_id, request) as receive:
            await self._receive_chunks(
                request=Request(request.scope, receive), uuid=upload_id, file_dep=_no_hook
            )
            response: Response = await self._handlers["core_patch_route"](
                request=request,
                response=Response(status_code=HTTPStatus.NO_CONTENT),
                uuid=upload_id,
                content_length=length,
                upload_offset=offset,
                upload_length=None,
                content_type=PATCH_TYPE,
                tus_resumable=VERSION,
                on_complete=_no_hook,
                file_dep=_no_hook,
            )
        return response

    async def delete(self, upload_id: str) -> Response:
        """Remove an upload, and end the PATCH that is still sending it."""
        self._end_idle(upload_id, 0)
        await self._get(upload_id)
        await self._uploads.remove(upload_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _get(self, upload_id: str) -> UploadSnapshot:
        snapshot = await self._uploads.snapshot(upload_id)
        if snapshot.is_expired:
            raise UploadNotFoundError(upload_id)
        return snapshot

    async def _validate(self, metadata: Mapping[str, str], info: Mapping[str, Any]) -> None:
        await self._uploads.validate(metadata, info["size"])

    @contextmanager
    def _receiver(self, upload_id: str, request: Request) -> Iterator["IdleTimeoutReceive"]:
        self._end_idle(upload_id, TAKEOVER_IDLE_SECONDS)
        receive = IdleTimeoutReceive(request.receive)
        self._receivers[upload_id].add(receive)
        try:
            yield receive
        finally:
            self._receivers[upload_id].discard(receive)
            if not self._receivers[upload_id]:
                del self._receivers[upload_id]

    def _end_idle(self, upload_id: str, idle_seconds: float) -> None:
        for receive in self._receivers.get(upload_id, ()):
            receive.end_if_idle(idle_seconds)


class IdleTimeoutReceive:
    """An ASGI receive that reports a disconnected client after `IDLE_TIMEOUT_SECONDS` without bytes."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._timeout: asyncio.Timeout | None = None
        self._idle_since = 0.0

    async def __call__(self) -> Message:
        self._idle_since = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(IDLE_TIMEOUT_SECONDS) as self._timeout:
                return await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        finally:
            self._timeout = None

    def end_if_idle(self, idle_seconds: float) -> None:
        """Time out now if no bytes have arrived for `idle_seconds`."""
        now = asyncio.get_running_loop().time()
        if self._timeout is not None and now - self._idle_since >= idle_seconds:
            self._timeout.reschedule(now)


@contextmanager
def _mapped_errors(upload_id: str, offset: int) -> Iterator[None]:
    try:
        yield
    except WrappedAppError as wrapped:
        raise wrapped.error from wrapped
    except HTTPException as error:
        if error.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise UploadNotFoundError(upload_id) from error
        if error.status_code == HTTPStatus.CONFLICT:
            raise UploadOffsetError(offset) from error
        raise InvalidRequestError(str(error.detail)) from error


def _encode_metadata(metadata: Mapping[str, str]) -> str:
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}".rstrip() for key, value in metadata.items()
    )


def _expiry_header(snapshot: UploadSnapshot) -> dict[str, str]:
    if snapshot.expires_at is None:
        return {}
    return {"upload-expires": format_datetime(snapshot.expires_at, usegmt=True)}


def _no_hook(*_: object) -> None:
    """Replace the hooks of tuspyserver that we do not use."""
