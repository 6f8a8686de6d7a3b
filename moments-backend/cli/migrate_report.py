"""What a migration says on stdout while it runs: the blocks, or nothing until the document."""

from typing import TYPE_CHECKING

from app.core.exceptions import LocalFileError
from app.core.terminal_text import escape_control_characters
from app.services.migration import summary
from app.services.migration.results import Mode, Outcome, Result
from app.services.migration.scanner import Scan
from app.services.migration.text_output import render
from cli import output

if TYPE_CHECKING:
    from app.services.migration.cancellation import CancellationToken
    from cli.progress import Display


class JsonReporter:
    """One document at the end.

    `reader_gone`: nobody reads stdout any more. `lost`: why it could not be written.
    """

    def __init__(self, mode: Mode, folder: str, display: "Display", stop: "CancellationToken") -> None:
        self._mode = mode
        self._folder = folder
        self._display = display
        self._stop = stop
        self.reader_gone = False
        self.lost: LocalFileError | None = None

    def begin(self) -> None:
        """A document has no opening words."""

    def scanned(self, found: Scan) -> None:
        for entry in found.ignored:
            output.print_stderr(f"Ignored: {escape_control_characters(entry.name)} ({entry.reason})")

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        """The document will tell of it."""

    def end(self, result: Result) -> None:
        self._write(f"{summary.document(result)}\n")

    def _write(self, text: str) -> None:
        """When nothing can be told any more, no new video is started either."""
        if self.reader_gone or self.lost:
            return
        self._display.clear()
        try:
            output.print_stdout(text)
        except output.BrokenOutputError:
            self.reader_gone = True
        except LocalFileError as error:
            self.lost = error
        else:
            return
        self._stop.finish_current()


class TextReporter(JsonReporter):
    """The lines of the specification, as they come to pass."""

    def begin(self) -> None:
        self._write(f"{summary.OPENINGS[self._mode]}\n")

    def scanned(self, found: Scan) -> None:
        super().scanned(found)
        self._write(f"Found {len(found.videos)} video files in {escape_control_characters(self._folder)}\n\n")

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        self._write(f"{render(self._mode, number, total, outcome)}\n\n")

    def end(self, result: Result) -> None:
        self._write(f"{summary.summary(result)}\n")
