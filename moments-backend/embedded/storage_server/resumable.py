"""Resumable upload sessions.

https://cloud.google.com/storage/docs/performing-resumable-uploads
"""

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus

from app.core.concurrency import run_in_thread
from embedded.storage_server.api_errors import ApiError, invalid, upload_not_found
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.http import JsonResponse, Request, Response
from embedded.storage_server.index import Upload
from embedded.storage_server.receiving import receive_into
from embedded.storage_server.resources import Preconditions, checked_number
from embedded.storage_server.store import Store
from embedded.storage_server.uploads import checksums_in_headers, object_of

CHUNK_MULTIPLE = 256 * 1024
MAX_OPEN_SESSIONS = 64
TAKEOVER_SECONDS = 30
"""Longest wait for an earlier request on the same session, whose connection may be lost."""

_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d{1,18})-(?P<last>\d{1,18})|\*)/(?P<total>\d{1,18}|\*)")
_RESUME_INCOMPLETE = 308
_CLIENT_CLOSED_REQUEST = 499


@dataclass(frozen=True, slots=True)
class Span:
    """The part of an object in one request.

    Attributes:
        first: None for a status query.
        last: None if the request has the rest of the object.
        total: None if not yet known.
    """

    first: int | None
    last: int | None
    total: int | None

    @classmethod
    def of(cls, request: Request) -> "Span":
        """Read `Content-Range`; without it, the body is the whole object.

        Raises:
            ApiError: 400.
        """
        text = request.headers.get("content-range")
        if text is None:
            return cls(0, None, request.content_length)
        matched = _CONTENT_RANGE.fullmatch(text)
        if matched is None:
            raise invalid(f"Invalid Content-Range: {text[:100]!r}")
        first, last, total = (None if value in {None, "*"} else int(value) for value in matched.groups())
        if first is not None and last is not None and (last < first or (total is not None and last >= total)):
            raise invalid(f"Invalid Content-Range: {text!r}")
        return cls(first, last, total)

    @property
    def length(self) -> int | None:
        if self.first is None or self.last is None:
            return None
        return self.last - self.first + 1

    def is_last(self, stored: int) -> bool:
        """Return whether the object is complete once `stored` bytes are kept.

        Raises:
            ApiError: 400 for more bytes than announced.
        """
        if self.total is None:
            return self.first is not None and self.last is None  # a body of unknown length has ended
        if stored > self.total:
            raise invalid(f"{stored} bytes are stored already, more than the total of {self.total}.")
        return stored == self.total


