"""Every error of the Google client, named. Nothing of the vendor's gets past this module.

The client raises from eight families: google.api_core, google.auth, requests, urllib3 (while an answer is
read), its own media package, `RetryError`, and plain `ValueError` or `OSError` where an answer was cut short.
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
    BucketNotFoundError,
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
"""Worth another try. https://cloud.google.com/storage/docs/retry-strategy"""

SESSION_LOST_STATUSES = frozenset({http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE})
"""How a resumable session answers once the service has forgotten it."""


def status_of(error: BaseException) -> int | None:
    """The HTTP status inside an error of the client, where there is one."""
    if isinstance(error, api.RetryError) and error.cause is not None:
        return status_of(error.cause)
    if isinstance(error, api.GoogleAPICallError):
        return int(error.code) if error.code is not None else None
    if isinstance(error, InvalidResponse):
        return int(error.response.status_code)
    return None


def is_timeout(error: BaseException) -> bool:
    """Whether a socket waited in vain, however deep the client has wrapped it."""
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
    """Whether the same request may succeed when it is made again."""
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
    """The named cause of an error of the client.

    Args:
        subject: what the request was about, as words for a message: an object's address, or the bucket's.
    """
    if isinstance(error, VideoMomentsError):
        return error
    status = status_of(error)
    if status is not None:
        return _by_status(status, error, bucket, subject)
    if isinstance(error, DataCorruption):
        return UploadCorruptedError(f"the checksum of {subject} differs from what was sent")
    if isinstance(error, (auth.DefaultCredentialsError, auth.MalformedError, auth.RefreshError)):
        return StorageCredentialsError(
            f"no usable credentials: {short_message(error)}", remedy=CREDENTIALS_REMEDY
        )
    if is_timeout(error):
        return UploadStalledError(f"no answer in time about {subject}", remedy="check the network; run again")
    if isinstance(
        error,
        (
            *(requests.RequestException, urllib3.exceptions.HTTPError, auth.TransportError, api.RetryError),
            OSError,
        ),
    ):
        return StorageUnavailableError(
            f"Cloud Storage cannot be reached for {subject}: {short_message(error)}",
            remedy="check the network, and STORAGE_EMULATOR_HOST where one is set; run again",
        )
    if isinstance(error, (ValueError, KeyError)):
        return StorageUnavailableError(
            f"an answer about {subject} could not be understood: {short_message(error)}"
        )
    return StorageError(f"{subject}: {short_message(error)}")


def _by_status(status: int, error: BaseException, bucket: str, subject: str) -> VideoMomentsError:
    words = short_message(error)
    if status == http.HTTPStatus.UNAUTHORIZED:
        return StorageCredentialsError(f"credentials refused (401): {words}", remedy=CREDENTIALS_REMEDY)
    if status == http.HTTPStatus.FORBIDDEN:
        return StoragePermissionError(
            f"access to {subject} denied (403 Forbidden): {words}", remedy=PERMISSION_REMEDY
        )
    if status in SESSION_LOST_STATUSES:
        return ObjectNotFoundError(f"{subject} does not exist ({status})")
    if status == http.HTTPStatus.PRECONDITION_FAILED:
        return ObjectChangedError(f"another writer changed {subject}", remedy="run again")
    if status == http.HTTPStatus.BAD_REQUEST and _CHECKSUM_WORDS.search(words):
        return UploadCorruptedError(f"{subject} was refused, its checksum differs: {words}")
    if status in TRANSIENT_STATUSES:
        return StorageUnavailableError(f"Cloud Storage answered {status} for {subject}: {words}")
    return StorageError(f"Cloud Storage answered {status} for {subject} in bucket {bucket}: {words}")


def bucket_missing(bucket: str) -> BucketNotFoundError:
    return BucketNotFoundError(
        f"bucket {bucket} does not exist",
        remedy=f"set GCS_BUCKET_NAME, or create it: gcloud storage buckets create gs://{bucket}",
    )


def short_message(error: BaseException) -> str:
    """The service's or the system's own words, in one line, without the address of the request."""
    if isinstance(error, api.RetryError) and error.cause is not None:
        return short_message(error.cause)
    if isinstance(error, api.GoogleAPICallError):
        words = _service_words(_REQUEST.sub("", str(error.message)))
    elif isinstance(error, InvalidResponse):
        words = _service_words(error.response.text) or str(error.response.reason)
    else:
        inner = error.args[0] if error.args else error
        words = str(getattr(inner, "reason", None) or inner)
    return " ".join(words.split())[:300] or type(error).__name__


def _service_words(text: str) -> str:
    """The sentence inside the JSON that Cloud Storage wraps its errors in, cut short or not."""
    sentence = _MESSAGE.search(text)
    return sentence.group(1).replace('\\"', '"') if sentence else text


@contextmanager
def mapped_errors(*, bucket: str, subject: str) -> Iterator[None]:
    """Inside the block every error is one of ours."""
    try:
        yield
    except Exception as error:
        named = map_error(error, bucket=bucket, subject=subject)
        if named is error:
            raise
        raise named from error
