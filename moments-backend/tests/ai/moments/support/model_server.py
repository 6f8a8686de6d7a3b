"""Chat completions server on loopback with scripted, also faulty, responses."""

import asyncio
import contextlib
import json
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """A received request."""

    path: str
    headers: dict[str, str]
    payload: dict[str, Any]
    writer: asyncio.StreamWriter
    disconnected: asyncio.Event

    @property
    def messages(self) -> list[dict[str, str]]:
        messages: list[dict[str, str]] = self.payload["messages"]
        return messages

    @property
    def text(self) -> str:
        """The text of the user messages."""
        return "\n".join(message["content"] for message in self.messages if message["role"] == "user")

    @property
    def has_schema(self) -> bool:
        return "response_format" in self.payload

    async def respond(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        head = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
        lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        self.writer.write("\r\n".join(lines).encode() + body)
        await self.writer.drain()


Action = Callable[[Request], Awaitable[None]]


@dataclass
class ModelServer:
    """Server that performs the actions of `script` in order, and then repeats the last one."""

    url: str = ""
    script: list[Action] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    active: int = 0
    max_active: int = 0

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
        action = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(request)
        self.active += 1
        self.max_active = max(self.max_active, self.active)
        acting = asyncio.ensure_future(action(request))
        watching = asyncio.ensure_future(_watch_disconnect(reader, request.disconnected))
        try:
            await asyncio.wait({acting, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.active -= 1
            watching.cancel()
            if not acting.done():
                acting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await acting
        await asyncio.gather(watching, return_exceptions=True)
        if not acting.cancelled():
            acting.result()


async def _watch_disconnect(reader: asyncio.StreamReader, event: asyncio.Event) -> None:
    """Set the event when the client disconnects; it sends nothing before it has its response."""
    while not reader.at_eof() and reader.exception() is None:
        await asyncio.sleep(0.01)
    event.set()


@contextlib.asynccontextmanager
async def model_server(*script: Action) -> AsyncIterator[ModelServer]:
    scripted = ModelServer(script=list(script))
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0, limit=1024**2)
    scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield scripted
        server.close()


def reply(
    content: Any, *, finish_reason: str = "stop", refusal: str | None = None, logprobs: Any = None
) -> Action:
    """Return a completion with this content: text unchanged, anything else as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": refusal}
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "the-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": logprobs}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }

    async def act(request: Request) -> None:
        await request.respond(200, json.dumps(completion).encode())

    return act


def reply_by(choose: Callable[[Request], Any]) -> Action:
    """Return a completion that depends on the request."""

    async def act(request: Request) -> None:
        await reply(choose(request))(request)

    return act


def status(code: int, message: str = "no", *, error_code: str | None = None) -> Action:
    """Return an OpenAI error that permits an immediate retry."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": error_code}}).encode()

    async def act(request: Request) -> None:
        await request.respond(code, body, {"retry-after-ms": "1"})

    return act


def page(html: str) -> Action:
    async def act(request: Request) -> None:
        await request.respond(200, html.encode(), {"content-type": "text/html"})

    return act


async def silence(request: Request) -> None:
    await asyncio.sleep(3600)


async def truncated(request: Request) -> None:
    """Send half a response, then close the connection."""
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


def without_schemas(action: Action, code: int = 400) -> Action:
    """Perform the action, but reject `response_format`."""

    async def act(request: Request) -> None:
        if request.has_schema:
            await status(code, "response_format is not supported")(request)
        else:
            await action(request)

    return act


def passages_of(request: Request) -> tuple[str, str]:
    """Return the passages A and B that a request compares."""
    found = re.findall(
        r"^<(passage-[AB]-[0-9a-f]{16})>\n(.*?)\n</\1>$", request.text, re.MULTILINE | re.DOTALL
    )
    (_, first), (_, second) = found
    return first, second


def letter(probability: float, *, with_logprobs: bool = True) -> Action:
    """Answer A with this probability, otherwise B."""
    text = "A" if probability > 0.5 else "B"
    if not with_logprobs:
        return reply(text)
    pairs = (("A", probability), ("B", 1 - probability), (" the", 1e-4))
    shown = [{"token": token, "logprob": math.log(max(p, 1e-9)), "bytes": None} for token, p in pairs]
    first = next(one for one in shown if one["token"] == text)
    return reply(text, logprobs={"content": [first | {"top_logprobs": shown}], "refusal": None})


def judge_by(
    worth: Callable[[str], float], *, bias: float = 0.0, with_logprobs: bool = True, titles: Any = "none"
) -> Action:
    """Prefer the passage with the greater worth; `bias` is added to that of the first one.

    Requests for titles are answered with `titles`.
    """

    async def act(request: Request) -> None:
        if "passage-A" not in request.text:
            await reply(titles)(request)
            return
        first, second = (worth(passage) for passage in passages_of(request))
        difference = first + bias - second
        probability = 1 / (1 + math.exp(-max(min(difference, 50), -50)))
        await letter(probability, with_logprobs=with_logprobs)(request)

    return act
