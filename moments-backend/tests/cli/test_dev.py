"""Tests of `videomoments dev`: the proxied API, reloads, and the end of every process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from app.core.config import BACKEND_DIR
from embedded.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = BACKEND_DIR / "app" / "utils" / "__init__.py"


@pytest.fixture
def environment(clean_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("EMBEDDED_DIR", str(tmp_path / "embedded"))
    monkeypatch.setenv("STATIC_DIR", str(tmp_path / "static"))
    monkeypatch.setenv("PORT", str(free_port()))
    return dict(os.environ)


@pytest.fixture
def changed_source() -> Iterator[Path]:
    """A source file that a test may touch; its time is restored, so that nothing is built again."""
    before = SOURCE.stat()
    yield SOURCE
    os.utime(SOURCE, ns=(before.st_atime_ns, before.st_mtime_ns))


@contextmanager
def touching(path: Path) -> Iterator[None]:
    """Touch `path` every second: a reloader misses changes before its first scan."""
    is_done = threading.Event()

    def touch() -> None:
        while not is_done.wait(1):
            os.utime(path)

    thread = threading.Thread(target=touch)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()


def read_until(process: subprocess.Popen[str], *texts: str) -> str:
    assert process.stderr is not None
    missing, read = set(texts), ""
    for line in process.stderr:
        read += line
        missing -= {text for text in missing if text in line}
        if not missing:
            return read
    raise AssertionError(f"ended before {missing}:\n{read}")


def fetch(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.status, answer.read().decode()


@pytest.mark.slow
def test_dev_serves_both_halves_and_reloads(environment: dict[str, str], changed_source: Path) -> None:
    web_port = free_port()
    command = [sys.executable, "-m", "cli", "dev", "--web-port", str(web_port)]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert f"http://127.0.0.1:{web_port}" in read_until(process, "Ctrl-C stops everything.")
            status, page = fetch(f"http://127.0.0.1:{web_port}/")
            assert status == 200
            assert "/@vite/client" in page
            assert '"healthy"' in fetch(f"http://127.0.0.1:{web_port}/health")[1]
            assert fetch(f"http://127.0.0.1:{web_port}/api/videos") == (200, "[]")
            children = psutil.Process(process.pid).children(recursive=True)
            with touching(changed_source):
                read_until(process, "StatReload detected changes", "Restarting the worker")
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
            gone, alive = psutil.wait_procs(children, timeout=10)
            assert gone
            assert not alive
        finally:
            process.kill()


@pytest.mark.slow
def test_a_port_in_use_is_named(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "cli", "dev", "--web-port", str(port)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert f"port {port} is in use" in ended.stderr
    assert "make dev" in ended.stderr
