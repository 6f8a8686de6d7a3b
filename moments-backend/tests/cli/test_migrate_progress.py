"""Progress on stderr: bars on a terminal, lines elsewhere; stdout is unaffected."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from app.core.config import BACKEND_DIR
from app.services.migration.progress import MigrationProgress
from app.services.migration.tasks import Task
from cli.progress import BarProgress, LineProgress, make_display
from tests.fixtures.library import MODULE, Library
from tests.fixtures.media import make_video
from tests.services.storage.support.fault_proxy import Request, fault_proxy, forward

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def task(name: str, size: int) -> Task:
    return Task(name, name, f"videos/{name}", Path(name), size)


def test_progress_line_has_all_figures(capsys: pytest.CaptureFixture[str]) -> None:
    progress = MigrationProgress()
    lines = LineProgress(progress)
    lines.draw()
    assert capsys.readouterr() == ("", "")  # before the totals are known
    progress.start([task("a", 2_000_000), task("b", 8_000_000)], reads_registered=False)
    lines.draw()
    assert capsys.readouterr().err == "0/2 videos, 0.0 of 10.0 MB\n"
    progress.complete(task("a", 2_000_000))
    lines.draw()
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"1/2 videos, 2\.0 of 10\.0 MB, \d+\.\d MB/s, about \d+ s left\n", err)


class Terminal:
    """A pseudo-terminal that records its input."""

    def __init__(self) -> None:
        self._master, self.side = os.openpty()
        self._written = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._master, 4096)
            except OSError:  # the other side is closed
                return
            if not chunk:
                return
            self._written += chunk

    def text(self) -> str:
        return self._written.decode(errors="replace").replace("\r\n", "\n")

    def close(self) -> str:
        os.close(self.side)
        self._reader.join()
        os.close(self._master)
        return self.text()


@pytest.mark.slow
@pytest.mark.parametrize("stdout_too", [False, True])
def test_bars_do_not_break_the_output(
    library: Library, monkeypatch: pytest.MonkeyPatch, *, stdout_too: bool
) -> None:
    for name in ("a [red].mp4", "b.mp4"):
        make_video(library.folder / name)
    terminal = Terminal()

    def hold_until_drawn(handler: Any, request: Request) -> None:
        for _ in range(600):
            if "0/2 videos" in terminal.text():
                break
            threading.Event().wait(0.05)
        forward(handler, request)

    assert library.settings.storage_emulator_host is not None
    with fault_proxy(library.settings.storage_emulator_host) as proxy:
        proxy.when(lambda request: request.uploads, hold_until_drawn, times=1000)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        process = subprocess.Popen(
            MODULE,
            cwd=BACKEND_DIR,
            stdout=terminal.side if stdout_too else subprocess.PIPE,
            stderr=terminal.side,
        )
        out = process.communicate(timeout=60)[0]
    drawn = ESCAPE.sub("", terminal.close())
    assert process.returncode == 0
    assert "0/2 videos" in drawn
    assert "a [red].mp4" in drawn
    text = drawn if stdout_too else out.decode()
    assert "\x1b" not in (out or b"").decode()
    assert re.search(
        r"Migrating 1/2: a \[red\]\.mp4\n"
        r"  - ffprobe: .*\n  - GCS upload: .*\n  - Database: .*\n  ✓ Done\n\n",
        text,
    )
    assert "Migration complete:\n  Total: 2 videos\n" in text


@pytest.mark.parametrize("term", [None, "", "dumb", "unknown"])
def test_simple_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch, term: str | None) -> None:
    terminal = Terminal()
    with os.fdopen(os.dup(terminal.side), "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        assert isinstance(make_display(MigrationProgress())[1], BarProgress)
        monkeypatch.delenv("TERM") if term is None else monkeypatch.setenv("TERM", term)
        assert isinstance(make_display(MigrationProgress())[1], LineProgress)
    terminal.close()
