"""Displays of active runs: redrawn on a terminal, elsewhere a line for each stage that ends."""

import os
import sys
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli import output
from cli.progress import refreshing
from cli.runs.text import stage_line
from cli.runs.tracked_run import TrackedRun

if TYPE_CHECKING:
    from rich.live import Live

REFRESH_SECONDS = 0.25
ENDED = frozenset({"completed", "skipped", "failed", "cancelled"})


class RunDisplay:
    """Displays nothing on stdout, which is kept for the JSON document at the end."""

    def __init__(self, runs: list[TrackedRun]) -> None:
        self.runs = runs
        self._note: str | None = None

    def update(self, run: TrackedRun) -> None:
        """Display the new state of a run."""

    def set_note(self, note: str | None) -> None:
        """Display a note about all runs; None removes it."""
        if note is not None and note != self._note:
            self.print_stderr(note)
        self._note = note

    def print_stderr(self, text: str) -> None:
        self.clear()
        output.print_stderr(text)

    def print_stdout(self, text: str) -> None:
        """Print lines, unless stdout is kept for a document."""

    def draw(self) -> None:
        """Redraw the progress."""

    def clear(self) -> None:
        """Remove the drawn progress, so that other output can follow."""


class LineDisplay(RunDisplay):
    """One line on stdout for each stage that ends, and for each run."""

    def __init__(self, runs: list[TrackedRun]) -> None:
        super().__init__(runs)
        self._printed: set[tuple[str, str]] = set()

    def update(self, run: TrackedRun) -> None:
        if run.state is None:
            return
        for name, stage in run.state.stages.items():
            key = (run.state.request_id, name)
            if stage.status in ENDED and key not in self._printed:
                self._printed.add(key)
                self.print_stdout(stage_line(run.state, name, stage))

    def print_stdout(self, text: str) -> None:
        output.print_stdout(f"{text}\n")


class LiveDisplay(RunDisplay):
    """A table of the active runs, redrawn in place and removed before other output.

    Args:
        as_json: stdout is kept for a document.
    """

    def __init__(self, runs: list[TrackedRun], *, as_json: bool) -> None:
        super().__init__(runs)
        self._as_json = as_json
        self._live: Live | None = None

    def set_note(self, note: str | None) -> None:
        self._note = note

    def print_stdout(self, text: str) -> None:
        if not self._as_json:
            self.clear()
            output.print_stdout(f"{text}\n")

    def draw(self) -> None:
        from cli.runs.table import live_table  # noqa: PLC0415 - only a terminal needs Rich

        active = [run for run in self.runs if run.is_active]
        if not active:
            self.clear()
            return
        if self._live is None:
            self._live = _new_live()
        self._live.start()
        self._live.update(live_table(active, self._note, datetime.now(UTC)), refresh=True)

    def clear(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def make_display(
    runs: list[TrackedRun], *, as_json: bool
) -> tuple[RunDisplay, AbstractAsyncContextManager[None]]:
    """Return the display that suits stdout and stderr, and the loop that redraws it."""
    display = _select_display(runs, as_json=as_json)
    return display, refreshing(display, REFRESH_SECONDS)


def _select_display(runs: list[TrackedRun], *, as_json: bool) -> RunDisplay:
    can_redraw = os.environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}
    is_terminal = sys.stderr is not None and sys.stderr.isatty() and can_redraw
    if is_terminal and (as_json or (sys.stdout is not None and sys.stdout.isatty())):
        return LiveDisplay(runs, as_json=as_json)
    return RunDisplay(runs) if as_json else LineDisplay(runs)


def _new_live() -> "Live":
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    return Live(
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        # By default, Rich redirects stdout to the console, which is stderr here.
        redirect_stdout=False,
        redirect_stderr=False,
    )