class ResumableUploads:
    """Upload sessions. Their state is in the index and on disk; open files are a cache of hash states."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writers: OrderedDict[str, BlobWriter] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    async def start(self, bucket: str, request: Request) -> Response:
        """Start a session and return its URL in `Location`."""
        resource = await request.json()
        if content_type := request.headers.get("x-upload-content-type"):
            resource.setdefault("contentType", content_type)
        name, fields = object_of(resource, request)
        preconditions = Preconditions.of(request.query)
        announced = checked_number("X-Upload-Content-Length", request.headers.get("x-upload-content-length"))
        await run_in_thread(self._store.check_insert, bucket, name, preconditions, announced)
        await run_in_thread(self._store.delete_old_uploads)
        upload_id = secrets.token_urlsafe(32)
        blob = self._store.blobs.new_name()
        upload = Upload(upload_id, bucket, name, blob, announced, fields, asdict(preconditions))
        await run_in_thread(self._store.index.put_upload, upload)
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={upload_id}"
        return Response(headers={"Location": request.url + path, "X-GUploader-UploadID": upload_id})

    async def put(self, bucket: str, upload_id: str, request: Request) -> Response:
        """Append a chunk, or answer a status query.

        Raises:
            ApiError: 400, 404, 412, or 503 for a chunk beyond the stored bytes, which clients recover from.
        """
        span = Span.of(request)
        async with self._locked(upload_id):
            upload = await self._get(bucket, upload_id)
            if upload.result is not None:
                return JsonResponse(upload.result)
            if upload.total_size is not None and span.total not in {None, upload.total_size}:
                raise invalid(f"The total size differs from the announced one, {upload.total_size}.")
            writer = await self._writer(upload)
            if span.first is not None:
                await self._append(writer, span, request)
            if not span.is_last(writer.size):
                return _incomplete(upload_id, writer.size, request)
            if upload.total_size not in {None, writer.size}:
                raise invalid(f"The object has {writer.size} instead of {upload.total_size} bytes.")
            return await self._finish(upload, writer, request)

    async def cancel(self, bucket: str, upload_id: str) -> Response:
        async with self._locked(upload_id):
            upload = await self._get(bucket, upload_id)
            await self._discard(upload, with_blob=upload.result is None)
        return Response(status=_CLIENT_CLOSED_REQUEST)  # type: ignore[arg-type]  # Google's status, not in the standard

    async def _append(self, writer: BlobWriter, span: Span, request: Request) -> None:
        first = span.first or 0
        if first > writer.size:
            message = f"The chunk starts at {first}, but {writer.size} bytes are stored."
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "backendError", message)
        is_final = span.last is None or span.last + 1 == span.total
        if not is_final and (span.length or 0) % CHUNK_MULTIPLE:
            raise invalid(f"Chunks other than the last must be multiples of {CHUNK_MULTIPLE} bytes.")
        if request.content_length:
            await run_in_thread(self._store.blobs.ensure_space, request.content_length)
        await receive_into(writer, _bounded(request.blocks(), writer.size - first, span.length))

    async def _finish(self, upload: Upload, writer: BlobWriter, request: Request) -> Response:
        resource = {**upload.resource, **checksums_in_headers(request.headers)}
        preconditions = Preconditions(**upload.preconditions)
        try:
            finished = await run_in_thread(
                lambda: self._store.insert(
                    upload.bucket,
                    upload.name,
                    writer,
                    resource,
                    preconditions,
                    upload=upload,
                    url=request.url,
                )
            )
        except ApiError:
            await self._discard(upload, with_blob=True)
            raise
        self._close_writer(upload.id)
        return JsonResponse(finished.as_json(request.url))

    async def _get(self, bucket: str, upload_id: str) -> Upload:
        upload = await run_in_thread(self._store.index.get_upload, upload_id)
        if upload is None or upload.bucket != bucket:
            raise upload_not_found()
        return upload

    async def _discard(self, upload: Upload, *, with_blob: bool) -> None:
        self._close_writer(upload.id)
        await run_in_thread(self._store.index.delete_upload, upload.id)
        if with_blob:
            await run_in_thread(self._store.blobs.delete, upload.blob)

    async def _writer(self, upload: Upload) -> BlobWriter:
        writer = self._writers.get(upload.id)
        if writer is None:
            writer = await run_in_thread(BlobWriter, self._store.blobs, upload.blob)
            self._writers[upload.id] = writer
        self._writers.move_to_end(upload.id)
        for stale in [key for key in self._writers if not self._is_locked(key)][: -MAX_OPEN_SESSIONS or None]:
            self._close_writer(stale)
        return writer

    def _is_locked(self, upload_id: str) -> bool:
        lock = self._locks.get(upload_id)
        return lock is not None and lock.locked()

    def _close_writer(self, upload_id: str) -> None:
        writer = self._writers.pop(upload_id, None)
        if writer is not None:
            writer.close()

    @asynccontextmanager
    async def _locked(self, upload_id: str) -> AsyncIterator[None]:
        """Serialise the requests of one session."""
        lock = self._locks.setdefault(upload_id, asyncio.Lock())
        try:
            async with asyncio.timeout(TAKEOVER_SECONDS):
                await lock.acquire()
        except TimeoutError:
            raise ApiError(
                HTTPStatus.SERVICE_UNAVAILABLE, "backendError", "Another request uses this upload session."
            ) from None
        try:
            yield
        finally:
            lock.release()
            if not lock.locked() and not lock._waiters:  # noqa: SLF001 - drop unused locks
                self._locks.pop(upload_id, None)


def _incomplete(upload_id: str, size: int, request: Request) -> Response:
    """Return the number of stored bytes. Go's client asks for 200, since proxies may not pass 308 on."""
    headers = {"X-GUploader-UploadID": upload_id, "X-HTTP-Status-Code-Override": "308"}
    if size:
        headers["Range"] = f"bytes=0-{size - 1}"
    status = HTTPStatus.OK if request.headers.get("x-guploader-no-308") == "yes" else _RESUME_INCOMPLETE
    return Response(status=status, headers=headers)  # type: ignore[arg-type]


async def _bounded(blocks: AsyncIterator[bytes], skipped: int, limit: int | None) -> AsyncIterator[bytes]:
    """Drop the first `skipped` bytes, which are stored already, and everything after `limit` bytes."""
    position = 0
    async for block in blocks:
        first = max(0, skipped - position)
        last = len(block) if limit is None else min(len(block), limit - position)
        position += len(block)
        if first < last:
            yield block[first:last] if (first, last) != (0, len(block)) else block
