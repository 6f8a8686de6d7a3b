"""What a migration says on stdout while it runs: the blocks, or nothing until the document."""

from typing import TYPE_CHECKING

from app.services.migration import report
from app.services.migration.blocks import render
from app.services.migration.outcome import Mode, Outcome, Result
from app.services.migration.scan import Scan
from app.services.migration.text import printable
from cli import output

if TYPE_CHECKING:
    from app.services.migration.stop import Stop
    from cli.progress import Display


class TextReporter:
    """The lines of the specification. When nobody reads them any more, no new video is started."""

    def __init__(self, mode: Mode, folder: str, display: "Display", stop: "Stop") -> None:
        self._mode = mode
        self._folder = folder
        self._display = display
        self._stop = stop
        self.reader_gone = False

    def begin(self) -> None:
        self._write(f"{report.OPENINGS[self._mode]}\n")

    def scanned(self, found: Scan) -> None:
        tell_ignored(found)
        self._write(f"Found {len(found.videos)} video files in {printable(self._folder)}\n\n")

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        self._write(f"{render(self._mode, number, total, outcome)}\n\n")

    def end(self, result: Result) -> None:
        self._write(f"{report.summary(result)}\n")

    def _write(self, text: str) -> None:
        if self.reader_gone:
            return
        self._display.clear()
        try:
            output.write(text)
        except output.ReaderGoneError:
            self.reader_gone = True
            self._stop.finish_current()


class JsonReporter:
    """One document at the end."""

    reader_gone = False

    def begin(self) -> None:
        pass

    def scanned(self, found: Scan) -> None:
        tell_ignored(found)

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        pass

    def end(self, result: Result) -> None:
        try:
            output.write(f"{report.document(result)}\n")
        except output.ReaderGoneError:
            self.reader_gone = True


def tell_ignored(found: Scan) -> None:
    for entry in found.ignored:
        output.tell(f"Ignored: {printable(entry.name)} ({entry.reason})")
