"""Runs as they go on: drawn over and over on a terminal, and elsewhere a line for each stage that ends."""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.core.exceptions import VideoMomentsError
from app.core.terminal_text import escape_control_characters
from app.models.pipeline import RunState
from cli import output
from cli.progress import BYTES_PER_MB, RefreshLoop
from cli.runs.text import run_line, stage_line

if TYPE_CHECKING:
    from rich.live import Live

DRAW_SECONDS = 0.25
ENDED = frozenset({"completed", "skipped", "failed", "cancelled"})


@dataclass
class TrackedRun:
    """One source on its way: what is known of it so far.

    `error` is why there is no run of it, or why it can be followed no longer.
    """

    source: str
    video_id: str | None = None
    state: RunState | None = None
    error: VideoMomentsError | None = None
    bytes_copied: int | None = None
    bytes_total: int = 0

    @property
    def name(self) -> str:
        return escape_control_characters(self.video_id or self.source)

    @property
    def is_completed(self) -> bool:
        return self.error is None and self.state is not None and self.state.status == "completed"

    @property
    def is_under_way(self) -> bool:
        return self.error is None and (self.state is None or self.state.is_active)


class RunDisplay:
    """Shows nothing: everything will stand in the document at the end."""

    def __init__(self, followed: list[TrackedRun]) -> None:
        self.followed = followed
        self._note: str | None = None

    def changed(self, one: TrackedRun) -> None:
        """Its state is another."""

    def note(self, words: str | None) -> None:
        """What concerns all of them just now; None when it is over."""
        if words is not None and words != self._note:
            self.say(words)
        self._note = words

    def say(self, words: str) -> None:
        """A line that stays, on stderr."""
        self.clear()
        output.print_stderr(words)

    def put(self, text: str) -> None:
        """Lines for stdout."""

    def draw(self) -> None:
        """Show how far they are."""

    def clear(self) -> None:
        """Make room for other output."""


class LineDisplay(RunDisplay):
    """One line on stdout for each stage as it ends, and for each run."""

    def __init__(self, followed: list[TrackedRun]) -> None:
        super().__init__(followed)
        self._told: set[tuple[str, str]] = set()

    def changed(self, one: TrackedRun) -> None:
        if one.state is None:
            return
        for name, stage in one.state.stages.items():
            key = (one.state.request_id, name)
            if stage.status in ENDED and key not in self._told:
                self._told.add(key)
                self.put(stage_line(one.state, name, stage))

    def put(self, text: str) -> None:
        output.print_stdout(f"{text}\n")


class LiveDisplay(RunDisplay):
    """All of them on the terminal, drawn over; gone when there is other output, and at the end.

    Args:
        is_document_awaited: stdout is kept for a document.
    """

    def __init__(self, followed: list[TrackedRun], *, is_document_awaited: bool) -> None:
        super().__init__(followed)
        self._is_document_awaited = is_document_awaited
        self._live: Live | None = None

    def note(self, words: str | None) -> None:
        self._note = words

    def put(self, text: str) -> None:
        if not self._is_document_awaited:
            self.clear()
            output.print_stdout(f"{text}\n")

    def draw(self) -> None:
        from cli.runs.table import table_of  # noqa: PLC0415 - only a terminal needs Rich

        under_way = [one for one in self.followed if one.is_under_way]
        if not under_way:
            self.clear()
            return
        if self._live is None:
            self._live = _new_live()
        self._live.start()
        self._live.update(table_of(under_way, self._note, datetime.now(UTC)), refresh=True)

    def clear(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def make_view(followed: list[TrackedRun], *, as_json: bool) -> tuple[RunDisplay, RefreshLoop]:
    """The one that fits what stdout and stderr are, and the clock that draws it."""
    view = _fitting(followed, as_json=as_json)
    return view, RefreshLoop(view, DRAW_SECONDS)


def _fitting(followed: list[TrackedRun], *, as_json: bool) -> RunDisplay:
    draws_over = os.environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}
    shows = sys.stderr is not None and sys.stderr.isatty() and draws_over
    if shows and (as_json or (sys.stdout is not None and sys.stdout.isatty())):
        return LiveDisplay(followed, is_document_awaited=as_json)
    return RunDisplay(followed) if as_json else LineDisplay(followed)


def describe_briefly(one: TrackedRun) -> str:
    """`talk: failed in transcription after 3.2 s`, or what it does before it has a run."""
    if one.state is not None:
        return run_line(one.state)
    if one.bytes_copied is not None:
        total = one.bytes_total / BYTES_PER_MB
        return f"{one.name}: brought in, {one.bytes_copied / BYTES_PER_MB:.1f} of {total:.1f} MB"
    return f"{one.name}: beginning"


def _new_live() -> "Live":
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    return Live(
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        # What goes to stdout goes there: Rich would put it on stderr too.
        redirect_stdout=False,
        redirect_stderr=False,
    )
