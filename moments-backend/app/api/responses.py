"""Tables for the `responses=` of endpoints: every status an operation can return."""

from typing import Any

PROBLEM_MEDIA_TYPE = "application/problem+json"

Responses = dict[int | str, dict[str, Any]]

_DESCRIPTIONS = {
    401: "Missing or invalid API key or session cookie",
    403: "Not allowed: the key's scope, the client's address or the request's origin; see `type`",
    404: "Not found",
    409: "Conflict with an existing resource",
    412: "Unsupported tus version",
    413: "Request body too large",
    415: "Unsupported media type",
    421: "Unknown host name in the Host header",
    422: "Invalid request",
    423: "Locked by another request",
    429: "A limit is reached; see `detail` and the header `Retry-After`",
    503: "A required service is unavailable; see `detail`",
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TEXT = {"schema": {"type": "string"}}


def _bytes_of(*media_types: str) -> dict[str, Any]:
    """Return the `content` of bytes. Generators of clients leave out answers of unsupported types."""
    return dict.fromkeys((*media_types, "application/octet-stream"), _BINARY)


def _text_of(media_type: str) -> dict[str, Any]:
    """Return the `content` of text; `text/plain` for the same reason as in `_bytes_of`."""
    return dict.fromkeys(
        (media_type,) if media_type.startswith("text/") else (media_type, "text/plain"), _TEXT
    )


def problem_responses(*statuses: int) -> Responses:
    """Return the `responses` of errors."""
    return {
        status: {"description": _DESCRIPTIONS[status], "content": {PROBLEM_MEDIA_TYPE: {"schema": _PROBLEM}}}
        for status in statuses
    }


def file_responses(media_type: str) -> Responses:
    """Return the `responses` of a file. Starlette reports invalid ranges as plain text."""
    return {
        200: {"description": "The whole file", "content": _bytes_of(media_type)},
        206: {
            "description": "The requested ranges",
            "content": _bytes_of(media_type, "multipart/byteranges"),
        },
        304: {"description": "Not modified since the version that the request names"},
        400: {"description": "Malformed Range header", "content": {"text/plain": _TEXT}},
        416: {"description": "Range beyond the end of the file", "content": {"text/plain": _TEXT}},
    }


def download_responses(media_type: str) -> Responses:
    """Return the `responses` of a text that browsers save."""
    return export_responses(media_type, "The file")


def captions_responses(media_type: str) -> Responses:
    """Return the `responses` of captions."""
    return export_responses(media_type, "The captions")


def export_responses(media_type: str, description: str = "The transcript") -> Responses:
    """Return the `responses` of a transcript in another format."""
    content = {"description": description, "content": _text_of(media_type)}
    return {200: content} | problem_responses(404, 422, 503)


def transcript_responses(*statuses: int) -> Responses:
    """Return the `responses` of a transcript with its version."""
    return {200: _headers(ETag="Version of the transcript, for If-Match")} | problem_responses(*statuses)


def _headers(**descriptions: str) -> dict[str, Any]:
    """Return the headers of a response; underscores in names become hyphens."""
    return {
        "headers": {
            name.replace("_", "-"): {"description": text} | _TEXT for name, text in descriptions.items()
        }
    }


def _event_stream(description: str) -> dict[str, Any]:
    """Return the 200 of a stream of run states."""
    return {
        "description": description,
        "content": {
            "text/event-stream": _TEXT
            | {
                # `itemSchema` is OpenAPI 3.2; tools for 3.1 ignore it.
                "itemSchema": {
                    "type": "object",
                    "required": ["event", "data"],
                    "properties": {
                        "event": {"const": "status"},
                        "data": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": {"$ref": "#/components/schemas/RunState"},
                        },
                    },
                },
            }
        },
    }


_NEXT_PAGE = {"Link": {"description": 'Next page, as `<…>; rel="next"`; absent on the last page'} | _TEXT}
_REDIRECT = {
    "description": "Redirect to a signed URL, if the file is not stored locally",
    "headers": {"Location": _TEXT},
}
_EXPIRES = "When the upload expires if no more bytes arrive"

