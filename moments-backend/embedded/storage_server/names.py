"""Naming rules of buckets and objects.

https://cloud.google.com/storage/docs/buckets#naming
https://cloud.google.com/storage/docs/objects#naming
"""

import re

from embedded.storage_server.api_errors import invalid

MAX_OBJECT_NAME_BYTES = 1024
MAX_LABEL_CHARACTERS = 63

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_FORBIDDEN_CHARACTERS = re.compile(r"[\x00\r\n]")


def ensure_bucket_name(name: str) -> None:
    """Check a new bucket's name.

    Raises:
        ApiError: 400.
    """
    parts = name.split(".")
    if (
        not _BUCKET.fullmatch(name)
        or any(not 1 <= len(part) <= MAX_LABEL_CHARACTERS for part in parts)
        or _IP_ADDRESS.fullmatch(name)
        or name.startswith("goog")
        or "google" in name
    ):
        raise invalid(f"Invalid bucket name: '{name}'")


def ensure_object_name(name: str) -> None:
    """Check an object's name; it never becomes part of a path.

    Raises:
        ApiError: 400.
    """
    if not name:
        raise invalid("Required parameter: name")
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        raise invalid("Object names must be valid UTF-8") from None
    if length > MAX_OBJECT_NAME_BYTES:
        raise invalid(f"Object name is longer than {MAX_OBJECT_NAME_BYTES} bytes")
    if (
        _FORBIDDEN_CHARACTERS.search(name)
        or name in {".", ".."}
        or name.startswith(".well-known/acme-challenge/")
    ):
        raise invalid(f"Disallowed object name: {name!r}")
