"""Maps every error of the Google client to one of ours; vendor errors do not pass this module.

The client raises from eight families: google.api_core, google.auth, requests, urllib3 (while a response is
read), its own media package, `RetryError`, and plain `ValueError` or `OSError` for truncated responses.
"""

import http
import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import urllib3.exceptions
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

from app.core.exceptions import (
    ObjectChangedError,
    ObjectNotFoundError,
    StorageCredentialsError,
    StorageError,
    StoragePermissionError,
    StorageUnavailableError,
    UploadCorruptedError,
    UploadStalledError,
    VideoMomentsError,
)

CREDENTIALS_REMEDY = (
    "set GCS_SERVICE_ACCOUNT_FILE to a service account's JSON key, "
    "or log in with `gcloud auth application-default login`"
)
PERMISSION_REMEDY = "grant the service account the role Storage Object Admin on the bucket"

_REQUEST = re.compile(r"^[A-Z]+ https?://\S+: ")
_MESSAGE = re.compile(r'"message":\s*"((?:[^"\\]|\\.)+)')
_CHECKSUM_WORDS = re.compile(r"md5|crc32c|checksum|hash", re.IGNORECASE)

TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""https://cloud.google.com/storage/docs/retry-strategy"""

SESSION_LOST_STATUSES = frozenset({http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE})
"""Responses to a resumable session that the service has discarded."""


def status_of(error: BaseException) -> int | None:
    if isinstance(error, api.RetryError) and error.cause is not None:
        return status_of(error.cause)
    if isinstance(error, api.GoogleAPICallError):
        return int(error.code) if error.code is not None else None
    if isinstance(error, InvalidResponse):
        return int(error.response.status_code)
    return None


def is_timeout(error: BaseException) -> bool:
    """Return whether a socket timeout is the cause, at any depth of wrapping."""
    seen: set[int] = set()
    pending: list[BaseException] = [error]
    while pending:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, (TimeoutError, requests.Timeout, urllib3.exceptions.ReadTimeoutError)):
            return True
        pending += [
            part
            for part in (*current.args, current.__cause__, current.__context__)
            if isinstance(part, BaseException)
        ]
    return False


def is_retryable(error: BaseException) -> bool:
    if isinstance(error, VideoMomentsError):
        return False
    status = status_of(error)
    if status is not None:
        return status in TRANSIENT_STATUSES
    if isinstance(error, auth.TransportError):
        return True
    # The vendor's own families come first: requests' JSONDecodeError is a RequestException and a ValueError.
    return isinstance(
        error,
        (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError),
    )


def map_error(error: BaseException, *, bucket: str, subject: str) -> VideoMomentsError:
    """Map an error of the client to one of ours.

    Args:
        subject: the target of the request for the message, such as an object's URL.
    """
    if isinstance(error, VideoMomentsError):
        return error
    status = status_of(error)
    if status is not None:
        return _map_status(status, error, bucket, subject)
    if isinstance(error, DataCorruption):
        return UploadCorruptedError(f"the checksum of {subject} differs from the one sent")
    if isinstance(error, (auth.DefaultCredentialsError, auth.MalformedError, auth.RefreshError)):
        return StorageCredentialsError(
            f"no usable credentials: {short_message(error)}", remedy=CREDENTIALS_REMEDY
        )
    if is_timeout(error):
        return UploadStalledError(f"timeout on {subject}", remedy="check the network; run again")
    if isinstance(
        error,
        (
            *(requests.RequestException, urllib3.exceptions.HTTPError, auth.TransportError, api.RetryError),
            OSError,
        ),
    ):
        return StorageUnavailableError(
            f"Cloud Storage cannot be reached for {subject}: {short_message(error)}",
            remedy="check the network, and STORAGE_EMULATOR_HOST if set; run again",
        )
    if isinstance(error, (ValueError, KeyError)):
        return StorageUnavailableError(f"invalid response for {subject}: {short_message(error)}")
    return StorageError(f"{subject}: {short_message(error)}")


def _map_status(status: int, error: BaseException, bucket: str, subject: str) -> VideoMomentsError:
    message = short_message(error)
    if status == http.HTTPStatus.UNAUTHORIZED:
        return StorageCredentialsError(f"credentials rejected (401): {message}", remedy=CREDENTIALS_REMEDY)
    if status == http.HTTPStatus.FORBIDDEN:
        return StoragePermissionError(
            f"access to {subject} denied (403 Forbidden): {message}", remedy=PERMISSION_REMEDY
        )
    if status in SESSION_LOST_STATUSES:
        return ObjectNotFoundError(f"{subject} does not exist ({status})")
    if status == http.HTTPStatus.PRECONDITION_FAILED:
        return ObjectChangedError(f"another writer changed {subject}", remedy="run again")
    if status == http.HTTPStatus.BAD_REQUEST and _CHECKSUM_WORDS.search(message):
        return UploadCorruptedError(f"{subject} was rejected because its checksum differs: {message}")
    if status in TRANSIENT_STATUSES:
        return StorageUnavailableError(f"Cloud Storage returned {status} for {subject}: {message}")
    return StorageError(f"Cloud Storage returned {status} for {subject} in bucket {bucket}: {message}")


def short_message(error: BaseException) -> str:
    """Return the service's or the system's message on one line, without the request's URL."""
    if isinstance(error, api.RetryError) and error.cause is not None:
        return short_message(error.cause)
    if isinstance(error, api.GoogleAPICallError):
        message = _service_message(_REQUEST.sub("", str(error.message)))
    elif isinstance(error, InvalidResponse):
        message = _service_message(error.response.text) or str(error.response.reason)
    else:
        inner = error.args[0] if error.args else error
        message = str(getattr(inner, "reason", None) or inner)
    return " ".join(message.split())[:300] or type(error).__name__


def _service_message(text: str) -> str:
    """Extract `message` from the service's JSON, which may be truncated."""
    message = _MESSAGE.search(text)
    return message.group(1).replace('\\"', '"') if message else text


@contextmanager
def mapped_errors(*, bucket: str, subject: str) -> Iterator[None]:
    """Map every error raised inside the block with `map_error`."""
    try:
        yield
    except Exception as error:
        mapped = map_error(error, bucket=bucket, subject=subject)
        if mapped is error:
            raise
        raise mapped from error
