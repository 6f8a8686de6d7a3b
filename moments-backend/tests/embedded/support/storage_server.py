"""A storage server of a test's own, which it may kill, restart or limit."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from app.core.config import BACKEND_DIR
from embedded.gcs import make_service_account_key
from embedded.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TOKEN = "secret"
BUCKET = "bucket-1"
START_POLLS = 600


@dataclass
class OwnServer:
    """Files and process of one server.

    Attributes:
        wrapper: command that starts the server, such as a shell with limits.
    """

    directory: Path
    wrapper: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    log: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.directory / "storage"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server, wait until it responds, and create the bucket if it is missing."""
        key = self.directory / "key.json"
        if not key.exists():
            key.write_text(json.dumps(make_service_account_key()))
        configuration = self.directory / "configuration.json"
        options = {"port": self.port, "data": str(self.data), "durable": True, "token": TOKEN}
        configuration.write_text(json.dumps(options | {"key_file": str(key)}))
        argv = [*self.wrapper, sys.executable, "-m", "embedded.storage_server", str(configuration)]
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(argv, cwd=BACKEND_DIR, stdout=log, stderr=log)
        with self.client() as client:
            for _ in range(START_POLLS):
                with suppress(httpx.HTTPError):
                    if client.get("/health").status_code == 200:
                        client.post("/storage/v1/b", json={"name": BUCKET})
                        return
                threading.Event().wait(0.05)
        raise AssertionError((self.directory / "server.log").read_text())

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@contextmanager
def own_server(directory: Path, wrapper: Sequence[str] = ()) -> Iterator[OwnServer]:
    server = OwnServer(directory, wrapper)
    server.start()
    try:
        yield server
    finally:
        server.kill()
