"""Resumable upload sessions.

https://cloud.google.com/storage/docs/performing-resumable-uploads
"""

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from app.core.concurrency import run_in_thread
from embedded.storage_server.api_errors import ApiError, invalid, upload_not_found
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.http import Request, Response, json_response
from embedded.storage_server.index import Upload
from embedded.storage_server.media import receive_into
from embedded.storage_server.resources import MAX_DIGITS, Preconditions
from embedded.storage_server.store import Store

CHUNK_MULTIPLE = 256 * 1024
MAX_OPEN_SESSIONS = 64
TAKEOVER_SECONDS = 30
"""How long a request waits for an earlier one on the same session, whose connection may be lost."""

_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d{1,19})-(?P<last>\d{1,19})|\*)/(?P<total>\d{1,19}|\*)")
_RESUME_INCOMPLETE = 308
_CLIENT_CLOSED_REQUEST = 499


@dataclass(frozen=True, slots=True)
class ContentRange:
    """A `Content-Range` header; `first` is None for a status query, `total` None if not yet known."""

    first: int | None
    last: int | None
    total: int | None

    @classmethod
    def from_request(cls, request: Request) -> "ContentRange":
        """Read the header; without one, the body is the whole object.

        Raises:
            ApiError: 400.
        """
        text = request.headers.get("content-range")
        if text is None:
            return cls(0, None, request.content_length)
        matched = _CONTENT_RANGE.fullmatch(text)
        if matched is None:
            raise invalid(f"Invalid Content-Range: {text!r}")
        first, last, total = (None if value in {None, "*"} else int(value) for value in matched.groups())
        if first is not None and last is not None and (last < first or (total is not None and last >= total)):
            raise invalid(f"Invalid Content-Range: {text!r}")
        return cls(first, last, total)


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

    async def start(
        self,
        bucket: str,
        name: str,
        resource: Mapping[str, Any],
        preconditions: Preconditions,
        request: Request,
    ) -> Response:
        """Start a session and return its URL in `Location`."""
        await run_in_thread(self._store.check_insert, bucket, name, preconditions)
        upload_id = secrets.token_urlsafe(32)
        announced = request.headers.get("x-upload-content-length", "")
        upload = Upload(
            upload_id,
            bucket,
            name,
            self._store.blobs.new_name(),
            int(announced) if announced.isdecimal() and len(announced) <= MAX_DIGITS else None,
            resource,
            asdict(preconditions),
        )
        await run_in_thread(self._store.index.put_upload, upload)
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={upload_id}"
        return Response(headers={"Location": request.url + path, "X-GUploader-UploadID": upload_id})

    async def put(self, upload_id: str, request: Request) -> Response:
        """Append a chunk, or answer a status query.

        Raises:
            ApiError: 400, 404, 412, or 503 for a chunk beyond the stored bytes, which clients recover from.
        """
        content_range = ContentRange.from_request(request)
        async with self._locked(upload_id):
            upload = await self._get(upload_id)
            if upload.result is not None:
                return json_response(upload.result)
            writer = await self._writer(upload)
            if upload.total_size is not None and content_range.total not in {None, upload.total_size}:
                raise invalid("The total size differs from the announced size.")
            if content_range.first is not None:
                await self._append(writer, content_range, request)
            if content_range.total is None or writer.size < content_range.total:
                await run_in_thread(writer.sync)
                return _incomplete(upload_id, writer.size)
            return await self._finish(upload, writer, request)

    async def cancel(self, upload_id: str) -> Response:
        async with self._locked(upload_id):
            upload = await self._get(upload_id)
            self._close_writer(upload_id)
            await run_in_thread(self._store.index.delete_upload, upload_id)
            if upload.result is None:
                await run_in_thread(self._store.blobs.delete, upload.blob)
        return Response(status=_CLIENT_CLOSED_REQUEST)  # type: ignore[arg-type]  # Google's status, not in the standard

    async def _append(self, writer: BlobWriter, content_range: ContentRange, request: Request) -> None:
        assert content_range.first is not None  # noqa: S101 - checked by the caller
        if content_range.first > writer.size:
            message = f"The chunk starts at {content_range.first}, but {writer.size} bytes are stored."
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "backendError", message)
        limit = None
        if content_range.last is not None:
            limit = content_range.last - content_range.first + 1
            if content_range.total is None and limit % CHUNK_MULTIPLE:
                raise invalid(f"Chunks other than the last must be multiples of {CHUNK_MULTIPLE} bytes.")
        skipped = writer.size - content_range.first
        await receive_into(writer, _bounded(request.blocks(), skipped, limit))

    async def _finish(self, upload: Upload, writer: BlobWriter, request: Request) -> Response:
        resource = {**upload.resource, **checksums_in_headers(request.headers)}
        try:
            finished = await run_in_thread(
                lambda: self._store.insert(
                    upload.bucket,
                    upload.name,
                    writer,
                    resource,
                    Preconditions(**upload.preconditions),
                    upload=upload,
                    url=request.url,
                )
            )
        except ApiError:
            self._close_writer(upload.id)
            await run_in_thread(self._store.index.delete_upload, upload.id)
            await run_in_thread(self._store.blobs.delete, upload.blob)
            raise
        self._close_writer(upload.id)
        return json_response(finished.as_json(request.url))

    async def _get(self, upload_id: str) -> Upload:
        upload = await run_in_thread(self._store.index.get_upload, upload_id)
        if upload is None:
            raise upload_not_found()
        return upload

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
            if not lock.locked() and not lock._waiters:  # noqa: SLF001 - drop locks that nobody uses
                self._locks.pop(upload_id, None)


def checksums_in_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the checksums of `X-Goog-Hash` under the names of the JSON resource."""
    fields = {"md5": "md5Hash", "crc32c": "crc32c"}
    entries = (entry.strip().partition("=") for entry in headers.get("x-goog-hash", "").split(","))
    return {fields[name]: value for name, _, value in entries if name in fields and value}


def _incomplete(upload_id: str, size: int) -> Response:
    headers = {"X-GUploader-UploadID": upload_id, "X-HTTP-Status-Code-Override": "308"}
    if size:
        headers["Range"] = f"bytes=0-{size - 1}"
    return Response(status=_RESUME_INCOMPLETE, headers=headers)  # type: ignore[arg-type]


async def _bounded(blocks: AsyncIterator[bytes], skipped: int, limit: int | None) -> AsyncIterator[bytes]:
    """Drop the first `skipped` bytes, which are stored already, and everything after `limit` bytes."""
    position = 0
    async for block in blocks:
        first = max(0, skipped - position)
        last = len(block) if limit is None else min(len(block), limit - position)
        position += len(block)
        if first < last:
            yield block[first:last] if (first, last) != (0, len(block)) else block
