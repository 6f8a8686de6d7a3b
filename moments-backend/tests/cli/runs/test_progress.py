"""Progress of runs: redrawn on a terminal, line by line elsewhere."""

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from app.core.config import BACKEND_DIR
from app.models.pipeline import STAGE_NAMES, RunOptions, RunState, RunStatus, StageState
from cli.run_follower import NO_WORKER
from cli.runs.progress import LineDisplay, LiveDisplay, RunDisplay, make_display
from cli.runs.table import live_table
from cli.runs.text import clock, duration, moment_lines, stage_line
from cli.runs.tracked_run import TrackedRun
from tests.cli.support.command import PROGRAM
from tests.cli.test_migrate_progress import ESCAPE, Terminal
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

NOW = datetime(2026, 2, 8, 10, 0, 30, tzinfo=UTC)


def state(status: RunStatus = "processing", video: str = "talk", **stages: StageState) -> RunState:
    return RunState(
        request_id="r",
        title="Talk",
        video_id=video,
        status=status,
        stages={name: stages.get(name, StageState()) for name in STAGE_NAMES},
        current_stage=next((name for name in STAGE_NAMES if name in stages), None),
        options=RunOptions(),
        created_at=NOW - timedelta(seconds=30),
        started_at=NOW - timedelta(seconds=25),
        finished_at=None if status == "processing" else NOW,
    )


def done(seconds: float = 1.0) -> StageState:
    return StageState(status="completed", seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (-1, "0:00"), (65.9, "1:05"), (3600, "1:00:00"), (36_061, "10:01:01")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_duration() -> None:
    assert [duration(seconds) for seconds in (0.04, 59.94, 60, 3725)] == [
        "0.0 s",
        "59.9 s",
        "1:00",
        "1:02:05",
    ]


def test_each_ended_stage_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    run = TrackedRun("talk.mp4", "talk")
    lines = LineDisplay([run])
    lines.update(run)  # no state yet
    run.state = state(video_download=StageState(status="processing", percent=50))
    lines.update(run)
    assert capsys.readouterr() == ("", "")
    skipped = StageState(status="skipped", reason="already\nthere")
    run.state = state(video_download=done(2.25), audio_extraction=skipped)
    lines.update(run)
    lines.update(run)
    assert capsys.readouterr().out == (
        "talk: video download completed in 2.2 s\ntalk: audio extraction skipped: already\\nthere\n"
    )


def test_retried_stage_has_not_failed(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = StageState(status="processing", reason="retrying: timeout", seconds=1)
    run = TrackedRun("talk.mp4", "talk", state(video_download=waiting))
    LineDisplay([run]).update(run)
    assert capsys.readouterr().out == ""
    assert stage_line(state(), "video_download", waiting).endswith("after 1.0 s: retrying: timeout")


def test_no_clips_give_no_lines() -> None:
    assert moment_lines([]) == []


def drawn(runs: list[TrackedRun], note: str | None = None) -> list[str]:
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        console.print(live_table(runs, note, NOW))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_one_run_is_drawn_with_all_stages() -> None:
    moving = StageState(
        status="processing",
        percent=25.4,
        bytes_done=12_100_000,
        bytes_total=48_800_000,
        started_at=NOW - timedelta(seconds=12),
        reason="uploading [1]",
    )
    lines = drawn([TrackedRun("x", "talk", state(video_download=moving))], "no worker")
    assert lines[0] == "talk  0:25"
    assert re.fullmatch(
        r"  ▸ +video download +processing +25 %, 12\.1 of 48\.8 MB, 0:12, uploading \[1\]", lines[1]
    )
    assert len(lines) == 10
    assert lines[-1] == "no worker"


def test_several_runs_are_drawn_with_a_line_each() -> None:
    cutting = StageState(status="processing", items_done=3, items_total=5, percent=60)
    runs = [
        TrackedRun("a", "talk", state(clip_extraction=cutting)),
        TrackedRun("b", "waits", state("queued", "waits")),
        TrackedRun("video.mkv", bytes_copied=1_500_000, bytes_total=3_000_000),
        TrackedRun("c.mp4"),
    ]
    lines = drawn(runs)
    assert [line.split(maxsplit=2)[1] for line in lines] == ["talk", "waits", "video.mkv", "c.mp4"]
    assert re.search(r"clip extraction +60 %, 3 of 5 clips$", lines[0])
    assert lines[1].endswith("queued, waiting for a worker")
    assert lines[2].endswith("importing, 1.5 of 3.0 MB")
    assert lines[3].endswith("starting")


@pytest.mark.parametrize(
    ("out", "err", "term", "as_json", "kind"),
    [
        (True, True, "xterm", False, LiveDisplay),
        (True, True, "dumb", False, LineDisplay),
        (False, True, "xterm", False, LineDisplay),  # `videomoments add … | tee log`
        (True, False, "xterm", False, LineDisplay),
        (False, True, "xterm", True, LiveDisplay),
        (False, False, "xterm", True, RunDisplay),
    ],
)
def test_display_suits_the_streams(
    monkeypatch: pytest.MonkeyPatch, *, out: bool, err: bool, term: str, as_json: bool, kind: type[RunDisplay]
) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", term)
    with os.fdopen(os.dup(terminal.side), "w") as tty, Path(os.devnull).open("w") as file:
        monkeypatch.setattr(sys, "stdout", tty if out else file)
        monkeypatch.setattr(sys, "stderr", tty if err else file)
        assert type(make_display([], as_json=as_json)[0]) is kind
    terminal.close()


@pytest.mark.slow
def test_terminal_progress_is_removed_after_ctrl_c(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    file = make_video(library.folder / "talk.mp4")
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    process: subprocess.Popen[Any] = subprocess.Popen(
        [*PROGRAM, "add", str(file)], cwd=BACKEND_DIR, stdout=terminal.side, stderr=terminal.side
    )
    for _ in range(1200):
        if NO_WORKER[:20] in terminal.text():
            break
        assert process.poll() is None
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    written = terminal.close()
    text = ESCAPE.sub("", written)
    assert "talk: queued, waiting for a worker" in text
    assert re.search(r"· +video download +pending", text)
    assert text.rstrip().endswith("talk: the run continues; cancel it with: videomoments cancel talk")
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h")  # the cursor is visible again
