"""stdout and stderr as the commands use them: any character, any locale, and a reader who may leave."""

import errno
import os
import sys
from io import TextIOWrapper

from app.core.exceptions import DiskFullError, LocalFileError


class BrokenOutputError(Exception):
    """Nobody reads stdout any more, as after `| head`. No error: they have seen enough."""


def force_utf8_streams() -> None:
    """Write UTF-8 whatever the locale says, and escape what even that cannot hold."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def print_stdout(text: str) -> None:
    """Put a paragraph on stdout, at once.

    Raises:
        BrokenOutputError: the other end of the pipe is closed.
        DiskFullError, LocalFileError: the file cannot take more.
    """
    if sys.stdout is None:  # closed by whoever started the process: `>&-`
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python would try again at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise BrokenOutputError from error
        named = DiskFullError if error.errno == errno.ENOSPC else LocalFileError
        raise named(f"the output cannot be written: {error.strerror or error}") from error


def print_stderr(text: str) -> None:
    """Put a line on stderr; when that is closed, nobody misses it."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
        except OSError:
            sys.stderr = None
