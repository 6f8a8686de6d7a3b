"""Copy, rewrite and compose: objects made of other objects.

https://cloud.google.com/storage/docs/json_api/v1/objects
"""

from typing import Any

from app.core.concurrency import run_in_thread
from embedded.storage_server.api_errors import invalid, not_implemented
from embedded.storage_server.http import JsonResponse, Request, Response
from embedded.storage_server.resources import Object, Preconditions, checked_fields, checked_number
from embedded.storage_server.store import MAX_COMPONENTS, Store

Address = tuple[str, str]
"""Bucket and object name."""


class Copies:
    """Handlers of `copyTo`, `rewriteTo` and `compose`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def copy(self, source: Address, target: Address, request: Request) -> Response:
        copied = await self._copied(source, target, request)
        return JsonResponse(copied.as_json(request.url))

    async def rewrite(self, source: Address, target: Address, request: Request) -> Response:
        """Copy at once; the response never asks for a further call."""
        copied = await self._copied(source, target, request)
        return JsonResponse(
            {
                "kind": "storage#rewriteResponse",
                "totalBytesRewritten": str(copied.size),
                "objectSize": str(copied.size),
                "done": True,
                "resource": copied.as_json(request.url),
            }
        )

    async def compose(self, bucket: str, name: str, request: Request) -> Response:
        body = await request.json()
        entries = body.get("sourceObjects")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_COMPONENTS:
            raise invalid(f"The number of source components provided must be from 1 to {MAX_COMPONENTS}.")
        if body.get("deleteSourceObjects"):
            raise not_implemented("deleteSourceObjects is not implemented.")
        sources = [_compose_source(entry) for entry in entries]
        destination = body.get("destination")
        resource = checked_fields(destination if isinstance(destination, dict) else {})
        preconditions = Preconditions.of(request.query)
        composed = await run_in_thread(
            lambda: self._store.compose(sources, bucket, name, resource, preconditions)
        )
        return JsonResponse(composed.as_json(request.url))

    async def _copied(self, source: Address, target: Address, request: Request) -> Object:
        resource = checked_fields(await request.json())
        preconditions = Preconditions.of(request.query)
        found = self._store.get(*source, request.integer("sourceGeneration"))
        Preconditions.of(request.query, "ifSource").check(found)
        return await run_in_thread(lambda: self._store.copy(found, *target, resource, preconditions))


def _compose_source(entry: Any) -> tuple[str, int | None, Preconditions]:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise invalid("Each source object needs a name")
    conditions = entry.get("objectPreconditions") or {}
    if not isinstance(conditions, dict):
        raise invalid("Invalid value for objectPreconditions")
    return entry["name"], checked_number("generation", entry.get("generation")), Preconditions.of(conditions)
