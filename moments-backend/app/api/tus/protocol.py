"""The tus protocol, by `tuspyserver`, over uploads as we keep them.

The library leads through a request, and decides nothing that the bytes depend on. What it would do otherwise,
and why it may not, is in docs/decisions/0013-resumable-uploads.md. https://tus.io/protocols/resumable-upload
"""

import asyncio
import base64
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from email.utils import format_datetime
from http import HTTPStatus
from io import UnsupportedOperation
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tuspyserver.request import make_request_chunks_dep
from tuspyserver.router import TusRouterOptions
from tuspyserver.routes.core import core_routes
from tuspyserver.routes.creation import creation_extension_routes
from tuspyserver.routes.termination import termination_extension_routes
from tuspyserver.storage import TusStorage

from app.core.config import Settings
from app.core.exceptions import (
    InvalidRequestError,
    UploadNotFoundError,
    UploadOffsetError,
    VideoMomentsError,
)
from app.services.uploads.service import UploadService

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
PATCH_TYPE = "application/offset+octet-stream"
PATH = "/api/uploads"
EXPOSED_HEADERS = (
    *("Location", "Tus-Extension", "Tus-Max-Size", "Tus-Resumable", "Tus-Version"),
    *("Upload-Expires", "Upload-Length", "Upload-Metadata", "Upload-Offset"),
)
"""What a client on a page of another origin has to see."""

IDLE_TIMEOUT_SECONDS = 30.0
"""After so long a PATCH that brings nothing is ended: its client's network is gone."""
TAKEOVER_IDLE_SECONDS = 2.0
"""After so long it is ended when another one knocks: the client is back already."""

UNKNOWN_TYPE = "application/octet-stream"


async def require_tus_version(tus_resumable: Annotated[str | None, Header()] = None) -> None:
    """What every request but OPTIONS has to say."""
    if tus_resumable != VERSION:
        raise HTTPException(
            HTTPStatus.PRECONDITION_FAILED,
            f"Tus-Resumable: {VERSION} is spoken here, and nothing else",
            {"Tus-Version": VERSION},
        )


async def require_patch_content_type(content_type: Annotated[str | None, Header()] = None) -> None:
    if content_type != PATCH_TYPE:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body has to be {PATCH_TYPE}")


