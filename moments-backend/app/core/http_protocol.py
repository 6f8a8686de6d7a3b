"""uvicorn's HTTP protocol with limits on size and time, for clients that are not in good faith.

uvicorn bounds neither the size of a request head nor the time for it, and a parser for which every packet
extends one header takes time that grows with the square of the head. Used with
`uvicorn --http app.core.http_protocol:LimitedHttpProtocol`.
"""

import asyncio
import time
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, ClassVar, cast
from weakref import WeakKeyDictionary

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core.connection_limit import ConnectionLimiter, connections_within_descriptors
from app.core.http_rejection import (
    RejectedError,
    head_too_large,
    invalid_http,
    too_many_connections,
    too_many_requests,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uvicorn.server import ServerState

    from app.core.connection_limit import Connection

_HEADER_SEPARATORS = len(": \r\n")

_limiters: "WeakKeyDictionary[ServerState, ConnectionLimiter]" = WeakKeyDictionary()


class Expecting(Enum):
    """The part of a request that the next bytes belong to."""

    FIRST_BYTE = auto()
    HEAD = auto()
    BODY = auto()


class LimitedHttpProtocol(HttpToolsProtocol):
    """A connection that ends when its client sends too much, too slowly, or no valid HTTP."""

    max_head_bytes: ClassVar[int] = 64 * 1024
    max_headers: ClassVar[int] = 256
    max_pipelined: ClassVar[int] = 64
    """Complete requests that may wait for the response to an earlier one."""
    head_seconds: ClassVar[float] = 15
    body_idle_seconds: ClassVar[float] = 90
    """Time without a byte of a body, while the application waits for it."""
    refused_body_seconds: ClassVar[float] = 5
    """Time for the rest of a body, once the response is complete."""
    refused_body_bytes: ClassVar[int] = 1024 * 1024
    """Bytes of a body to discard after its response; with more the connection ends."""
    linger_seconds: ClassVar[float] = 2
    """Closing a socket with unread bytes resets the connection, and the client may lose the response."""
    linger_bytes: ClassVar[int] = 16 * 1024 * 1024
    max_connections: ClassVar[int | None] = None
    """Derived from the limit on descriptors by default."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        limiter = _limiters.get(self.server_state)
        if limiter is None:
            maximum = self.max_connections or connections_within_descriptors()
            limiter = _limiters[self.server_state] = ConnectionLimiter(maximum)
        self._limiter = limiter
        self._expecting = Expecting.FIRST_BYTE
        self._head_bytes = 0
        self._trailing_bytes = 0  # since the last byte of a body: chunk extensions and trailers
        self._message_ended = False
        self._discarded: int | None = None  # the connection is closing; its bytes are discarded
        self._refused_bytes = 0
        self._last_data = 0.0
        self._write_paused_at: float | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._body_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        others = cast("Iterable[Connection]", self.connections)
        has_room = len(self.connections) < self._limiter.maximum or self._limiter.make_room(others)
        super().connection_made(cast("asyncio.Transport", transport))
        if not has_room:
            self.logger.warning("Connection refused: %d are open.", len(self.connections) - 1)
            self.transport.write(too_many_connections().response(self.server_state.default_headers))
            self._discarded = 0
            self.transport.close()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timers()
        self._limiter.forget(self)
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close the connection at once, to make room for another one."""
        self._limiter.forget(self)
        self.connections.discard(self)
        self.transport.abort()

    def stalled_since(self) -> float | None:
        if self._write_paused_at is not None:
            return self._write_paused_at
        if self._expecting is Expecting.BODY and not self.flow.read_paused:
            return self._last_data
        return None

    def shutdown(self) -> None:
        if self._discarded is not None:
            self.transport.abort()
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        self._write_paused_at = time.monotonic()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._write_paused_at = None
        super().resume_writing()

    def handle_websocket_upgrade(self) -> None:
        self._cancel_timers()
        self._limiter.forget(self)
        super().handle_websocket_upgrade()

    # Bytes

    def data_received(self, data: bytes) -> None:
        if self._discarded is not None:
            self._discard(len(data))
            return
        self._unset_keepalive_if_required()
        self._last_data = time.monotonic()
        while data and self._discarded is None and not self.transport.is_closing():
            # Head bytes are parsed up to the limit only: one packet can hold four times as much.
            size = len(data)
            if self._expecting is not Expecting.BODY:
                size = max(1, self.max_head_bytes + 1 - self._head_bytes)
            self._feed(data[:size])
            data = data[size:]
        if self._discarded is None and not self.transport.is_closing():
            self._await_more()

    def _feed(self, piece: bytes) -> None:
        self._message_ended = False
        self._trailing_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
            self._check_sizes(len(piece))
        except httptools.HttpParserUpgrade:
            self._on_upgrade()
        except httptools.HttpParserError as error:
            cause = error.__context__ or error
            if not isinstance(cause, RejectedError):
                is_explained = isinstance(cause, httptools.HttpParserError)
                cause = invalid_http(f"malformed: {cause}" if is_explained else "malformed request target")
            self._reject(cause)
        except RejectedError as error:
            self._reject(error)

    def _check_sizes(self, size: int) -> None:
        if self._expecting is Expecting.BODY:
            if self._trailing_bytes > self.max_head_bytes:
                raise head_too_large("the chunk extensions or trailers are too large")
            if self.cycle.response_complete:
                self._refused_bytes += size
                if self._refused_bytes > self.refused_body_bytes:
                    self.linger()
        elif not self._message_ended:
            self._head_bytes += size
            if self._head_bytes > self.max_head_bytes:
                raise self._head_too_large()

    def _await_more(self) -> None:
        """Start the timer of the part that the connection waits for."""
        if self._expecting is Expecting.BODY:
            if self._body_timer is None:
                limit = self.refused_body_seconds if self.cycle.response_complete else self.body_idle_seconds
                self._body_timer = self.loop.call_later(limit, self._on_body_timer)
        elif self._head_timer is None and (self._expecting is Expecting.HEAD or self._head_bytes):
            self._await_head()
        elif self._head_timer is None and self.timeout_keep_alive_task is None and not self._is_responding():
            # The rest of a body that was answered early has stopped the timer of idle connections.
            self._limiter.idle[self] = None
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _await_head(self) -> None:
        self._limiter.idle.pop(self, None)
        self._limiter.heads[self] = None
        self._head_timer = self.loop.call_later(self.head_seconds, self._on_head_timer)

    def _on_head_timer(self) -> None:
        self._head_timer = None
        if self._is_responding():  # to an earlier request; reading is paused meanwhile
            self._head_timer = self.loop.call_later(self.head_seconds, self._on_head_timer)
        else:
            self.transport.close()

    def _on_body_timer(self) -> None:
        self._body_timer = None
        if self._expecting is not Expecting.BODY or self.transport.is_closing():
            return
        if self.cycle.response_complete:
            self.linger()
            return
        # A paused connection has bytes that the application does not take yet.
        idle = 0.0 if self.flow.read_paused else time.monotonic() - self._last_data
        if idle >= self.body_idle_seconds:
            self.transport.abort()
        else:
            self._body_timer = self.loop.call_later(self.body_idle_seconds - idle, self._on_body_timer)

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        self._expecting = Expecting.HEAD
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.max_head_bytes:
            raise self._head_too_large()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._expecting is Expecting.BODY:
            return  # trailers must not reach the request, whose headers were checked
        if len(self.headers) >= self.max_headers:
            raise head_too_large(f"more than {self.max_headers} request headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        has_body = self._check_headers()
        if len(self.pipeline) >= self.max_pipelined:
            raise too_many_requests()
        before = self.cycle
        super().on_headers_complete()
        self._expecting = Expecting.BODY
        self._head_bytes = self._trailing_bytes = self._refused_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        self._limiter.forget(self)
        if has_body and self.cycle is not before:
            self.cycle.transport = cast("asyncio.Transport", _LingeringTransport(self))

    def on_body(self, body: bytes) -> None:
        self._trailing_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._expecting = Expecting.FIRST_BYTE
        self._head_bytes = 0
        self._message_ended = True
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _check_headers(self) -> bool:
        """Return whether a body follows.

        Raises:
            RejectedError: the head is too large, or proxies may read it in another way than this server.
        """
        size = len(self.url)
        hosts = encodings = lengths = 0
        for name, value in self.headers:
            size += len(name) + len(value) + _HEADER_SEPARATORS
            if name == b"host":
                hosts += 1
            elif name == b"content-length":
                lengths += value.strip() != b"0"
            elif name == b"transfer-encoding":
                encodings += 1
                if value.strip().lower() != b"chunked":
                    raise invalid_http("unsupported Transfer-Encoding")
        if size > self.max_head_bytes:
            raise self._head_too_large()
        if hosts > 1:
            raise invalid_http("more than one Host header")
        if encodings > 1:
            raise invalid_http("more than one Transfer-Encoding header")
        return bool(encodings or lengths)

    def _head_too_large(self) -> RejectedError:
        return head_too_large(f"the request head exceeds {self.max_head_bytes // 1024} KiB")

    def _on_upgrade(self) -> None:
        if self._should_upgrade():
            self.handle_websocket_upgrade()
            return
        # The parser has skipped the rest of the packet, so the connection cannot be used for another request.
        self.cycle.keep_alive = False
        self._discarded = 0

    # Responses

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing() or self._is_responding() or self._discarded is not None:
            return
        if self._expecting is Expecting.FIRST_BYTE and self._head_timer is None:
            self._limiter.idle[self] = None
        elif self._expecting is Expecting.BODY and self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = self.loop.call_later(self.refused_body_seconds, self._on_body_timer)

    def linger(self) -> None:
        """Close after the client has read the response, or after a short time."""
        if self._linger_timer is not None or self.transport.is_closing():
            return
        self._discarded = self._discarded or 0
        self._cancel_timers()
        self._limiter.forget(self)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._linger_timer = self.loop.call_later(self.linger_seconds, self.transport.abort)

    def has_unread_body(self) -> bool:
        """Return whether the client still sends the body of the request that is being answered."""
        return self._expecting is Expecting.BODY and not self.pipeline

    def _discard(self, size: int) -> None:
        self._discarded = (self._discarded or 0) + size
        if self._discarded > self.linger_bytes:
            self.transport.abort()

    def _is_responding(self) -> bool:
        return bool(self.pipeline) or (self.cycle is not None and not self.cycle.response_complete)

    def _reject(self, error: RejectedError) -> None:
        """Answer a request that breaks a limit or is not HTTP, and end the connection."""
        self.logger.info("Request rejected: %s", error.detail, extra={"request_id": error.request_id})
        cycle = self.cycle
        if self._expecting is not Expecting.BODY and self._is_responding():
            # The responses to earlier requests come first; the last of them closes the connection.
            cycle.keep_alive = False
            self._cancel_timers()
            self._discarded = 0
            return
        if self._expecting is Expecting.BODY and cycle is not None and not cycle.response_complete:
            if cycle.response_started or self.pipeline:
                self.transport.abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or not cycle.response_complete or self._expecting is not Expecting.BODY:
            self.transport.write(error.response(self.server_state.default_headers))
        self.linger()

    def _cancel_timers(self) -> None:
        for timer in (self._head_timer, self._body_timer, self._linger_timer):
            if timer is not None:
                timer.cancel()
        self._head_timer = self._body_timer = self._linger_timer = None


class _LingeringTransport:
    """The methods of a transport that a response cycle calls; `close` does not lose the response."""

    def __init__(self, protocol: LimitedHttpProtocol) -> None:
        self._protocol = protocol
        self.write = protocol.transport.write
        self.is_closing = protocol.transport.is_closing

    def close(self) -> None:
        if self._protocol.has_unread_body():
            self._protocol.linger()
        else:
            self._protocol.transport.close()
