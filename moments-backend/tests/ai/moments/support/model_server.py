"""A server on loopback that speaks the protocol of chat completions, and misbehaves as a test says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """One request, as it came over the wire."""

    path: str
    headers: dict[str, str]
    payload: dict[str, Any]
    writer: asyncio.StreamWriter
    hung_up: asyncio.Event

    @property
    def messages(self) -> list[dict[str, str]]:
        messages: list[dict[str, str]] = self.payload["messages"]
        return messages

    @property
    def text(self) -> str:
        """What the user's messages say."""
        return "\n".join(message["content"] for message in self.messages if message["role"] == "user")

    @property
    def asks_for_schema(self) -> bool:
        return "response_format" in self.payload

    async def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        head = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
        lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        self.writer.write("\r\n".join(lines).encode() + body)
        await self.writer.drain()


Answer = Callable[[Request], Awaitable[None]]


@dataclass
class ModelServer:
    """Where it listens, what it will do, and what it saw. The last of `script` is done again and again."""

    url: str = ""
    script: list[Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *rest = head.decode().split("\r\n")
                pairs = [line.partition(":") for line in rest if line]
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                body = await reader.readexactly(int(headers["content-length"]))
                request = Request(first.split()[1], headers, json.loads(body), writer, asyncio.Event())
                await self._act(request, reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _act(self, request: Request, reader: asyncio.StreamReader) -> None:
        answer = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(request)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        acting = asyncio.ensure_future(answer(request))
        watching = asyncio.ensure_future(_hang_up(reader, request.hung_up))
        try:
            await asyncio.wait({acting, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.busy -= 1
            watching.cancel()
            if not acting.done():
                acting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await acting
        await asyncio.gather(watching, return_exceptions=True)
        if not acting.cancelled():
            acting.result()


async def _hang_up(reader: asyncio.StreamReader, event: asyncio.Event) -> None:
    """Ends when the other side closes. It sends nothing more before it has its answer."""
    while not reader.at_eof() and reader.exception() is None:
        await asyncio.sleep(0.01)
    event.set()


@contextlib.asynccontextmanager
async def model_server(*script: Answer) -> AsyncIterator[ModelServer]:
    running = ModelServer(script=list(script))
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0, limit=1024**2)
    running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield running
        server.close()


def says(content: Any, *, finish_reason: str = "stop", refusal: str | None = None) -> Answer:
    """A completion with this content: text as it is, anything else as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": refusal}
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "the-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }

    async def answer(request: Request) -> None:
        await request.answer(200, json.dumps(completion).encode())

    return answer


def says_by(chosen: Callable[[Request], Any]) -> Answer:
    """A completion that depends on the request."""

    async def answer(request: Request) -> None:
        await says(chosen(request))(request)

    return answer


def status(code: int, message: str = "no", *, error_code: str | None = None) -> Answer:
    """An error in the shape that servers of this protocol share; it asks to be retried at once."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": error_code}}).encode()

    async def answer(request: Request) -> None:
        await request.answer(code, body, {"retry-after-ms": "1"})

    return answer


def page(html: str) -> Answer:
    async def answer(request: Request) -> None:
        await request.answer(200, html.encode(), {"content-type": "text/html"})

    return answer


async def silence(request: Request) -> None:
    await asyncio.sleep(3600)


async def cut(request: Request) -> None:
    """Half an answer, then the connection ends."""
    request.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{")
    await request.writer.drain()
    request.writer.close()


async def endless(request: Request) -> None:
    request.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    while True:
        request.writer.write(b" " * 65536)
        await request.writer.drain()


async def dripping(request: Request) -> None:
    request.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    while True:
        request.writer.write(b" ")
        await request.writer.drain()
        await asyncio.sleep(0.02)


def without_schemas(answer: Answer, code: int = 400) -> Answer:
    """A server that does not know `response_format`."""

    async def act(request: Request) -> None:
        if request.asks_for_schema:
            await status(code, "response_format is not supported")(request)
        else:
            await answer(request)

    return act
