"""Rejection of query parameters that an operation does not have."""

import difflib
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

MAX_NAMED = 20
"""Unknown parameters that an error names; a query string may contain thousands."""

_KNOWN: WeakKeyDictionary[Callable[..., Any], frozenset[str]] = WeakKeyDictionary()
"""Names of the parameters by endpoint."""


async def reject_unknown_parameters(request: Request) -> None:
    """Refuse a misspelt parameter, which would otherwise change nothing and be noticed late.

    Raises:
        RequestValidationError: the query string contains other names than those of the operation.
    """
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    known = query_parameters(route) if isinstance(route, APIRoute) else frozenset[str]()
    unknown = [name for name in dict.fromkeys(request.query_params.keys()) if name not in known]
    if unknown:
        raise RequestValidationError(
            [
                {"type": "extra_forbidden", "loc": ("query", name), "msg": _message(name, known)}
                for name in unknown[:MAX_NAMED]
            ]
        )


def query_parameters(route: APIRoute) -> frozenset[str]:
    """Return the names of the query parameters of an operation, those of its dependencies included."""
    known = _KNOWN.get(route.endpoint)
    if known is None:
        known = _KNOWN[route.endpoint] = frozenset(_find_parameters(route))
    return known


def _find_parameters(route: APIRoute) -> Iterator[str]:
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        for field in dependant.query_params:
            model = field.field_info.annotation
            if isinstance(model, type) and issubclass(model, BaseModel):
                yield from (info.alias or name for name, info in model.model_fields.items())
            else:
                yield field.alias


def _message(name: str, known: frozenset[str]) -> str:
    if not known:
        return "unknown parameter: this operation has none"
    if similar := difflib.get_close_matches(name[:100], known, n=1):
        return f"unknown parameter; did you mean {similar[0]}?"
    return f"unknown parameter; known are {', '.join(sorted(known))}"
