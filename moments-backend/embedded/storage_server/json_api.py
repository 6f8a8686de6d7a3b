"""The JSON API: buckets, and objects except uploads.

https://cloud.google.com/storage/docs/json_api/v1
"""

import base64
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from app.core.concurrency import run_in_thread
from embedded.storage_server.api_errors import invalid, not_implemented
from embedded.storage_server.http import Request, Response, json_response
from embedded.storage_server.media import MediaResponse
from embedded.storage_server.resources import WRITABLE_FIELDS, Object, Preconditions
from embedded.storage_server.store import MAX_COMPONENTS, MAX_PAGE, Store


class JsonApi:
    """Handlers of `/storage/v1/…` and `/download/storage/v1/…`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle(self, request: Request, path: tuple[str, ...]) -> Response:  # noqa: C901 - one route a case
        """Route a request; `path` is what follows `/storage/v1/`.

        Raises:
            ApiError: 501 for methods that are not implemented.
        """
        match request.method, path:
            case "GET", ("b",):
                return await self._list_buckets(request)
            case "POST", ("b",):
                return await self._insert_bucket(request)
            case "GET", ("b", bucket):
                found = await run_in_thread(self._store.get_bucket, bucket)
                return json_response(found.as_json(request.url))
            case "DELETE", ("b", bucket):
                await run_in_thread(self._store.delete_bucket, bucket)
                return Response(status=HTTPStatus.NO_CONTENT)
            case "GET", ("b", bucket, "o"):
                return await self._list_objects(bucket, request)
            case (("GET" | "HEAD"), ("b", bucket, "o", name)):
                return await self.get_object(bucket, name, request)
            case (("PATCH" | "PUT"), ("b", bucket, "o", name)):
                return await self._update_object(bucket, name, request)
            case "DELETE", ("b", bucket, "o", name):
                await self._delete_object(bucket, name, request)
                return Response(status=HTTPStatus.NO_CONTENT)
            case "POST", ("b", bucket, "o", name, "compose"):
                return await self._compose(bucket, name, request)
            case "POST", (
                "b",
                bucket,
                "o",
                name,
                ("rewriteTo" | "copyTo") as verb,
                "b",
                to_bucket,
                "o",
                to_name,
            ):
                return await self._copy(
                    bucket, name, to_bucket, to_name, request, is_rewrite=verb == "rewriteTo"
                )
        raise not_implemented(f"{request.method} {request.raw_path} is not implemented.")

    async def get_object(
        self, bucket: str, name: str, request: Request, *, is_media: bool = False
    ) -> Response:
        generation = request.integer("generation")
        found = await run_in_thread(self._store.get, bucket, name, generation)
        Preconditions.from_query(request.query).check(found, is_read=True)
        if is_media or request.query.get("alt") == "media":
            return MediaResponse(self._store.blobs, found, request)
        return json_response(found.as_json(request.url))

    async def _list_buckets(self, request: Request) -> Response:
        buckets = await run_in_thread(self._store.index.list_buckets)
        prefix = request.query.get("prefix", "")
        items = [bucket.as_json(request.url) for bucket in buckets if bucket.name.startswith(prefix)]
        return json_response({"kind": "storage#buckets", "items": items})

    async def _insert_bucket(self, request: Request) -> Response:
        name = (await request.json()).get("name")
        if not isinstance(name, str):
            raise invalid("Required parameter: name")
        bucket = await run_in_thread(self._store.create_bucket, name)
        return json_response(bucket.as_json(request.url))

    async def _list_objects(self, bucket: str, request: Request) -> Response:
        query = request.query
        for unsupported in ("versions", "softDeleted", "matchGlob", "filter"):
            if query.get(unsupported, "false") != "false":
                raise not_implemented(f"The parameter {unsupported} is not implemented.")
        limit = min(request.integer("maxResults") or MAX_PAGE, MAX_PAGE)
        page = await run_in_thread(
            lambda: self._store.list(
                bucket,
                prefix=query.get("prefix", ""),
                delimiter=query.get("delimiter", ""),
                start=query.get("startOffset", ""),
                end=query.get("endOffset", ""),
                after=_decode_token(query.get("pageToken", "")),
                limit=limit,
            )
        )
        listing: dict[str, Any] = {"kind": "storage#objects"}
        if page.objects:
            listing["items"] = [found.as_json(request.url) for found in page.objects]
        if page.prefixes:
            listing["prefixes"] = list(page.prefixes)
        if page.next_token is not None:
            listing["nextPageToken"] = base64.urlsafe_b64encode(page.next_token.encode()).decode()
        return json_response(listing)

    async def _update_object(self, bucket: str, name: str, request: Request) -> Response:
        generation, changes = request.integer("generation"), await request.json()
        preconditions = Preconditions.from_query(request.query)
        changed = await run_in_thread(
            lambda: self._store.update(
                bucket,
                name,
                _checked_fields(changes),
                preconditions,
                generation=generation,
                replace_all=request.method == "PUT",
            )
        )
        return json_response(changed.as_json(request.url))

    async def _delete_object(self, bucket: str, name: str, request: Request) -> None:
        generation, preconditions = request.integer("generation"), Preconditions.from_query(request.query)
        await run_in_thread(lambda: self._store.delete(bucket, name, preconditions, generation=generation))

    async def _compose(self, bucket: str, name: str, request: Request) -> Response:
        body = await request.json()
        entries = body.get("sourceObjects")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_COMPONENTS:
            raise invalid(f"compose takes 1 to {MAX_COMPONENTS} source objects")
        if body.get("deleteSourceObjects"):
            raise not_implemented("deleteSourceObjects is not implemented.")
        sources = [await self._compose_source(bucket, entry) for entry in entries]
        destination = body.get("destination")
        resource = _checked_fields(destination if isinstance(destination, dict) else {})
        return await self._concatenate(sources, bucket, name, resource, request, is_composite=True)

    async def _compose_source(self, bucket: str, entry: Any) -> Object:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise invalid("A source object needs a name")
        generation = entry.get("generation")
        found = await run_in_thread(
            self._store.get, bucket, entry["name"], None if generation is None else int(generation)
        )
        expected = (entry.get("objectPreconditions") or {}).get("ifGenerationMatch")
        Preconditions(None if expected is None else int(expected)).check(found)
        return found

    async def _copy(
        self, bucket: str, name: str, to_bucket: str, to_name: str, request: Request, *, is_rewrite: bool
    ) -> Response:
        body = await request.json()
        source = await run_in_thread(self._store.get, bucket, name, request.integer("sourceGeneration"))
        Preconditions.from_query(request.query, "ifSource").check(source)
        resource = _checked_fields(body) or dict(source.fields)
        copied = await self._concatenate([source], to_bucket, to_name, resource, request, is_composite=False)
        if not is_rewrite:
            return copied
        size = str(source.size)
        head = {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": size,
            "objectSize": size,
            "done": True,
        }
        found = await run_in_thread(self._store.get, to_bucket, to_name)
        return json_response({**head, "resource": found.as_json(request.url)})

    async def _concatenate(
        self,
        sources: list[Object],
        bucket: str,
        name: str,
        resource: Mapping[str, Any],
        request: Request,
        *,
        is_composite: bool,
    ) -> Response:
        preconditions = Preconditions.from_query(request.query)
        written = await run_in_thread(
            lambda: self._store.concatenate(
                sources, bucket, name, resource, preconditions, is_composite=is_composite
            )
        )
        return json_response(written.as_json(request.url))


def _checked_fields(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the writable fields of a resource.

    Raises:
        ApiError: 400 for a value of the wrong type.
    """
    fields = {name: value for name, value in resource.items() if name in WRITABLE_FIELDS}
    for name, value in fields.items():
        if value is not None and not isinstance(value, dict if name == "metadata" else str):
            raise invalid(f"Invalid value for {name}")
    return fields


def _decode_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError as error:
        raise invalid(f"Invalid pageToken: {token!r}") from error
