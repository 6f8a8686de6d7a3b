"""HTTP transcription server on loopback with scripted, also faulty, replies."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any, Self


@dataclass
class Reply:
    """A scripted reply.

    Attributes:
        delay: seconds before the reply.
        truncated: close the connection in the middle of the body.
        disconnect: close the connection without a reply.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    truncated: bool = False
    disconnect: bool = False

    @classmethod
    def json(cls, content: Any, status: int = 200, **headers: str) -> Self:
        typed = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return cls(status, json.dumps(content).encode(), typed)


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, list[bytes]]:
        """Return the fields of the multipart body."""
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        fields: dict[str, list[bytes]] = {}
        for part in message_from_bytes(head + self.body).walk():
            name = part.get_param("name", header="content-disposition")
            if isinstance(name, str):
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                fields.setdefault(name, []).append(content)
        return fields


@dataclass
class SpeechServer:
    """Server that sends the replies of `script` in order, and then repeats the last one.

    Attributes:
        disconnects: requests whose client closed the connection before the reply.
    """

    script: list[Reply] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    disconnects: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *rest = head.strip().split("\r\n")
                headers = {
                    name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.requests.append(Request(first.split()[1], headers, body))
                if not await self._reply(reader, writer):
                    break
        writer.close()

    async def _reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send the next reply; return whether the connection remains open."""
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if reply.delay:
            with suppress(TimeoutError):
                async with asyncio.timeout(reply.delay):
                    await reader.read(1)
                self.disconnects += 1
                return False
        if reply.disconnect:
            return False
        head = {"content-length": str(len(reply.body)), **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} -", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        body = reply.body[: len(reply.body) // 2] if reply.truncated else reply.body
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        return not reply.truncated
