"""JSON log lines of API and worker, each a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.config import BACKEND_DIR, Settings
from embedded.ports import free_port
from tests.api.support.metrics import Metrics
from tests.cli.support.command import PROGRAM
from tests.fixtures.speech import make_spoken_video

TIMEOUT_SECONDS = 120.0


class Log:
    """Output of a process, every line of which has to be a JSON object."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def lines(self, **fields: object) -> list[dict[str, Any]]:
        """Return the lines that have these fields."""
        parsed = [json.loads(line) for line in self._path.read_text().splitlines()]
        return [line for line in parsed if fields.items() <= line.items()]


@contextmanager
def logging_process(path: Path, *command: str, **environment: str) -> Iterator[Log]:
    with path.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=BACKEND_DIR,
            env=os.environ | {"LOG_FORMAT": "json"} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Log(path)
    finally:
        process.terminate()
        process.wait(30)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def api_log(settings: Settings, tmp_path: Path, port: int) -> Iterator[Log]:
    address = ("--host", "127.0.0.1", "--port", str(port))
    command = (sys.executable, "-m", "uvicorn", "app.main:app", *address)
    with logging_process(tmp_path / "api.log", *command) as log:
        yield log


@pytest.fixture
def worker_log(settings: Settings, tmp_path: Path) -> Iterator[Log]:
    with logging_process(tmp_path / "worker.log", *PROGRAM, "worker") as log:
        yield log


@pytest.fixture
def client(port: int, api_log: Log) -> Iterator[httpx.Client]:
    def is_up() -> bool:
        try:
            return opened.get("/health").is_success
        except httpx.TransportError:
            return False

    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as opened:
        until(is_up)
        yield opened


def test_run_has_one_request_id_in_both_processes(
    client: httpx.Client, settings: Settings, api_log: Log, worker_log: Log
) -> None:
    make_spoken_video(settings.videos_dir / "tides.mp4")
    lengths = {"min_moment_length": 2, "max_moment_length": 20, "min_moments": 1, "max_moments": 3}
    answer = client.post(
        "/api/generate_moments", json={"video_id": "tides"} | lengths, headers={"X-Request-ID": "from-test"}
    )
    assert answer.status_code == 202
    run_id = answer.json()["request_id"]
    until(lambda: worker_log.lines(message="Run completed"))
    context = {"request_id": "from-test", "run_id": run_id, "video_id": "tides"}
    assert api_log.lines(message="Run queued", **context)
    assert worker_log.lines(message="Run started", **context)
    assert worker_log.lines(message="Run completed", **context)
    assert "request_id" not in worker_log.lines(message="Worker ready")[0]

    def metrics() -> Metrics:
        return Metrics(client.get("/metrics").text)

    (worker,) = (line["worker"] for line in worker_log.lines(message="Worker ready"))
    until(lambda: metrics().value("runs_finished_total", outcome="completed", worker=worker) == 1)
    found = metrics()
    stages = {"stage": "transcription", "worker": worker}
    assert found.value("stages_finished_total", outcome="completed", **stages) == 1
    assert found.value("stage_duration_seconds_count", **stages) == 1
    uploads = {"operation": "upload", "outcome": "ok", "worker": worker}
    assert found.value("storage_requests_total", **uploads) >= 1
    assert found.value("workers") == 1


def test_records_of_uvicorn_are_json(client: httpx.Client, api_log: Log) -> None:
    client.get("/api/videos/x?access_token=secret", headers={"X-Request-ID": "r-1"})
    messages = [line["message"] for line in api_log.lines(logger="uvicorn.error")]
    assert "Application startup complete." in messages
    assert messages[0].startswith("Started server process")
    (access,) = api_log.lines(logger="uvicorn.access", request_id="r-1")
    assert "/api/videos/x?access_token=…" in access["message"]
    assert {"time", "level", "logger", "message"} <= access.keys()
