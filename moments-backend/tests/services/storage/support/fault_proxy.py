"""A reverse proxy that injects network faults between the real client and the real storage server.

Requests without a matching rule are forwarded unchanged.
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "host"}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]

    @property
    def starts_upload(self) -> bool:
        return self.method == "POST" and "/upload/" in self.path

    @property
    def sends_chunk(self) -> bool:
        return self.method == "PUT" and "/upload/" in self.path

    @property
    def uploads(self) -> bool:
        return self.starts_upload or self.sends_chunk

    @property
    def final_chunk(self) -> bool:
        """Return whether the chunk ends with the last byte of the file."""
        span, _, total = self.headers.get("content-range", "").removeprefix("bytes ").partition("/")
        return self.sends_chunk and total.isdigit() and span.endswith(f"-{int(total) - 1}")


Action = Callable[["_Handler", Request], None]


@dataclass
class Rule:
    """Applies `action` to the first `times` matching requests."""

    matches: Callable[[Request], bool]
    action: Action
    times: int = 1
    fired: int = 0


@dataclass
class FaultProxy:
    """URL, rules and received requests of the proxy."""

    url: str
    upstream: str
    rules: list[Rule] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    upload_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def when(self, matches: Callable[[Request], bool], action: Action, times: int = 1) -> Rule:
        rule = Rule(matches, action, times)
        self.rules.append(rule)
        return rule

    def take(self, request: Request) -> Action | None:
        with self.lock:
            self.seen.append(request)
            for rule in self.rules:
                if rule.fired < rule.times and rule.matches(request):
                    rule.fired += 1
                    return rule.action
        return None

    def uploads(self) -> list[Request]:
        return [request for request in self.seen if request.uploads]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError, ValueError, OSError):
            self.close_connection = True

    def do_any(self) -> None:
        request = Request(
            self.command, self.path, {name.lower(): value for name, value in self.headers.items()}
        )
        action = self.proxy.take(request) or forward
        action(self, request)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # all methods
            return self.do_any
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep the test output free of the proxy's log."""

    def body(self, limit: int | None = None, bytes_a_second: int | None = None) -> bytes:
        """Return the request's body, or its first `limit` bytes."""
        remaining = int(self.headers.get("Content-Length") or 0)
        remaining = remaining if limit is None else min(limit, remaining)
        parts = []
        while remaining:
            part = self.rfile.read(min(remaining, 16 * 1024))
            if not part:
                raise ConnectionError("the client closed the connection")
            parts.append(part)
            remaining -= len(part)
            if "/upload/" in self.path:
                self.proxy.upload_bytes += len(part)
            if bytes_a_second:
                time.sleep(len(part) / bytes_a_second)
        return b"".join(parts)

    def pass_on(self, body: bytes) -> tuple[HTTPResponse, bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        with closing(HTTPConnection(urlsplit(self.proxy.upstream).netloc, timeout=60)) as upstream:
            upstream.request(self.command, self.path, body, headers)
            response = upstream.getresponse()
            return response, response.read()

    def answer(self, response: HTTPResponse, content: bytes, cut_to: int | None = None) -> None:
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value.replace(self.proxy.upstream, self.proxy.url))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if cut_to is None else content[:cut_to])
        if cut_to is not None:
            self.cut()

    def cut(self) -> None:
        """Reset the connection, as a crashed peer does."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


# Actions


def forward(handler: _Handler, _: Request) -> None:
    handler.answer(*handler.pass_on(handler.body()))


def status(code: int, message: str = "injected") -> Action:
    def act(handler: _Handler, _: Request) -> None:
        handler.body()
        content = json.dumps({"error": {"code": code, "message": message}}).encode()
        handler.send_response_only(code)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return act


def reset_after(size: int) -> Action:
    """Reset the connection after `size` bytes of the body."""

    def act(handler: _Handler, _: Request) -> None:
        handler.body(limit=size)
        handler.cut()

    return act


def lose_response(handler: _Handler, _: Request) -> None:
    """Forward the request and drop the response."""
    handler.pass_on(handler.body())
    handler.cut()


def lose_response_then_reject(handler: _Handler, request: Request) -> None:
    """Drop the response; the retry then fails with 412, as at the real service."""
    lose_response(handler, request)
    handler.proxy.when(lambda later: later.uploads, status(412, "conditionNotMet"))


def truncate_response(handler: _Handler, _: Request) -> None:
    response, content = handler.pass_on(handler.body())
    handler.answer(response, content[: len(content) // 2])


def corrupt(handler: _Handler, _: Request) -> None:
    """Flip a bit near the end of the body."""
    body = bytearray(handler.body())
    body[-200] ^= 1
    handler.answer(*handler.pass_on(bytes(body)))


def slowly(bytes_a_second: int) -> Action:
    def act(handler: _Handler, _: Request) -> None:
        handler.answer(*handler.pass_on(handler.body(bytes_a_second=bytes_a_second)))

    return act


def hang(handler: _Handler, _: Request) -> None:
    """Read the request and never respond."""
    handler.body()
    handler.connection.settimeout(60)
    handler.rfile.read(1)


def without_md5(handler: _Handler, _: Request) -> None:
    """Remove the MD5, as for composite objects."""
    response, content = handler.pass_on(handler.body())
    described = json.loads(content)
    described.pop("md5Hash", None)
    handler.answer(response, json.dumps(described).encode())


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # A small buffer makes a slow reader slow down the sender.
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    server.daemon_threads = True
    server.block_on_close = False
    proxy = FaultProxy(f"http://127.0.0.1:{server.server_port}", upstream.rstrip("/"))
    handler.proxy = proxy  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
