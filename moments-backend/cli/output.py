"""stdout and stderr as the commands use them: any character, any locale, and a reader who may leave."""

import os
import sys
from io import TextIOWrapper


class ReaderGoneError(Exception):
    """Nobody reads stdout any more, or it cannot take more."""


def accept_any_text() -> None:
    """Write UTF-8 whatever the locale says, and escape what even that cannot hold."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def write(text: str) -> None:
    """Put a paragraph on stdout, at once.

    Raises:
        ReaderGoneError: the pipe is closed (as by `| head`) or the file is full.
    """
    if sys.stdout is None:  # closed by whoever started the process: `>&-`
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python would try again at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ReaderGoneError(str(error)) from error


def tell(text: str) -> None:
    """Put a line on stderr; when that is closed, nobody misses it."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
        except OSError:
            sys.stderr = None
