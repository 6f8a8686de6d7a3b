"""The XML API as far as signed links use it: GET, HEAD and PUT of one object.

https://cloud.google.com/storage/docs/xml-api/overview
"""

from embedded.storage_server.api_errors import not_implemented
from embedded.storage_server.http import Request, Response
from embedded.storage_server.media import open_media
from embedded.storage_server.names import ensure_object_name
from embedded.storage_server.receiving import receive_object
from embedded.storage_server.resources import Preconditions, checked_number
from embedded.storage_server.store import Store
from embedded.storage_server.uploads import checksums_in_headers

_OVERRIDES = {
    "response-content-disposition": "Content-Disposition",
    "response-content-type": "Content-Type",
}
_PARAMETERS = frozenset({*_OVERRIDES, "generation", "userproject"})
_STORED_HEADERS = {
    "cache-control": "cacheControl",
    "content-disposition": "contentDisposition",
    "content-encoding": "contentEncoding",
    "content-language": "contentLanguage",
    "content-type": "contentType",
}
_METADATA = "x-goog-meta-"
_CONDITIONS = {
    "x-goog-if-generation-match": "generation_match",
    "x-goog-if-metageneration-match": "metageneration_match",
}
_HEADERS = frozenset(
    {*_CONDITIONS, "x-goog-hash", "x-goog-content-sha256", "x-goog-date", "x-goog-user-project"}
)
_UNSIGNED = {None, "UNSIGNED-PAYLOAD"}


class XmlApi:
    """Handlers of `/{bucket}/{object}`; the caller has verified the signature."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle(self, request: Request) -> Response:
        bucket, *rest = request.segments
        name = "/".join(rest)
        _check_supported(request, name)
        match request.method:
            case "GET" | "HEAD":
                return self._get(bucket, name, request)
            case "PUT":
                return await self._put(bucket, name, request)
        raise not_implemented(f"{request.method} is not implemented for signed links.")

    def _get(self, bucket: str, name: str, request: Request) -> Response:
        overrides = {
            header: request.query[parameter]
            for parameter, header in _OVERRIDES.items()
            if request.query.get(parameter)
        }
        return open_media(self._store, bucket, name, request, _preconditions(request), overrides)

    async def _put(self, bucket: str, name: str, request: Request) -> Response:
        ensure_object_name(name)
        headers = request.headers
        metadata = {key.removeprefix(_METADATA): headers[key] for key in headers if key.startswith(_METADATA)}
        resource = {
            **{field: headers[header] for header, field in _STORED_HEADERS.items() if header in headers},
            **({"metadata": metadata} if metadata else {}),
            **checksums_in_headers(headers),
        }
        inserted = await receive_object(
            self._store,
            bucket,
            name,
            resource,
            _preconditions(request),
            request.blocks(),
            size=request.content_length,
        )
        hashes = f"crc32c={inserted.crc32c},md5={inserted.md5}"
        return Response(
            headers={
                "ETag": inserted.etag,
                "x-goog-generation": str(inserted.generation),
                "x-goog-metageneration": str(inserted.metageneration),
                "x-goog-hash": hashes,
            }
        )


def _preconditions(request: Request) -> Preconditions:
    return Preconditions(
        **{name: checked_number(header, request.headers.get(header)) for header, name in _CONDITIONS.items()}
    )


def _check_supported(request: Request, name: str) -> None:
    """Reject requests whose parameters or headers ask for something else than the object itself.

    Raises:
        ApiError: 501.
    """
    if not name:
        raise not_implemented("Requests for a bucket are not implemented for signed links.")
    parameters = (key.lower() for key in request.query)
    unknown = [key for key in parameters if key not in _PARAMETERS and not key.startswith("x-goog-")]
    unknown += [
        key for key in request.headers
        if key.startswith("x-goog-") and key not in _HEADERS and not key.startswith(_METADATA)
    ]  # fmt: skip
    if request.headers.get("x-goog-content-sha256") not in _UNSIGNED:
        unknown.append("x-goog-content-sha256")
    if unknown:
        raise not_implemented(f"{unknown[0][:100]} is not implemented for signed links.")
