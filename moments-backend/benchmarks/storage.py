"""The embedded storage server as a process of its own, with one empty bucket."""

import json
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from google.cloud import storage
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceAccount

from app.core.config import BACKEND_DIR
from benchmarks.processes import Server, serve
from benchmarks.workbench import BUCKET, Workbench
from embedded.gcs import create_bucket, make_service_account_key
from embedded.ports import free_port
from embedded.process import server_environment

LINK_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StorageServer:
    """A running server; `key_file` signs its links."""

    server: Server
    token: str
    key_file: Path

    @property
    def bucket(self) -> storage.Bucket:
        client = storage.Client(
            project="benchmarks",
            credentials=Credentials(self.token),
            client_options={"api_endpoint": self.server.url},
        )
        return client.bucket(BUCKET)

    def link(self, name: str) -> str:
        """Return path and query of a signed link."""
        blob = self.bucket.blob(name)
        link: str = blob.generate_signed_url(
            version="v4",
            expiration=LINK_LIFETIME,
            api_access_endpoint=self.server.url,
            credentials=ServiceAccount.from_service_account_file(self.key_file),
        )
        return link.removeprefix(self.server.url)

    def environment(self) -> dict[str, str]:
        """Return the settings that name this server."""
        return {
            "STORAGE_EMULATOR_HOST": self.server.url,
            "STORAGE_EMULATOR_TOKEN": self.token,
            "GCS_SERVICE_ACCOUNT_FILE": str(self.key_file),
            "GCS_BUCKET_NAME": BUCKET,
        }


@contextmanager
def storage_server(bench: Workbench) -> Iterator[StorageServer]:
    """Run a server during the block and delete its files afterwards."""
    folder = bench.folder("storage")
    key_file, configuration = folder / "key.json", folder / "configuration.json"
    key_file.write_text(json.dumps(make_service_account_key()))
    port, token = free_port(), secrets.token_urlsafe(32)
    options = {"port": port, "token": token, "data": str(folder / "data"), "key_file": str(key_file)}
    configuration.write_text(json.dumps({**options, "durable": True}))
    argv = [sys.executable, "-m", "embedded.storage_server", str(configuration)]
    environment = server_environment(PYTHONPATH=str(BACKEND_DIR))
    try:
        with serve(argv, port=port, environment=environment, log=folder / "server.log") as server:
            create_bucket(server.url, token, BUCKET)
            yield StorageServer(server, token, key_file)
    finally:
        shutil.rmtree(folder)
