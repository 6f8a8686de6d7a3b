"""Call `videomoments` in the process of the test, or as a subprocess."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.core.config import BACKEND_DIR, get_settings
from cli.commands import app
from cli.errors import exit_on_error
from tests.fixtures.library import CommandResult, Library

PROGRAM = (sys.executable, "-m", "cli")


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> CommandResult:
    """Call a command in this process with fresh settings."""
    get_settings.cache_clear()
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended, exit_on_error():
        app(list(arguments), prog_name="videomoments")
    captured = capsys.readouterr()
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return CommandResult(code or 0, captured.out, captured.err)


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command as a subprocess with piped output."""
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=BACKEND_DIR,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@contextmanager
def running_worker(library: Library) -> Iterator[subprocess.Popen[str]]:
    """Run a worker during the block. Its log is shown if the test fails."""
    process = subprocess.Popen([*PROGRAM, "worker"], cwd=BACKEND_DIR, stdout=subprocess.DEVNULL, text=True)
    try:
        while not _has_worker(library):
            assert process.poll() is None
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
    assert process.returncode == 0


def _has_worker(library: Library) -> bool:
    with library.connection() as connection:
        return connection.execute("SELECT FROM procrastinate_workers").fetchone() is not None
