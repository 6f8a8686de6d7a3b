"""One line on stderr that shows what a command is doing."""

import sys
import time
from types import TracebackType
from typing import Self

from cli.output import print_stderr

TERMINAL_SECONDS = 0.1
LOG_SECONDS = 5.0


class StatusLine:
    """Replaces the line on a terminal; elsewhere prints a line every few seconds."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._last = 0.0 if self._is_terminal else time.monotonic()
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write("")

    def show(self, text: str) -> None:
        now = time.monotonic()
        if now - self._last < (TERMINAL_SECONDS if self._is_terminal else LOG_SECONDS):
            return
        self._last = now
        if self._is_terminal:
            self._write(text)
        else:
            print_stderr(text)

    def _write(self, text: str) -> None:
        if self._is_terminal and (text or self._width):
            sys.stderr.write(f"\r{text.ljust(self._width)}" + ("" if text else "\r"))
            sys.stderr.flush()
            self._width = len(text)
