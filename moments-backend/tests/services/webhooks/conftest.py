"""Targets on loopback that record, fail, redirect or hang, and a sender that may reach them."""

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.database.session import transaction
from app.models.webhook import WebhookCreate, WebhookCreated
from app.services.downloads.pinned_transport import PinnedTransport
from app.services.downloads.ssrf_guard import SsrfGuard
from app.services.webhooks import events
from app.services.webhooks.delivery import WebhookDelivery
from app.services.webhooks.sender import WebhookSender
from app.services.webhooks.service import WebhookService

LOOPBACK = IPv4Network("127.0.0.0/8")


@dataclass
class Received:
    """A received request."""

    path: str
    headers: Message
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@dataclass
class Target:
    """A server that receives events: `/ok`, `/gone`, `/hang`, `/redirect`, `/busy`, `/broken`, `/endless`."""

    port: int
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    broken: bool = True

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def events(self, path: str) -> list[str]:
        return [request.event["type"] for request in self.received if request.path == path]


STATUSES = {"/ok": 204, "/gone": 410, "/redirect": 302, "/busy": 503, "/broken": 500, "/endless": 500}


class _Handler(BaseHTTPRequestHandler):
    target: Target

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.target.received.append(Received(self.path, self.headers, body))
        if self.path == "/hang":
            self.target.released.wait(30)
        status = STATUSES.get(self.path, 200)
        self.send_response(status if self.target.broken or status < 500 else 200)
        if self.path == "/redirect":
            self.send_header("Location", "/ok")
        if self.path == "/busy":
            self.send_header("Retry-After", "7200")
        self.end_headers()
        while self.path == "/endless" and not self.target.released.is_set():
            try:
                self.wfile.write(b"x" * 65536)
            except OSError:
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the test output free of the server's log."""


@contextmanager
def webhook_target() -> Iterator[Target]:
    handler = type("OwnHandler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    target = handler.target = Target(server.server_port)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield target
    finally:
        target.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def target() -> Iterator[Target]:
    with webhook_target() as running:
        yield running


@pytest.fixture
async def sender(session_factory: async_sessionmaker[AsyncSession]) -> AsyncIterator[WebhookSender]:
    guard = SsrfGuard([LOOPBACK])
    made = WebhookSender(PinnedTransport(guard), guard)
    yield made
    await made.close()


@pytest.fixture
def service(sender: WebhookSender) -> WebhookService:
    return WebhookService(sender)


@pytest.fixture
def subscribe(service: WebhookService) -> Callable[..., Any]:
    async def create(url: str, *names: str) -> WebhookCreated:
        return await service.create(WebhookCreate.model_validate({"url": url, "events": names or None}))

    return create


@pytest.fixture
async def delivery(sender: WebhookSender) -> AsyncIterator[WebhookDelivery]:
    made = WebhookDelivery(sender)
    yield made
    await made.close()


async def record(event: str = "video.added", **payload: object) -> None:
    async with transaction() as session:
        await events.record(session, event, payload)
