"""Ctrl-C before a command has begun: what it needs takes a third of a second to import."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.exceptions import ExitCode


@contextmanager
def exit_on_interrupt() -> Iterator[None]:
    """End the process without a traceback. Import what takes long inside the block."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
