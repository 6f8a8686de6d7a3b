"""A minimal tus client, and API servers that can be killed."""

import asyncio
import base64
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.core.config import BACKEND_DIR
from tests.api.support.openapi_assertions import assert_declared

TUS = {"Tus-Resumable": "1.0.0"}
OFFSET_TYPE = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}".rstrip() for key, value in values.items()
    )


def connect(address: str) -> httpx.AsyncClient:
    """Return a client that checks every response against the OpenAPI document."""
    return httpx.AsyncClient(base_url=address, timeout=60, event_hooks={"response": [assert_declared]})


async def create(client: httpx.AsyncClient, filename: str, size: int, **values: str) -> httpx.Response:
    headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata(filename=filename, **values)}
    return await client.post("/api/uploads", headers=headers)


async def begin(client: httpx.AsyncClient, filename: str, size: int, **values: str) -> str:
    """Create an upload and return its path."""
    created = await create(client, filename, size, **values)
    assert created.status_code == 201, created.text
    return created.headers["location"]


async def patch(
    client: httpx.AsyncClient, path: str, offset: int, content: bytes, **headers: str
) -> httpx.Response:
    sent = TUS | {"Upload-Offset": str(offset), "Content-Type": OFFSET_TYPE} | headers
    return await client.patch(path, headers=sent, content=content)


async def offset_of(client: httpx.AsyncClient, path: str) -> int:
    answer = await client.head(path, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


async def send(client: httpx.AsyncClient, path: str, content: bytes, *, pieces: int = 1) -> None:
    """Send all missing bytes."""
    at = await offset_of(client, path)
    step = -(-(len(content) - at) // pieces)
    while at < len(content):
        answer = await patch(client, path, at, content[at : at + step])
        assert answer.status_code == 204, answer.text
        at = int(answer.headers["upload-offset"])


async def shown(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(path)).raise_for_status().json()
    return found


async def ended(client: httpx.AsyncClient, path: str, status: str = "completed") -> dict[str, Any]:
    """Wait until the upload is registered or has failed; return it."""
    while (found := await shown(client, path))["status"] in {"receiving", "registering"}:
        await asyncio.sleep(0.05)
    assert found["status"] == status, found
    return found


async def upload(client: httpx.AsyncClient, file: Path, **values: str) -> dict[str, Any]:
    path = await begin(client, file.name, file.stat().st_size, **values)
    await send(client, path, file.read_bytes())
    return await ended(client, path)


def half_a_patch(address: str, path: str, offset: int, length: int, content: bytes) -> socket.socket:
    """Send a PATCH of `length` bytes with only `content`; return the connection."""
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(
        f"PATCH {path} HTTP/1.1\r\nHost: {host}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
        f"Content-Type: {OFFSET_TYPE}\r\nContent-Length: {length}\r\n\r\n".encode()
        + content
    )
    return connection


class Server:
    """The API in a separate process."""

    def __init__(self, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port), "--log-level", "warning"],
            cwd=BACKEND_DIR,
            env=os.environ | environment,
        )
        while not self._answers():
            assert self.process.poll() is None
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/api/session").status_code > 0
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def server(**environment: str) -> Iterator[Server]:
    started = Server(**environment)
    try:
        yield started
    finally:
        started.kill()
