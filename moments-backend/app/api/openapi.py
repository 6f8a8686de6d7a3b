"""Customisation of the document at `/openapi.json`."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.api.auth import COOKIE, METRICS_PATH, PROTECTED
from app.api.responses import problem_responses
from app.models.schemas import Problem

REFUSALS = (401, 403, 429, 503)
"""Statuses of authentication, which every protected operation can return."""
UNKNOWN_PARAMETER = 422
"""Status of a query parameter that an operation does not have."""
GUARD_REFUSALS = (403, 421)
"""Statuses of the guards, which every operation can return."""
BODY_REFUSALS = (413, 415)
"""The same, for methods with a body."""
BODY_METHODS = {"post", "put", "patch", "delete"}
NOT_MODIFIED = {"304": {"description": "Not modified since the version that `If-None-Match` names"}}


class OpenAPIApp(FastAPI):
    """FastAPI with a document that also describes the middlewares."""

    def openapi(self) -> dict[str, Any]:
        """Add the schema of problems, the security schemes, and refusals to every protected operation."""
        if self.openapi_schema is None:
            document: dict[str, Any] = super().openapi()
            components = document.setdefault("components", {})
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            components.setdefault("schemas", {}).update(schema.pop("$defs", {}) | {"Problem": schema})
            components["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer", "description": "`API_KEY` or a named key"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "Set by `POST /api/session`",
                },
            }
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    statuses = {*GUARD_REFUSALS, *(BODY_REFUSALS if method in BODY_METHODS else ())}
                    if path.startswith((PROTECTED, METRICS_PATH)):
                        # The empty requirement: no key is configured.
                        operation.setdefault("security", [{}, {"key": []}, {"session": []}])
                        statuses.update(REFUSALS)
                    if path.startswith(PROTECTED):
                        statuses.add(UNKNOWN_PARAMETER)
                    refusals = problem_responses(*sorted(statuses))
                    operation["responses"] = {
                        **{str(status): response for status, response in refusals.items()},
                        **(NOT_MODIFIED if method == "get" and _answers_json(operation) else {}),
                        **operation["responses"],
                    }
            self.openapi_schema = document
        return self.openapi_schema


def _answers_json(operation: dict[str, Any]) -> bool:
    return "application/json" in operation["responses"].get("200", {}).get("content", {})


def operation_id(route: APIRoute) -> str:
    """Return `listVideos` for `list_videos`: generated clients name their methods after it."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Return the methods of all operations at a path."""
    return [
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        for method in operations
    ]
