"""The JSON API: buckets, and objects except uploads and copies.

https://cloud.google.com/storage/docs/json_api/v1
"""

import base64
from http import HTTPStatus

from app.core.concurrency import run_in_thread
from embedded.storage_server.api_errors import invalid, not_implemented
from embedded.storage_server.copies import Copies
from embedded.storage_server.http import JsonResponse, Request, Response
from embedded.storage_server.listing import MAX_PAGE, Query
from embedded.storage_server.media import open_media
from embedded.storage_server.resources import Preconditions, checked_fields
from embedded.storage_server.store import Store

_LISTS_OF_VERSIONS = ("versions", "softDeleted", "includeFoldersAsPrefixes")
_LIST_FILTERS = ("matchGlob", "filter")
_BUCKET_FIELDS = frozenset({"kind", "name", "location", "locationType", "iamConfiguration", "storageClass"})
_ACCESS_PARAMETERS = ("predefinedAcl", "destinationPredefinedAcl", "predefinedDefaultObjectAcl")
_KEY_PARAMETERS = ("kmsKeyName", "destinationKmsKeyName")


class JsonApi:
    """Handlers of `/storage/v1/…` and `/download/storage/v1/…`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._copies = Copies(store)

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
                return await self._get_bucket(bucket, request)
            case "DELETE", ("b", bucket):
                preconditions = Preconditions.of(request.query)
                await run_in_thread(self._store.delete_bucket, bucket, preconditions)
                return Response(status=HTTPStatus.NO_CONTENT)
            case "GET", ("b", bucket, "o"):
                return await self._list_objects(bucket, request)
            case (("GET" | "HEAD"), ("b", bucket, "o", name)):
                return self.get_object(bucket, name, request)
            case (("PATCH" | "PUT"), ("b", bucket, "o", name)):
                return await self._update_object(bucket, name, request)
            case "DELETE", ("b", bucket, "o", name):
                return await self._delete_object(bucket, name, request)
            case "POST", ("b", bucket, "o", name, "compose"):
                return await self._copies.compose(bucket, name, request)
            case "POST", ("b", bucket, "o", name, "copyTo", "b", to_bucket, "o", to_name):
                return await self._copies.copy((bucket, name), (to_bucket, to_name), request)
            case "POST", ("b", bucket, "o", name, "rewriteTo", "b", to_bucket, "o", to_name):
                return await self._copies.rewrite((bucket, name), (to_bucket, to_name), request)
        raise not_implemented(f"{request.method} {request.raw_path} is not implemented.")

    def get_object(self, bucket: str, name: str, request: Request, *, is_media: bool = False) -> Response:
        """Return metadata or, for `alt=media`, content."""
        alternative = request.query.get("alt", "json")
        if is_media or alternative == "media":
            return open_media(self._store, bucket, name, request, Preconditions.of(request.query))
        if alternative != "json":
            raise not_implemented(f"alt={alternative} is not implemented.")
        found = self._store.get(bucket, name, request.integer("generation"))
        Preconditions.of(request.query).check(found, is_read=True)
        return JsonResponse(found.as_json(request.url))

    async def _list_buckets(self, request: Request) -> Response:
        buckets = await run_in_thread(self._store.index.list_buckets)
        prefix = request.query.get("prefix", "")
        items = [bucket.as_json(request.url) for bucket in buckets if bucket.name.startswith(prefix)]
        return JsonResponse({"kind": "storage#buckets", "items": items})

    async def _get_bucket(self, bucket: str, request: Request) -> Response:
        found = await run_in_thread(self._store.get_bucket, bucket)
        found.check(Preconditions.of(request.query))
        return JsonResponse(found.as_json(request.url))

    async def _insert_bucket(self, request: Request) -> Response:
        resource = await request.json()
        name = resource.get("name")
        if not isinstance(name, str):
            raise invalid("Required parameter: name")
        unsupported = sorted(key for key, value in resource.items() if value and key not in _BUCKET_FIELDS)
        if unsupported:
            raise not_implemented(f"Not implemented: {', '.join(unsupported)[:200]}.")
        bucket = await run_in_thread(self._store.create_bucket, name)
        return JsonResponse(bucket.as_json(request.url))

    async def _list_objects(self, bucket: str, request: Request) -> Response:
        query = request.query
        unsupported = [name for name in _LISTS_OF_VERSIONS if request.flag(name)]
        unsupported += [name for name in _LIST_FILTERS if name in query]
        if unsupported:
            raise not_implemented(f"The parameter {unsupported[0]} is not implemented.")
        wanted = Query(
            prefix=query.get("prefix", ""),
            delimiter=query.get("delimiter", ""),
            start=query.get("startOffset", ""),
            end=query.get("endOffset", ""),
            token=_decode_token(query.get("pageToken", "")),
            limit=min(request.integer("maxResults") or MAX_PAGE, MAX_PAGE),
            with_delimiter_objects=request.flag("includeTrailingDelimiter"),
        )
        page = await run_in_thread(self._store.list, bucket, wanted)
        listing: dict[str, object] = {"kind": "storage#objects"}
        if page.objects:
            listing["items"] = [found.as_json(request.url) for found in page.objects]
        if page.prefixes:
            listing["prefixes"] = list(page.prefixes)
        if page.next_token is not None:
            listing["nextPageToken"] = base64.urlsafe_b64encode(page.next_token.encode()).decode()
        return JsonResponse(listing)

    async def _update_object(self, bucket: str, name: str, request: Request) -> Response:
        preconditions, generation = Preconditions.of(request.query), request.integer("generation")
        changes = checked_fields(await request.json())
        changed = await run_in_thread(
            lambda: self._store.update(
                bucket,
                name,
                changes,
                preconditions,
                generation=generation,
                replace_all=request.method == "PUT",
            )
        )
        return JsonResponse(changed.as_json(request.url))

    async def _delete_object(self, bucket: str, name: str, request: Request) -> Response:
        generation, preconditions = request.integer("generation"), Preconditions.of(request.query)
        await run_in_thread(lambda: self._store.delete(bucket, name, preconditions, generation=generation))
        return Response(status=HTTPStatus.NO_CONTENT)


def check_parameters(request: Request) -> None:
    """Reject parameters of the JSON API that would change the outcome but are not implemented.

    Raises:
        ApiError: 501.
    """
    for name in (*_ACCESS_PARAMETERS, *_KEY_PARAMETERS):
        if request.query.get(name):
            raise not_implemented(f"The parameter {name} is not implemented.")
    if any(name.startswith("x-goog-encryption-") for name in request.headers):
        raise not_implemented("Customer-supplied encryption keys are not implemented.")


def _decode_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError as error:
        raise invalid(f"Invalid pageToken: {token[:200]!r}") from error
