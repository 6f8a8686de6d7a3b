"""Output of a migration on stdout: text blocks, or one JSON document."""

from typing import TYPE_CHECKING

from app.core.exceptions import LocalFileError
from app.core.terminal_text import escape_control_characters
from app.services.migration.results import Mode, Outcome, Result
from app.services.migration.scanner import Scan
from app.services.migration.text_output import TEXTS, render_json, render_summary, render_video
from cli import output

if TYPE_CHECKING:
    from app.services.migration.cancellation import CancellationToken
    from cli.progress import Display


class JsonReporter:
    """Prints one document at the end.

    Attributes:
        is_broken: the reader of stdout closed the pipe.
        error: the reason why stdout could not be written.
    """

    def __init__(self, mode: Mode, folder: str, display: "Display", stop: "CancellationToken") -> None:
        self._mode = mode
        self._folder = folder
        self._display = display
        self._stop = stop
        self.is_broken = False
        self.error: LocalFileError | None = None

    def begin(self) -> None:
        """Print nothing: a document has no opening lines."""

    def scanned(self, found: Scan) -> None:
        for entry in found.ignored:
            output.print_stderr(f"Ignored: {escape_control_characters(entry.relative_path)} ({entry.reason})")

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        """Print nothing: the document contains the outcome."""

    def end(self, result: Result) -> None:
        self._write(f"{render_json(result)}\n")

    def _write(self, text: str) -> None:
        """Write to stdout; if that fails, start no further videos."""
        if self.is_broken or self.error:
            return
        self._display.clear()
        try:
            output.print_stdout(text)
        except output.BrokenOutputError:
            self.is_broken = True
        except LocalFileError as error:
            self.error = error
        else:
            return
        self._stop.finish_current()


class TextReporter(JsonReporter):
    """Prints the documented lines as the migration proceeds."""

    def begin(self) -> None:
        self._write(f"{TEXTS[self._mode].opening}\n")

    def scanned(self, found: Scan) -> None:
        super().scanned(found)
        self._write(f"Found {len(found.videos)} video files in {escape_control_characters(self._folder)}\n\n")

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        self._write(f"{render_video(self._mode, number, total, outcome)}\n\n")

    def end(self, result: Result) -> None:
        self._write(f"{render_summary(result)}\n")