VIDEO_LIST = problem_responses(422, 503)
VIDEO_LIST[200] = {
    "headers": _NEXT_PAGE
    | {
        "X-Total-Count": {
            "description": "Number of videos on all pages, if requested with `count`",
            "schema": {"type": "integer"},
        },
    }
}
MOMENT_LIST = problem_responses(422, 503)
MOMENT_LIST[200] = {
    "headers": _NEXT_PAGE
    | {
        "X-Total-Count": {
            "description": "Number of moments on all pages, if requested with `count`",
            "schema": {"type": "integer"},
        },
    }
}
THUMBNAIL = file_responses("image/jpeg") | problem_responses(404, 409, 422, 429, 503)
STORYBOARD_VTT = file_responses("text/vtt") | problem_responses(404, 409, 422, 429, 503)
STORYBOARD_SHEET = file_responses("image/jpeg") | problem_responses(404, 409, 422, 429, 503)
STREAM = file_responses("video/*") | problem_responses(404, 409, 422, 503) | {307: _REDIRECT}
CLIP = file_responses("video/mp4") | problem_responses(404, 422, 503) | {307: _REDIRECT}
EXPORT_FILE = problem_responses(404, 409, 422, 503) | {
    307: {"description": "Redirect to a signed URL of the file", "headers": {"Location": _TEXT}}
}
EXPORT_ARCHIVE = problem_responses(404, 409, 422, 503) | {
    200: {"description": "The archive", "content": _bytes_of("application/zip")}
}
EXPORT_LIST = problem_responses(422, 503)
EXPORT_LIST[200] = {"headers": _NEXT_PAGE}

FEED = problem_responses(404, 422, 503) | {
    200: {
        "description": "RSS 2.0 with podcast tags",
        "content": _text_of("application/rss+xml"),
        "headers": {"ETag": {"description": "Digest of the feed"} | _TEXT},
    },
    304: {"description": "Not modified since the version that the request names"},
}

RUN_EVENTS = problem_responses(404, 422, 429, 503)
RUN_EVENTS[200] = _event_stream("Events named `status`, each with the full state of the run")
ALL_RUN_EVENTS = problem_responses(422, 429, 503)
ALL_RUN_EVENTS[200] = _event_stream("Events named `status`, each with the full state of one run")
RUN_LIST = problem_responses(422, 503)
RUN_LIST[200] = {"headers": _NEXT_PAGE}
SEARCH = problem_responses(404, 422, 503)
SEARCH[200] = {"headers": _NEXT_PAGE}
BULK = problem_responses(403, 404, 409, 422, 503)
BULK[202] = {
    "description": "A worker carries out the action",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BulkOperationRead"}}},
}
TRASH_LIST = problem_responses(422, 503)
TRASH_LIST[200] = {"headers": _NEXT_PAGE}
DISMISSED_LIST = problem_responses(422, 503)
DISMISSED_LIST[200] = {"headers": _NEXT_PAGE}
AUDIT_LIST = problem_responses(422, 503)
AUDIT_LIST[200] = {"headers": _NEXT_PAGE}
DELIVERY_LIST = problem_responses(404, 422, 503)
DELIVERY_LIST[200] = {"headers": _NEXT_PAGE}
SUBSCRIPTION_ITEMS = problem_responses(404, 422, 503)
SUBSCRIPTION_ITEMS[200] = {"headers": _NEXT_PAGE}

CHAPTERS: Responses = {200: _headers(ETag="Version of the list, for `If-Match`")}

UPLOAD_OPTIONS: Responses = {
    204: _headers(
        Tus_Version="1.0.0", Tus_Extension="creation, termination, expiration", Tus_Max_Size="Bytes"
    )
}
UPLOAD_LIST = problem_responses(422, 503)
UPLOAD_LIST[200] = {"headers": _NEXT_PAGE}
UPLOAD_CREATED = problem_responses(409, 412, 422, 429, 503)
UPLOAD_CREATED[201] = _headers(Location="Path of the upload, without a host", Upload_Expires=_EXPIRES)
UPLOAD_HEAD = problem_responses(404, 412, 422, 503)
UPLOAD_HEAD[200] = _headers(
    Upload_Offset="Bytes received",
    Upload_Length="Total bytes",
    Upload_Metadata="Metadata as sent by the client",
    Upload_Expires=_EXPIRES,
)
UPLOAD_PATCH = problem_responses(404, 409, 412, 415, 422, 423, 503)
UPLOAD_PATCH[204] = _headers(Upload_Offset="Bytes received", Upload_Expires=_EXPIRES)
