"""The XML API as far as signed links use it: GET, HEAD and PUT of one object."""

from http import HTTPStatus

from app.core.concurrency import run_in_thread
from embedded.storage_server.api_errors import not_implemented
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.http import Request, Response
from embedded.storage_server.media import MediaResponse, receive_into
from embedded.storage_server.names import ensure_object_name
from embedded.storage_server.resources import Preconditions
from embedded.storage_server.resumable import checksums_in_headers
from embedded.storage_server.store import Store

_OVERRIDES = {
    "response-content-disposition": "Content-Disposition",
    "response-content-type": "Content-Type",
}


class XmlApi:
    """Handlers of `/{bucket}/{object}`; the caller has verified the signature."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle(self, request: Request) -> Response:
        bucket, *rest = request.segments
        name = "/".join(rest)
        match request.method:
            case "GET" | "HEAD":
                return await self._get(bucket, name, request)
            case "PUT":
                return await self._put(bucket, name, request)
        raise not_implemented(f"{request.method} is not implemented for signed links.")

    async def _get(self, bucket: str, name: str, request: Request) -> Response:
        found = await run_in_thread(self._store.get, bucket, name, request.integer("generation"))
        if request.headers.get("if-none-match") == found.etag:
            return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": found.etag})
        overrides = {
            header: request.query[parameter]
            for parameter, header in _OVERRIDES.items()
            if parameter in request.query
        }
        return MediaResponse(self._store.blobs, found, request, overrides)

    async def _put(self, bucket: str, name: str, request: Request) -> Response:
        ensure_object_name(name)
        generation = request.headers.get("x-goog-if-generation-match")
        preconditions = Preconditions(int(generation) if generation and generation.isdecimal() else None)
        resource = {
            "contentType": request.headers.get("content-type"),
            **checksums_in_headers(request.headers),
        }
        await run_in_thread(self._store.check_insert, bucket, name, preconditions)
        blob = self._store.blobs.new_name()
        writer = await run_in_thread(BlobWriter, self._store.blobs, blob)
        try:
            await receive_into(writer, request.blocks())
            inserted = await run_in_thread(self._store.insert, bucket, name, writer, resource, preconditions)
        except BaseException:
            await run_in_thread(self._store.blobs.delete, blob)
            raise
        finally:
            writer.close()
        return Response(headers={"ETag": inserted.etag, "x-goog-generation": str(inserted.generation)})
