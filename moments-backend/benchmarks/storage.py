"""The embedded storage server as a process of its own, with one empty bucket."""

import json
import secrets
import shutil
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.config import BACKEND_DIR, Settings
from app.services.storage.gcs_uploader import GCSUploader
from benchmarks.processes import Server, serve
from benchmarks.workbench import BUCKET, Workbench
from embedded.gcs import create_bucket, make_service_account_key
from embedded.ports import free_port
from embedded.process import server_environment


@dataclass(frozen=True, slots=True)
class StorageServer:
    """A running server; `key_file` signs its links."""

    server: Server
    token: str
    key_file: Path

    async def upload(self, files: Sequence[Path]) -> list[str]:
        """Store files under their names; return path and query of a signed link to each."""
        uploader = GCSUploader(Settings.model_validate(self.settings))
        for file in files:
            await uploader.store(file, file.name)
        return [await self._link(uploader, file.name) for file in files]

    async def link(self, name: str) -> str:
        return await self._link(GCSUploader(Settings.model_validate(self.settings)), name)

    def object_sizes(self) -> dict[str, int]:
        request = urllib.request.Request(
            f"{self.server.url}/storage/v1/b/{BUCKET}/o", headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request) as response:
            return {item["name"]: int(item["size"]) for item in json.load(response).get("items", [])}

    @property
    def settings(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.environment().items()}

    async def _link(self, uploader: GCSUploader, name: str) -> str:
        return (await uploader.generate_signed_url(name)).removeprefix(self.server.url)

    def environment(self) -> dict[str, str]:
        """Return the settings that name this server."""
        return {
            "STORAGE_EMULATOR_HOST": self.server.url,
            "STORAGE_EMULATOR_TOKEN": self.token,
            "GCS_SERVICE_ACCOUNT_FILE": str(self.key_file),
            "GCS_BUCKET_NAME": BUCKET,
        }


@contextmanager
def storage_server(
    bench: Workbench, fill: Callable[[Path], None] = lambda _: None
) -> Iterator[StorageServer]:
    """Run a server during the block and delete its files afterwards.

    Args:
        fill: called with the server's data directory before it starts.
    """
    folder = bench.folder("storage")
    fill(folder / "data")
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
