"""Calls of Google's client that the tests of the storage server share."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud import storage


def link(blob: storage.Blob, key: Any, url: str, **options: Any) -> str:
    """Return a V4 link that is valid for five minutes, for GET by default."""
    options = {"version": "v4", "expiration": timedelta(minutes=5), "method": "GET"} | options
    return str(blob.generate_signed_url(api_access_endpoint=url, credentials=key, **options))


def upload_in_chunks(blob: storage.Blob, content: bytes, **options: Any) -> None:
    """Upload with a resumable session, which the client uses for small contents of unknown size only."""
    blob.upload_from_file(BytesIO(content), **options)
