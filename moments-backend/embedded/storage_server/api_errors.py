"""Errors in the formats of Google's JSON and XML APIs.

https://cloud.google.com/storage/docs/json_api/v1/status-codes
https://cloud.google.com/storage/docs/xml-api/reference-status
"""

import re
from http import HTTPStatus
from xml.sax.saxutils import escape

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ApiError(Exception):
    """A request that is answered with an error status.

    Args:
        reason: `errors[].reason` of the JSON API, in camel case.
        code: `<Code>` of the XML API; derived from `reason` by default.
    """

    def __init__(self, status: HTTPStatus, reason: str, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.code = code or reason[:1].upper() + reason[1:]

    def as_json(self) -> dict[str, object]:
        entry = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": int(self.status), "message": self.message, "errors": [entry]}}

    def as_xml(self) -> bytes:
        message = escape(_NOT_IN_XML.sub("\ufffd", self.message))
        text = (
            f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{escape(self.code)}</Code>"
            f"<Message>{message}</Message></Error>"
        )
        return text.encode()


def invalid(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "invalid", message, code="InvalidArgument")


def required(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "required", message, code="InvalidArgument")


def unauthorized() -> ApiError:
    message = "Missing or invalid bearer token."
    return ApiError(HTTPStatus.UNAUTHORIZED, "required", message, code="AuthenticationRequired")


def bucket_not_found() -> ApiError:
    message = "The specified bucket does not exist."
    return ApiError(HTTPStatus.NOT_FOUND, "notFound", message, code="NoSuchBucket")


def object_not_found(bucket: str, name: str) -> ApiError:
    message = f"No such object: {bucket}/{name}"
    return ApiError(HTTPStatus.NOT_FOUND, "notFound", message, code="NoSuchKey")


def content_missing(bucket: str, name: str) -> ApiError:
    message = f"The content of {bucket}/{name} is missing from the disk; upload it again."
    return ApiError(HTTPStatus.NOT_FOUND, "notFound", message, code="NoSuchKey")


def upload_not_found() -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, "notFound", "No such upload session.", code="NoSuchUpload")


def conflict(message: str) -> ApiError:
    return ApiError(HTTPStatus.CONFLICT, "conflict", message)


def precondition_failed() -> ApiError:
    message = "At least one of the pre-conditions you specified did not hold."
    return ApiError(HTTPStatus.PRECONDITION_FAILED, "conditionNotMet", message, code="PreconditionFailed")


def not_modified() -> ApiError:
    return ApiError(HTTPStatus.NOT_MODIFIED, "notModified", "Not Modified")


def not_implemented(message: str) -> ApiError:
    return ApiError(HTTPStatus.NOT_IMPLEMENTED, "notImplemented", message)


def range_not_satisfiable(size: int) -> ApiError:
    message = f"The requested range cannot be satisfied; the object has {size} bytes."
    return ApiError(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "requestedRangeNotSatisfiable",
        message,
        code="InvalidRange",
    )


def too_large(message: str) -> ApiError:
    return ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "uploadTooLarge", message, code="EntityTooLarge")


def disk_full(reason: str) -> ApiError:
    message = f"The embedded storage server cannot store this: {reason}."
    return ApiError(HTTPStatus.INSUFFICIENT_STORAGE, "insufficientStorage", message)
