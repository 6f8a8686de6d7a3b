"""Uploads of small files in one request, without a copy of their bytes.

The client's own `upload_from_file` copies the content four times while it joins the parts of the body.
https://cloud.google.com/storage/docs/uploading-objects#multipart-upload-json-api
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from google.api_core.retry import Retry
from google.cloud import storage

from app.services.storage.chunked_transport import BLOCK_SIZE, TransferMonitor


class MultipartBody:
    """A `multipart/related` body: the resource as JSON, then the content, which is sent in blocks.

    Can be iterated again for a retry. `len()` makes requests announce the length.
    """

    def __init__(self, resource: Mapping[str, str], content: bytes, monitor: TransferMonitor) -> None:
        boundary = secrets.token_hex(16)
        content_type = resource["contentType"]
        self.content_type = f'multipart/related; boundary="{boundary}"'
        self._head = (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
            f"{json.dumps(resource)}\r\n--{boundary}\r\nContent-Type: {content_type}\r\n\r\n"
        ).encode()
        self._content = memoryview(content)
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._monitor = monitor

    def __len__(self) -> int:
        return len(self._head) + len(self._content) + len(self._tail)

    def __iter__(self) -> Iterator[bytes | memoryview]:
        yield self._head
        for start in range(0, len(self._content), BLOCK_SIZE):
            self._monitor.check()
            yield self._content[start : start + BLOCK_SIZE]
            self._monitor.advance(start + BLOCK_SIZE)
        yield self._tail


def insert_object(
    bucket: storage.Bucket,
    resource: Mapping[str, str],
    content: bytes,
    *,
    generation: int,
    timeout: float,
    retry: Retry,
    monitor: TransferMonitor,
) -> Mapping[str, Any]:
    """Create an object, or replace the one of `generation`, and return its resource."""
    body = MultipartBody(resource, content, monitor)
    connection = bucket.client._connection  # noqa: SLF001 - the client has no public function for a request
    inserted: Mapping[str, Any] = connection.api_request(
        method="POST",
        api_base_url=f"{connection.API_BASE_URL}/upload",
        path=f"{bucket.path}/o",
        query_params={"uploadType": "multipart", "ifGenerationMatch": generation},
        data=body,
        content_type=body.content_type,
        timeout=timeout,
        retry=retry,
    )
    return inserted
