"""Uploads in one request: `uploadType=media` and `uploadType=multipart`."""

from collections.abc import AsyncIterator, Mapping
from email.message import Message
from typing import Any

from app.core.concurrency import run_in_thread
from embedded.storage_server.api_errors import invalid, not_implemented, too_large
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.http import MAX_JSON_BYTES, Request, Response, json_response, parse_json_object
from embedded.storage_server.media import receive_into
from embedded.storage_server.names import ensure_object_name
from embedded.storage_server.resources import Preconditions
from embedded.storage_server.resumable import ResumableUploads, checksums_in_headers
from embedded.storage_server.store import Store

_UNSUPPORTED_FIELDS = frozenset(
    {"acl", "kmsKeyName", "retention", "temporaryHold", "eventBasedHold", "customerEncryption"}
)


async def upload(store: Store, sessions: ResumableUploads, bucket: str, request: Request) -> Response:
    """Handle `POST /upload/storage/v1/b/{bucket}/o`."""
    preconditions = Preconditions.from_query(request.query)
    match request.query.get("uploadType"):
        case "media":
            resource = {"contentType": request.headers.get("content-type")}
            return await _insert(store, bucket, resource, request.blocks(), preconditions, request)
        case "multipart":
            reader = MultipartReader(request)
            resource = await reader.read_resource()
            return await _insert(store, bucket, resource, reader.media(), preconditions, request)
        case "resumable":
            resource = await request.json()
            if content_type := request.headers.get("x-upload-content-type"):
                resource.setdefault("contentType", content_type)
            name = _object_name(resource, request)
            return await sessions.start(bucket, name, resource, preconditions, request)
        case other:
            raise invalid(f"Invalid uploadType: {other!r}")


async def _insert(
    store: Store,
    bucket: str,
    resource: Mapping[str, Any],
    media: AsyncIterator[bytes],
    preconditions: Preconditions,
    request: Request,
) -> Response:
    name = _object_name(resource, request)
    resource = {**resource, **checksums_in_headers(request.headers)}
    await run_in_thread(store.check_insert, bucket, name, preconditions)
    blob = store.blobs.new_name()
    writer = await run_in_thread(BlobWriter, store.blobs, blob)
    try:
        await receive_into(writer, media)
        inserted = await run_in_thread(store.insert, bucket, name, writer, resource, preconditions)
    except BaseException:
        await run_in_thread(store.blobs.delete, blob)
        raise
    finally:
        writer.close()
    return json_response(inserted.as_json(request.url))


def _object_name(resource: Mapping[str, Any], request: Request) -> str:
    """Return the object's name from the query or the resource.

    Raises:
        ApiError: 400; 501 for fields that the server cannot honour.
    """
    unsupported = sorted(_UNSUPPORTED_FIELDS & {key for key, value in resource.items() if value})
    if unsupported or resource.get("storageClass") not in {None, "STANDARD"}:
        raise not_implemented(f"Not supported: {', '.join(unsupported) or 'storageClass'}")
    name = request.query.get("name") or resource.get("name")
    if not isinstance(name, str):
        raise invalid("Required parameter: name")
    try:
        ensure_object_name(name)
    except UnicodeEncodeError as error:
        raise invalid("Object names must be valid UTF-8") from error
    return name


class MultipartReader:
    """Reads `multipart/related`: a JSON resource, then the media, which is streamed.

    https://www.rfc-editor.org/rfc/rfc2387
    """

    def __init__(self, request: Request) -> None:
        header = Message()
        header["content-type"] = request.headers.get("content-type", "")
        boundary = header.get_param("boundary")
        if header.get_content_type() != "multipart/related" or not isinstance(boundary, str) or not boundary:
            raise invalid("Expected a multipart/related body with a boundary")
        self._delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
        self._blocks = request.blocks()
        self._buffer = bytearray(b"\r\n")  # the first delimiter may start the body

    async def read_resource(self) -> dict[str, Any]:
        """Read the first part, and the headers of the second one.

        Raises:
            ApiError: 400, 413.
        """
        await self._read_until(self._delimiter)
        await self._read_until(b"\r\n\r\n")
        resource = parse_json_object(await self._read_until(self._delimiter))
        headers = await self._read_until(b"\r\n\r\n")
        if content_type := _header(headers, b"content-type"):
            resource.setdefault("contentType", content_type)
        return resource

    async def media(self) -> AsyncIterator[bytes]:
        """Yield the second part up to the delimiter.

        Raises:
            ApiError: 400 if the body ends before it.
        """
        keep = len(self._delimiter) - 1
        while True:
            end = self._buffer.find(self._delimiter)
            if end >= 0:
                if end:
                    yield bytes(self._buffer[:end])
                self._buffer.clear()
                async for _ in self._blocks:
                    pass  # the epilogue
                return
            if len(self._buffer) > keep:
                yield bytes(self._buffer[:-keep])
                del self._buffer[:-keep]
            await self._fill()

    async def _read_until(self, mark: bytes) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > MAX_JSON_BYTES:
                raise too_large(f"The metadata is larger than {MAX_JSON_BYTES} bytes.")
            await self._fill()
        found = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return found

    async def _fill(self) -> None:
        try:
            self._buffer += await anext(self._blocks)
        except StopAsyncIteration:
            raise invalid("The multipart body is incomplete") from None


def _header(headers: bytes, name: bytes) -> str | None:
    for line in headers.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().decode("latin-1")
    return None
