"""Output of the commands: any character in any locale, and closed pipes."""

import errno
import json
import os
import sys
from io import TextIOWrapper
from typing import Any

from app.core.exceptions import DiskFullError, LocalFileError


class BrokenOutputError(Exception):
    """The reader of stdout closed the pipe, as `| head` does; not a failure."""


def force_utf8_streams() -> None:
    """Write UTF-8 in any locale, and escape surrogates."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def print_stdout(text: str) -> None:
    """Write to stdout and flush it.

    Raises:
        BrokenOutputError: the reader closed the pipe.
        DiskFullError, LocalFileError: the file cannot be written.
    """
    if sys.stdout is None:  # the process was started with `>&-`
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python flushes again at exit, and would print an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise BrokenOutputError from error
        error_type = DiskFullError if error.errno == errno.ENOSPC else LocalFileError
        raise error_type(f"cannot write the output: {error.strerror or error}") from error


def print_json(document: Any) -> None:
    print_stdout(f"{json.dumps(document, indent=2, ensure_ascii=False)}\n")


def print_stderr(text: str) -> None:
    """Write a line to stderr; ignore a closed stderr."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
        except OSError:
            sys.stderr = None
