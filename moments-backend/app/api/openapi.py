"""The document at `/openapi.json`: what every operation may answer, with its content type."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.api.auth import COOKIE, PROTECTED
from app.models.schemas import Problem

PROBLEM_MEDIA_TYPE = "application/problem+json"

Responses = dict[int | str, dict[str, Any]]

_DESCRIPTIONS = {
    401: "A key is set, and the request shows neither it nor the cookie",
    404: "There is no such thing",
    409: "What is registered stands in the way",
    412: "Another version of the tus protocol is spoken here",
    415: "The body is not of the type that the tus protocol sends",
    422: "A value that cannot be served",
    423: "Another request is at work on it",
    503: "Something that this needs is away; `detail` says what",
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def problem_responses(*statuses: int) -> Responses:
    """The `responses` of errors."""
    return {
        status: {"description": _DESCRIPTIONS[status], "content": {PROBLEM_MEDIA_TYPE: {"schema": _PROBLEM}}}
        for status in statuses
    }


def file_responses(media_type: str) -> Responses:
    """The `responses` of a file: whole, in part, and the framework's own refusals in plain text."""
    binary = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    parts = {"multipart/byteranges": {"schema": {"type": "string", "format": "binary"}}}
    plain = {"text/plain": {"schema": {"type": "string"}}}
    return {
        200: {"description": "The whole file", "content": binary},
        206: {"description": "The ranges asked for", "content": binary | parts},
        400: {"description": "A Range header that makes no sense", "content": plain},
        416: {"description": "A range beyond the end of the file", "content": plain},
    }


LIST = problem_responses(422, 503)
LIST[200] = {
    "headers": {
        "Link": {
            "description": 'The next page, as `<…>; rel="next"`; absent on the last one',
            "schema": {"type": "string"},
        },
        "X-Total-Count": {
            "description": "How many there are on all pages, where `count` asks for it",
            "schema": {"type": "integer"},
        },
    }
}
THUMBNAIL = file_responses("image/jpeg") | problem_responses(404, 409, 422, 503)
STREAM = file_responses("video/*") | problem_responses(404, 409, 422, 503)
STREAM[307] = {
    "description": "Where the object is, when no file is here",
    "headers": {"Location": {"schema": {"type": "string"}}},
}
CLIP = file_responses("video/mp4") | problem_responses(404, 422, 503)
CLIP[307] = STREAM[307]


def _events(description: str) -> dict[str, Any]:
    """The 200 of a stream of runs' states."""
    return {
        "description": description,
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                # What OpenAPI 3.2 says of streams; tools of 3.1 pass over it.
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


WATCH = problem_responses(404, 422, 503)
WATCH[200] = _events("Events named `status`, each with the whole state of the run")
WATCH_ALL = problem_responses(503)
WATCH_ALL[200] = _events("Events named `status`, each with the whole state of one of the runs")
RUNS = problem_responses(422, 503)
RUNS[200] = {"headers": {"Link": LIST[200]["headers"]["Link"]}}


def _headers(**descriptions: str) -> dict[str, Any]:
    """Headers of an answer, by their names with underscores."""
    return {
        "headers": {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in descriptions.items()
        }
    }


_EXPIRES = "When the upload is forgotten, if no further byte comes"

UPLOAD_OFFERED: Responses = {
    204: _headers(
        Tus_Version="1.0.0", Tus_Extension="creation, termination, expiration", Tus_Max_Size="Bytes"
    )
}
UPLOAD_CREATED = problem_responses(409, 412, 422, 503)
UPLOAD_CREATED[201] = _headers(Location="The upload's address, without a host", Upload_Expires=_EXPIRES)
UPLOAD_HEADERS = problem_responses(404, 412, 422, 503)
UPLOAD_HEADERS[200] = _headers(
    Upload_Offset="Bytes that have arrived",
    Upload_Length="Bytes in all",
    Upload_Metadata="What the client said of it",
    Upload_Expires=_EXPIRES,
)
UPLOAD_OFFSET = problem_responses(404, 409, 412, 415, 422, 423, 503)
UPLOAD_OFFSET[204] = _headers(Upload_Offset="Bytes that have arrived", Upload_Expires=_EXPIRES)


def captions_responses(media_type: str) -> Responses:
    """The `responses` of captions."""
    text = {media_type: {"schema": {"type": "string"}}}
    return {200: {"description": "The captions", "content": text}} | problem_responses(404, 422, 503)


def operation_id(route: APIRoute) -> str:
    """`list_videos` is `listVideos`: clients made from the document name their methods after it."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """The methods that are answered at a path."""
    return [
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        for method in operations
    ]


class OpenAPIApp(FastAPI):
    """FastAPI, whose document also says what the middlewares do."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document: dict[str, Any] = super().openapi()
            components = document.setdefault("components", {})
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            components.setdefault("schemas", {}).update(schema.pop("$defs", {}) | {"Problem": schema})
            components["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer", "description": "The API key"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            }
            for path, operations in document["paths"].items():
                if path.startswith(PROTECTED):
                    for operation in operations.values():
                        # The empty one: no key is set.
                        operation.setdefault("security", [{}, {"key": []}, {"session": []}])
                        operation["responses"].update({str(k): v for k, v in problem_responses(401).items()})
            self.openapi_schema = document
        return self.openapi_schema
