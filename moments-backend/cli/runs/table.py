"""Tables of runs: for a terminal, and as plain lines for a pipe."""

import sys
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from app.core.terminal_text import escape_control_characters
from app.models.pipeline import RunState, StageName, StageState
from cli import output
from cli.runs.text import clock, duration, run_line, run_seconds, stage_detail, stage_label
from cli.runs.tracked_run import TrackedRun

MARKS = {
    "pending": ("·", "dim"),
    "queued": ("·", "dim"),
    "waiting": ("…", "yellow"),
    "processing": ("▸", "cyan"),
    "completed": ("✓", "green"),
    "skipped": ("–", "dim"),
    "failed": ("✗", "bold red"),
    "cancelled": ("✗", "yellow"),
}
BAR_WIDTH = 24
PIPE_WIDTH = 10_000
"""Width of piped output: wide enough that no line is folded."""


def live_table(runs: Sequence[TrackedRun], note: str | None, now: datetime) -> RenderableType:
    """Render a single run with all its stages, or several with a line each."""
    rows: list[RenderableType]
    if len(runs) == 1 and (state := runs[0].state) is not None:
        rows = [run_table(state, now)]
    else:
        rows = [_summary_table(runs, now)]
    if note is not None:
        rows.append(Text(note, style="yellow"))
    return Group(*rows)


def run_table(state: RunState, now: datetime) -> RenderableType:
    """Render a headline and a line for each stage."""
    return Group(Text(_headline(state, now)), Padding(_stage_table(state, now), (0, 0, 0, 2)))


def _stage_table(state: RunState, now: datetime) -> Table:
    table = _grid()
    for name, stage in state.stages.items():
        table.add_row(
            _mark(stage.status),
            Text(stage_label(name), style="" if stage.status != "pending" else "dim"),
            Text(stage.status, style=MARKS[stage.status][1]),
            _detail(name, stage, now),
        )
    return table


def run_list(states: Sequence[RunState], now: datetime) -> Table:
    """Render a line for each run: video, status, stage, creation time, duration and detail."""
    table = _grid(columns=7)
    for state in states:
        seconds = run_seconds(state, now)
        table.add_row(
            _mark(state.status),
            Text(escape_control_characters(state.video_id)),
            Text(state.status, style=MARKS[state.status][1]),
            Text(_stage_text(state)),
            Text(f"{state.created_at.astimezone():%Y-%m-%d %H:%M}"),
            Text(clock(seconds) if state.is_active else duration(seconds), justify="right"),
            Text(_run_detail(state, now)),
        )
    return table


def print_table(renderable: RenderableType) -> None:
    """Print to stdout; without a terminal, every row is one line without escapes."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    console = Console() if is_terminal else Console(width=PIPE_WIDTH, color_system=None)
    with console.capture() as captured:
        console.print(renderable)
    output.print_stdout("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _headline(state: RunState, now: datetime) -> str:
    if state.status == "processing":
        return f"{escape_control_characters(state.video_id)}  {clock(run_seconds(state, now))}"
    return run_line(state)


def _summary_table(runs: Sequence[TrackedRun], now: datetime) -> Table:
    table = _grid(columns=3)
    for run in runs:
        state = run.state
        if state is None or state.status != "processing" or state.current_stage is None:
            table.add_row(_mark("pending"), Text(run.name), Text(run.summary().removeprefix(f"{run.name}: ")))
            continue
        stage = state.stages[state.current_stage]
        line = Table.grid(padding=(0, 2))
        line.add_row(Text(stage_label(state.current_stage)), _detail(state.current_stage, stage, now))
        table.add_row(_mark(stage.status), Text(run.name), line)
    return table


def _grid(columns: int = 4) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(columns - 1):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _mark(status: str) -> Text:
    return Text(*MARKS[status])


def _detail(name: StageName, stage: StageState, now: datetime) -> RenderableType:
    detail = Text(stage_detail(name, stage, now))
    if stage.status != "processing" or not sys.stdout or not sys.stdout.isatty():
        return detail
    row = Table.grid(padding=(0, 2))
    row.add_row(ProgressBar(total=100, completed=stage.percent, width=BAR_WIDTH), detail)
    return row


def _stage_text(state: RunState) -> str:
    """Return the stage, or for ended runs the kind unless it is the usual one."""
    if state.current_stage is not None:
        return stage_label(state.current_stage)
    return "" if state.kind == "moments" else state.kind


def _run_detail(state: RunState, now: datetime) -> str:
    if state.error is not None:
        return escape_control_characters(state.error.detail)
    name = state.current_stage if state.is_active else None
    return stage_detail(name, state.stages[name], now) if name else ""
