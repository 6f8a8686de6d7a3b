"""The API with the built web app and a worker, as separate processes like those of `make run`."""

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from app.core.config import BACKEND_DIR, Settings
from embedded.gcs import create_bucket
from embedded.process import ServerProcess
from tests.fixtures.database import DELETE_ROWS
from tests.fixtures.library import Library, flush_redis
from tests.fixtures.speech import SENTENCES, make_spoken_video

START_SECONDS = 60
RUN_SECONDS = 120
SAVE_SECONDS = 20
"""For changes that the page shows before the API has saved them."""
SHORT = {"min_moment_length": 2, "max_moment_length": 20, "min_moments": 1, "max_moments": 3}
"""Options for short talks."""


@dataclass
class Site:
    """A running library: its address, settings and API process."""

    url: str
    settings: Settings
    environment: dict[str, str]
    api: ServerProcess

    @property
    def library(self) -> Library:
        return Library(self.settings)

    @property
    def videos(self) -> Path:
        return self.settings.videos_dir

    def get(self, path: str) -> Any:
        return httpx.get(self.url + path).raise_for_status().json()

    def process(self, video_id: str, **options: object) -> None:
        """Run the pipeline for a video and wait until it has completed."""
        request = {"video_id": video_id, **SHORT, **options}
        httpx.post(f"{self.url}/api/generate_moments", json=request).raise_for_status()
        self.wait_for_run(video_id)

    def wait_for_run(self, video_id: str, status: str = "completed") -> None:
        wait_until(lambda: self.get(f"/api/pipeline/{video_id}/status")["status"] == status, RUN_SECONDS)

    def add_talk(self, name: str, *, sentences: tuple[str, ...] = SENTENCES) -> str:
        """Add a spoken video, run the pipeline for it and return its id."""
        path = make_spoken_video(self.videos / name, sentences=sentences)
        self.process(path.stem)
        return path.stem

    def clear(self) -> None:
        """Delete all rows, objects, files and Redis keys."""
        with self.library.connection() as connection:
            connection.execute(DELETE_ROWS)
        for name in self.library.objects():
            self.library.remove(name)
        for folder in self.settings.static_path.iterdir():
            if not folder.is_dir():  # a test keeps its video outside the folder of videos
                folder.unlink()
                continue
            for path in folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        flush_redis(self.settings)

    @contextmanager
    def running_worker(self) -> Iterator[None]:
        """Run a worker of this library."""
        command = [sys.executable, "-m", "cli", "worker"]
        environment = self.environment | PYTHON
        worker = ServerProcess(command, stop_signal=signal.SIGTERM, environment=environment)
        try:
            yield
        finally:
            worker.stop(within=10)

    def stop_api(self) -> None:
        self.api.stop(within=10)

    def start_api(self) -> None:
        """Start the API again at the same address."""
        port = int(self.url.rpartition(":")[2])
        self.api = _start_api(port, self.environment)
        _wait_for_api(self.url, self.api)


@contextmanager
def running_site(
    servers: dict[str, str], folder: Path, database_url: str, *, worker: bool = True, **environment: str
) -> Iterator[Site]:
    """Run the API with its own bucket and directory; `environment` holds further settings."""
    bucket = f"web-{uuid4().hex}"
    create_bucket(servers["STORAGE_EMULATOR_HOST"], servers["STORAGE_EMULATOR_TOKEN"], bucket)
    own = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    given = servers | environment | {"DATABASE_URL": database_url, "GCS_BUCKET_NAME": bucket}
    given |= {"STATIC_DIR": str(folder / "static")}
    given |= {"ENV_FILE": str(folder / "no.env"), "EMBEDDED_DIR": str(folder / "no-embedded-stack")}
    settings = Settings.model_validate({name.lower(): value for name, value in given.items()})
    settings.videos_dir.mkdir(parents=True)
    port = _free_port()
    with ExitStack() as running:
        api = _start_api(port, own | given)
        site = Site(f"http://127.0.0.1:{port}", settings, own | given, api)
        running.callback(site.stop_api)
        if worker:
            running.enter_context(site.running_worker())
        _wait_for_api(site.url, site.api)
        yield site


PYTHON = {"PYTHONPATH": str(BACKEND_DIR)}
"""Working directory of the server processes."""


def _start_api(port: int, environment: dict[str, str]) -> ServerProcess:
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--http", "app.core.http_protocol:LimitedHttpProtocol", "--ws", "none"]
    command += ["--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "1"]
    return ServerProcess(command, stop_signal=signal.SIGTERM, environment=environment | PYTHON)


def _wait_for_api(url: str, api: ServerProcess) -> None:
    def answers() -> bool:
        assert api.returncode is None, "the API has ended"
        try:
            return httpx.get(f"{url}/health").is_success
        except httpx.TransportError:
            return False

    wait_until(answers, START_SECONDS)


def wait_until(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds:g} seconds"
        time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
