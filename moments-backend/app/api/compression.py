"""Compression of text responses, by gzip or Brotli."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware, remove_compress_type

MINIMUM_BYTES = 1024
"""Smaller responses fit into one packet anyway."""
LEVEL = 4
"""Level of both methods: higher ones take several times as long for a few percent."""

# Each event must leave at once, and a compressor per open stream would cost 250 kB of memory.
remove_compress_type("text/event-stream")


class CompressionMiddleware:
    """Pure ASGI: compresses JSON and other text if the client accepts it.

    Ranges, media and the precompressed files of the web app pass unchanged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._compress = CompressMiddleware(
            app, minimum_size=MINIMUM_BYTES, zstd=False, brotli_quality=LEVEL, gzip_level=LEVEL
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._compress(scope, receive, send)
            return

        async def send_with_weak_tag(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_weak_tag(message["headers"])
            await send(message)

        await self._compress(scope, receive, send_with_weak_tag)


def _with_weak_tag(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Weaken the ETag of an encoded file: a range of the original must not continue it.

    Tags of documents stay strong, because clients send them back in `If-Match`.
    https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.3
    """
    if not {b"content-encoding", b"accept-ranges"} <= {name for name, _ in headers}:
        return headers
    return [
        (name, b"W/" + value if name == b"etag" and not value.startswith(b"W/") else value)
        for name, value in headers
    ]
