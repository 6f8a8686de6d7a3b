"""Uploads in one request: `uploadType=media` and `uploadType=multipart`.

https://cloud.google.com/storage/docs/uploads-downloads
"""

import base64
from collections.abc import AsyncIterator, Mapping
from email.message import Message
from typing import Any

from embedded.storage_server.api_errors import invalid, not_implemented, too_large
from embedded.storage_server.http import MAX_JSON_BYTES, JsonResponse, Request, Response, parse_json_object
from embedded.storage_server.names import ensure_object_name
from embedded.storage_server.receiving import receive_object
from embedded.storage_server.resources import Preconditions, checked_fields
from embedded.storage_server.store import Store

_CHECKSUMS = {"md5Hash": 16, "crc32c": 4}
"""Checksums of the JSON resource and their lengths in bytes."""
_CLOSING = b"--"
"""Follows the last boundary of a multipart body."""
_PLAIN_ENCODINGS = {None, "7bit", "8bit", "binary"}


async def upload(store: Store, bucket: str, request: Request) -> Response:
    """Handle `POST /upload/storage/v1/b/{bucket}/o` with `uploadType` media or multipart."""
    preconditions = Preconditions.of(request.query)
    if request.query.get("uploadType") == "media":
        resource: dict[str, Any] = {}
        if content_type := request.headers.get("content-type"):
            resource["contentType"] = content_type
        media = request.blocks()
    else:
        reader = MultipartReader(request)
        resource = await reader.read_resource()
        media = reader.media()
    name, fields = object_of(resource, request)
    stored = await receive_object(
        store, bucket, name, fields, preconditions, media, size=request.content_length
    )
    return JsonResponse(stored.as_json(request.url))


def object_of(resource: Mapping[str, Any], request: Request) -> tuple[str, dict[str, Any]]:
    """Return the name of an object to insert, and its fields with the checksums to compare.

    Raises:
        ApiError: 400, 501.
    """
    name = request.query.get("name") or resource.get("name")
    if not isinstance(name, str):
        raise invalid("Required parameter: name")
    ensure_object_name(name)
    fields = checked_fields(resource)
    if encoding := request.query.get("contentEncoding"):
        fields["contentEncoding"] = encoding
    checksums = {field: resource[field] for field in _CHECKSUMS if resource.get(field) is not None}
    for field, value in checksums.items():
        ensure_checksum(field, value)
    return name, {**fields, **checksums, **checksums_in_headers(request.headers)}


def checksums_in_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the checksums of `X-Goog-Hash` and `Content-MD5` under the names of the JSON resource.

    Raises:
        ApiError: 400 for a malformed one.
    """
    fields = {"md5": "md5Hash", "crc32c": "crc32c"}
    entries = (entry.strip().partition("=") for entry in headers.get("x-goog-hash", "").split(","))
    checksums = {fields[name]: value for name, _, value in entries if name in fields}
    if content_md5 := headers.get("content-md5"):
        checksums["md5Hash"] = content_md5
    for field, value in checksums.items():
        ensure_checksum(field, value)
    return checksums


def ensure_checksum(field: str, value: object) -> None:
    """Check that a value is a checksum in base64.

    Raises:
        ApiError: 400.
    """
    try:
        if isinstance(value, str) and len(base64.b64decode(value, validate=True)) == _CHECKSUMS[field]:
            return
    except ValueError:
        pass
    raise invalid(f"Invalid value for {field}: {str(value)[:100]!r}")


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
        self._buffer = b"\r\n"  # the first delimiter may start the body

    async def read_resource(self) -> dict[str, Any]:
        """Read the first part, and the headers of the second one.

        Raises:
            ApiError: 400, 413, 501.
        """
        await self._read_until(self._delimiter)
        await self._read_until(b"\r\n\r\n")
        resource = parse_json_object(await self._read_until(self._delimiter))
        headers = await self._read_until(b"\r\n\r\n")
        if content_type := _header(headers, b"content-type"):
            resource.setdefault("contentType", content_type)
        if _header(headers, b"content-transfer-encoding") not in _PLAIN_ENCODINGS:
            raise not_implemented("Content-Transfer-Encoding is not implemented.")
        return resource

    async def media(self) -> AsyncIterator[bytes]:
        """Yield the second part up to the closing delimiter.

        Raises:
            ApiError: 400 if the body ends before it.
        """
        keep = len(self._delimiter) - 1
        while (end := self._buffer.find(self._delimiter)) < 0:
            if len(self._buffer) > keep:
                yield self._buffer[:-keep]
                self._buffer = self._buffer[-keep:]
            await self._fill()
        if end:
            yield self._buffer[:end]
        self._buffer = self._buffer[end + len(self._delimiter) :]
        while len(self._buffer) < len(_CLOSING):
            await self._fill()
        if not self._buffer.startswith(_CLOSING):
            raise invalid("The multipart body has more than two parts")
        async for _ in self._blocks:
            pass  # the epilogue

    async def _read_until(self, mark: bytes) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > MAX_JSON_BYTES:
                raise too_large(f"The metadata is larger than {MAX_JSON_BYTES} bytes.")
            await self._fill()
        found, self._buffer = self._buffer[:end], self._buffer[end + len(mark) :]
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
