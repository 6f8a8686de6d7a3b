"""Progress of exports: a line redrawn on a terminal, and a line for each export that ends."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from app.core.terminal_text import escape_control_characters
from app.models.export import ExportRead
from cli import output
from cli.progress import refreshing

REFRESH_SECONDS = 0.25
CLEAR_LINE = "\r\x1b[2K"
MAX_NAME = 40


class ExportDisplay:
    """Prints the files of each export that ends.

    Args:
        exports: states by id, updated by the caller.
        as_json: stdout is kept for a document.
        is_terminal: stderr can redraw a line.
    """

    def __init__(self, exports: Mapping[str, ExportRead], *, as_json: bool, is_terminal: bool) -> None:
        self._exports = exports
        self._as_json = as_json
        self._is_terminal = is_terminal
        self._drawn = ""

    def refreshing(self) -> AbstractAsyncContextManager[None]:
        """Redraw the progress during the block."""
        return refreshing(self, REFRESH_SECONDS)

    def draw(self) -> None:
        line = progress_line(list(self._exports.values()))
        if self._is_terminal and line != self._drawn:
            self._write(f"{CLEAR_LINE}{line}")
            self._drawn = line

    def clear(self) -> None:
        if self._drawn:
            self._write(CLEAR_LINE)
            self._drawn = ""

    def print_ended(self, export: ExportRead, files: Sequence[Path]) -> None:
        self.clear()
        if self._as_json:
            return
        if export.state == "completed":
            output.print_stdout("".join(f"{escape_control_characters(str(file))}\n" for file in files))
        elif export.state == "cancelled":
            output.print_stderr(f"{escape_control_characters(export.filename)}: cancelled")

    def _write(self, text: str) -> None:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()


def progress_line(exports: Sequence[ExportRead]) -> str:
    """Return `2/7 exports, 34 % of Why the tides turn.mp4`."""
    done = sum(export.state not in {"queued", "processing"} for export in exports)
    line = f"{done}/{len(exports)} exports"
    for export in exports:
        if export.state == "processing":
            return (
                f"{line}, {export.percent:.0f} % of {escape_control_characters(export.filename)[:MAX_NAME]}"
            )
    return line if done == len(exports) else f"{line}, queued"


def make_export_display(exports: Mapping[str, ExportRead], *, as_json: bool) -> ExportDisplay:
    """Return a display for this terminal, or for lines."""
    can_redraw = os.environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}
    is_terminal = sys.stderr is not None and sys.stderr.isatty() and can_redraw
    return ExportDisplay(exports, as_json=as_json, is_terminal=is_terminal)