class TusProtocol:
    """The library's handlers, called as functions: what they are handed was looked at before."""

    def __init__(self, settings: Settings, uploads: UploadService) -> None:
        options = TusRouterOptions(
            prefix="uploads",
            files_dir="",
            max_size=settings.upload_max_size_bytes,
            auth=_nothing,
            days_to_keep=1,
            on_upload_complete=None,
            upload_complete_dep=_nothing,
            pre_create_hook=None,
            pre_create_dep=_nothing,
            file_dep=_nothing,
            tags=None,
            tus_version=VERSION,
            tus_extension=EXTENSIONS,
            strict_offset_validation=True,
            storage=TusStorageAdapter(uploads),
        )
        router = APIRouter()
        for add_routes in (core_routes, creation_extension_routes, termination_extension_routes):
            add_routes(router, options)  # type: ignore[no-untyped-call]
        self._handlers: dict[str, Any] = {route.name: route.endpoint for route in router.routes}  # type: ignore[attr-defined]
        self._receive_chunks: Any = make_request_chunks_dep(options)
        self._max_size = settings.upload_max_size_bytes
        self._uploads = uploads
        self._arrivals: defaultdict[str, set[IdleTimeoutReceive]] = defaultdict(set)

    def describe(self) -> Response:
        """OPTIONS."""
        return Response(
            status_code=HTTPStatus.NO_CONTENT,
            headers={
                "tus-version": VERSION,
                "tus-extension": EXTENSIONS,
                "tus-max-size": str(self._max_size),
            },
        )

    async def create(self, request: Request, metadata: str, length: int) -> Response:
        """POST."""
        if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
            raise InvalidRequestError(
                "the first bytes do not come with the creation", remedy="create without a body, then PATCH"
            )
        response: Response = await self._handlers["extension_creation_route"](
            request=request,
            response=Response(status_code=HTTPStatus.CREATED),
            upload_metadata=metadata,
            upload_length=length,
            upload_defer_length=None,
            upload_concat=None,
            tus_resumable=VERSION,
            on_complete=_nothing,
            pre_create=self._ensure_welcome,
            file_dep=_nothing,
        )
        upload_id = response.headers["location"].rpartition("/")[2]
        # Without a host: what the client calls this server, nobody but the client knows.
        response.headers["location"] = f"{request.url.path.rstrip('/')}/{upload_id}"
        await self._say_expiry(response, upload_id)
        return response

    async def head(self, request: Request, upload_id: str) -> Response:
        """HEAD."""
        with _our_errors(upload_id):
            response: Response = await self._handlers["core_head_route"](
                request=request,
                response=Response(),
                uuid=upload_id,
                tus_resumable=VERSION,
                file_dep=_nothing,
            )
        response.headers["content-length"] = "0"  # not the upload's: this is none of its bytes
        response.headers["upload-metadata"] = _encoded((await self._uploads.get_info(upload_id)).metadata)
        await self._say_expiry(response, upload_id)
        return response

    async def patch(self, request: Request, upload_id: str, offset: int, length: int) -> Response:
        """PATCH."""
        record = await self._uploads.get_info(upload_id)
        if offset + length > record.size:
            raise InvalidRequestError(
                f"{length} bytes from {offset} on are more than the {record.size} that were announced"
            )
        with _our_errors(upload_id, offset), self._arriving(upload_id, request) as arrival:
            await self._receive_chunks(
                request=Request(request.scope, arrival), uuid=upload_id, file_dep=_nothing
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
                on_complete=_nothing,
                file_dep=_nothing,
            )
        return response

    async def delete(self, upload_id: str) -> Response:
        """DELETE."""
        self._hurry(upload_id, 0)  # its client wants no more of it
        with _our_errors(upload_id):
            response: Response = await self._handlers["extension_termination_route"](
                uuid=upload_id,
                response=Response(status_code=HTTPStatus.NO_CONTENT),
                tus_resumable=VERSION,
                file_dep=_nothing,
            )
        return response

    async def _ensure_welcome(self, metadata: Mapping[str, str], info: Mapping[str, Any]) -> None:
        await self._uploads.validate(metadata, info["size"])

    async def _say_expiry(self, response: Response, upload_id: str) -> None:
        expires_at = (await self._uploads.get(upload_id)).expires_at
        if expires_at is not None:
            response.headers["upload-expires"] = format_datetime(expires_at, usegmt=True)

    @contextmanager
    def _arriving(self, upload_id: str, request: Request) -> Iterator["IdleTimeoutReceive"]:
        self._hurry(upload_id, TAKEOVER_IDLE_SECONDS)
        arrival = IdleTimeoutReceive(request.receive)
        self._arrivals[upload_id].add(arrival)
        try:
            yield arrival
        finally:
            self._arrivals[upload_id].discard(arrival)
            if not self._arrivals[upload_id]:
                del self._arrivals[upload_id]

    def _hurry(self, upload_id: str, after: float) -> None:
        for arrival in self._arrivals.get(upload_id, ()):
            arrival.give_way(after)


