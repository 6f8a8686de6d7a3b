"""A web server on loopback with correct or faulty behaviour, as the test sets."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ETAG = '"v1"'


@dataclass
class Seen:
    """A received request."""

    path: str
    headers: Message


Action = Callable[["Handler"], None]


@dataclass
class Web:
    """Address, actions by path (the last one repeats), and received requests of the server."""

    port: int
    scheme: str = "http"
    actions: dict[str, list[Action]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Ends stalled responses."""

    def on(self, path: str, *actions: Action) -> str:
        self.actions[path] = list(actions)
        return self.url(path)

    def url(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def ranges(self) -> list[str | None]:
        return [request.headers["Range"] for request in self.seen]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def do_GET(self) -> None:
        self.web.seen.append(Seen(self.path, self.headers))
        actions = self.web.actions.get(self.path.partition("?")[0])
        if not actions:
            self.send(404, b"not found", {"Content-Type": "text/plain"})
            return
        action = actions.pop(0) if len(actions) > 1 else actions[0]
        action(self)

    do_HEAD = do_GET  # noqa: N815 - see above

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the test output free of the server's log."""

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.head(status, {"Content-Length": str(len(content)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(content)

    def cut(self) -> None:
        """Reset the connection, as a crashed peer does."""
        self.wfile.flush()
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True


def respond(content: bytes, *, status: int = 200, content_type: str = "video/mp4", **headers: str) -> Action:
    """Send the whole content; header names use underscores."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda handler: handler.send(status, content, {"Content-Type": content_type, **named})


def serve(
    content: bytes,
    *,
    etag: str | None = ETAG,
    cut_after: int | None = None,
    ranges: bool = True,
    clean: bool = False,
) -> Action:
    """Serve a file with Range and If-Range.

    Args:
        cut_after: bytes of the body after which the connection ends.
        clean: close the connection in an orderly way instead of a reset.
    """

    def act(handler: Handler) -> None:
        requested, condition = handler.headers["Range"], handler.headers["If-Range"]
        start = 0
        if ranges and requested and condition in {None, etag}:
            start = int(requested.removeprefix("bytes=").removesuffix("-"))
        body = content[start:]
        headers = {"Content-Type": "video/mp4", "Content-Length": str(len(body))}
        if etag:
            headers["ETag"] = etag
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.head(206 if start else 200, headers)
        handler.wfile.write(body if cut_after is None else body[:cut_after])
        if cut_after is not None:
            handler.close_connection = True
            if not clean:
                handler.cut()

    return act


def redirect(location: str, status: int = 302) -> Action:
    return lambda handler: handler.send(status, b"", {"Location": location})


def endless(beginning: bytes, content_type: str = "video/mp4") -> Action:
    """Send chunks without end."""

    def act(handler: Handler) -> None:
        handler.head(200, {"Content-Type": content_type, "Transfer-Encoding": "chunked"})
        block = beginning.ljust(64 * 1024, b"\0")
        while not handler.web.released.is_set():
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))

    return act


def stall(content: bytes, *, announced: int) -> Action:
    """Send `content`, then nothing."""

    def act(handler: Handler) -> None:
        handler.head(200, {"Content-Type": "video/mp4", "Content-Length": str(announced), "ETag": ETAG})
        handler.wfile.write(content)
        handler.wfile.flush()
        handler.web.released.wait(60)
        handler.close_connection = True

    return act


def chunked_cut(content: bytes) -> Action:
    """End a chunked response before its last chunk."""

    def act(handler: Handler) -> None:
        handler.head(200, {"Content-Type": "video/mp4", "Transfer-Encoding": "chunked"})
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        handler.close_connection = True

    return act


@contextmanager
def web_server(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Web]:
    handler = type("OwnHandler", (Handler,), {})
    server = ThreadingHTTPServer((host, 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    server.block_on_close = False
    web = Web(server.server_port, "http" if context is None else "https")
    handler.web = web  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        web.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
