"""An HTTP proxy in front of the API that harms one request.

The browser talks to a real socket, because Playwright's own interception turns the browser's cache off.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_BLOCK = 65536
_HEAD_LIMIT = 256 * 1024
_PROBLEM = json.dumps(
    {
        "type": "urn:videomoments:error:internal-error",
        "title": "Internal error",
        "status": 500,
        "detail": "an injected fault",
        "retryable": False,
    }
).encode()
_ERROR = (
    b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/problem+json\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(_PROBLEM), _PROBLEM)
)


class Fault(StrEnum):
    """Faults of a request, which replace its response."""

    DROP = "dropped"
    DELAY = "delayed"
    ERROR = "answered 500"


@dataclass
class FaultProxy:
    """Forwards requests to a server; the first one named `target` suffers a fault."""

    upstream: str
    target: str | None = None
    """Method and path, such as `GET /api/videos`."""
    fault: Fault | None = None
    delay_seconds: float = 30
    seen: list[str] = field(default_factory=list)
    """Names of all requests, in order."""
    harmed: int = 0
    url: str = ""
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.handle(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._forward(reader, writer)
        finally:
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(_HEAD_END)
        request_line, *lines = head[: -len(_HEAD_END)].decode("latin-1").split("\r\n")
        method, path, _ = request_line.split(" ", 2)
        name = f"{method} {urlsplit(path).path}"
        self.seen.append(name)
        if name == self.target and not self.harmed:
            self.harmed += 1
            if self.fault is Fault.DROP:
                writer.transport.abort()
                return
            if self.fault is Fault.ERROR:
                writer.write(_ERROR)
                await writer.drain()
                return
            await asyncio.sleep(self.delay_seconds)
        kept = [line for line in lines if not line.lower().startswith("connection:")]
        address = urlsplit(self.upstream)
        server_reader, server_writer = await asyncio.open_connection(address.hostname, address.port)
        sending = asyncio.create_task(_copy(reader, server_writer))
        try:
            server_writer.write("\r\n".join([request_line, *kept, "connection: close"]).encode("latin-1"))
            server_writer.write(_HEAD_END)
            await _copy(server_reader, writer)
        finally:
            sending.cancel()
            server_writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await source.read(_BLOCK):
            target.write(block)
            await target.drain()


@asynccontextmanager
async def fault_proxy(
    upstream: str, target: str | None = None, fault: Fault | None = None, *, delay_seconds: float = 30
) -> AsyncIterator[FaultProxy]:
    """Run a proxy on a free port of this machine."""
    proxy = FaultProxy(upstream, target, fault, delay_seconds)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0, limit=_HEAD_LIMIT)
    host, port = server.sockets[0].getsockname()[:2]
    proxy.url = f"http://{host}:{port}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