class IdleTimeoutReceive:
    """What a PATCH still brings. It ends like one whose client has hung up when nothing comes any more."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._patience: asyncio.Timeout | None = None
        self._since = 0.0

    async def __call__(self) -> Message:
        self._since = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(IDLE_TIMEOUT_SECONDS) as self._patience:
                return await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        finally:
            self._patience = None

    def give_way(self, after: float) -> None:
        """End it, if nothing has come for so many seconds."""
        now = asyncio.get_running_loop().time()
        if self._patience is not None and now - self._since >= after:
            self._patience.reschedule(now)


class WrappedAppError(HTTPException):
    """An error of ours on its way through the library, which would answer any other kind with success."""

    def __init__(self, error: VideoMomentsError) -> None:
        super().__init__(error.status, error.cause)
        self.error = error


class TusStorageAdapter(TusStorage):
    """The seam. An upload begins with its first sidecar; afterwards nothing the library says changes it."""

    def __init__(self, uploads: UploadService) -> None:
        self._uploads = uploads
        self._new: set[str] = set()

    async def create(self, uid: str) -> None:
        """The first `write_info` does it: bytes without a sidecar would be nobody's."""
        self._new.add(uid)

    async def exists(self, uid: str) -> bool:
        try:
            await self._uploads.get_info(uid)
        except UploadNotFoundError:
            return False
        return True

    async def size(self, uid: str) -> int:
        return (await self._uploads.get(uid)).offset

    async def append(self, uid: str, chunk: bytes) -> None:
        with _refusing():
            await self._uploads.writer(uid).append(chunk)

    async def flush(self, uid: str) -> None:
        if await self._is_receiving(uid):
            with _refusing():
                await self._uploads.writer(uid).flush()

    async def finalize(self, uid: str) -> None:
        """A whole file is noticed where its lock is held, whether or not anybody asks."""

    async def read(self, uid: str) -> bytes | None:
        raise UnsupportedOperation(f"upload {uid} is a video, which does not go into memory")

    async def delete(self, uid: str) -> None:
        await self._uploads.remove(uid)

    async def read_info(self, uid: str) -> dict[str, Any] | None:
        """The offset is the file's size, so it is true after `kill -9` too."""
        try:
            record, shown = await self._uploads.get_info(uid), await self._uploads.get(uid)
        except UploadNotFoundError:
            return None
        return {
            "metadata": {"filetype": UNKNOWN_TYPE} | record.metadata,
            "size": record.size,
            "offset": shown.offset,
            "created_at": record.created_at.isoformat(),
            "expires": format_datetime(shown.expires_at, usegmt=True) if shown.expires_at else None,
        }

    async def write_info(self, uid: str, data: dict[str, Any]) -> None:
        """The library also writes after it has let go of the lock: what was removed by then stays removed."""
        if uid in self._new:
            self._new.remove(uid)
            await self._uploads.create(uid, data["metadata"], data["size"])

    async def list_uids(self) -> list[str]:
        return [upload.id for upload in await self._uploads.list_all()]

    def location(self, uid: str) -> str:
        return uid

    @asynccontextmanager
    async def lock(self, uid: str) -> AsyncIterator[None]:  # type: ignore[override] # declared less exactly
        """An upload that has all its bytes takes no more, and needs no lock to say so."""
        if await self._is_receiving(uid):
            async with self._uploads.append_session(uid):
                yield
        else:
            yield

    async def _is_receiving(self, uid: str) -> bool:
        return (await self._uploads.get_info(uid)).status == "receiving"


class TusResumableMiddleware:
    """Pure ASGI: every answer about uploads says which protocol it is, the errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["tus-resumable"] = VERSION
            await send(message)

        ours = scope["type"] == "http" and scope["path"].startswith(PATH)
        await self._app(scope, receive, marked if ours else send)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except VideoMomentsError as error:
        raise WrappedAppError(error) from error


@contextmanager
def _our_errors(upload_id: str, offset: int = 0) -> Iterator[None]:
    try:
        yield
    except WrappedAppError as refused:
        raise refused.error from refused
    except HTTPException as error:
        if error.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise UploadNotFoundError(upload_id) from error
        if error.status_code == HTTPStatus.CONFLICT:
            raise UploadOffsetError(offset) from error
        raise InvalidRequestError(str(error.detail)) from error


def _encoded(metadata: Mapping[str, str]) -> str:
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}".rstrip() for key, value in metadata.items()
    )


def _nothing(*_: object) -> None:
    """In the place of hooks that we do not use."""
