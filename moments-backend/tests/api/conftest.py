"""The application, in this process or behind a real socket."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
import uvicorn

from app.core.config import Settings
from app.main import create_app
from tests.api.declared import assert_declared
from tests.library import Library


@pytest.fixture
def library(settings: Settings) -> Library:
    return Library(settings)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application of its own, in this process.

    Whatever it answers has to be in its own document.
    """
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://library",
            event_hooks={"response": [assert_declared]},
        ) as client,
    ):
        yield client


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with running(settings) as opened:
        yield opened


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of an application behind uvicorn, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        config = uvicorn.Config(create_app(settings), log_level="critical", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    with serving(settings) as opened:
        yield opened
