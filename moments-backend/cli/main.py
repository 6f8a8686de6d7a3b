"""`videomoments`: the console script."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.command_logging import configure_command_logging
from app.core.exceptions import ExitCode
from app.core.proxy_bypass import exempt_loopback_from_proxies


@contextmanager
def exit_on_interrupt() -> Iterator[None]:
    """End the process without a traceback on Ctrl-C; imports take long enough to be interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)


def main() -> None:
    """Run the command; errors become a message on stderr and an exit code."""
    with exit_on_interrupt():
        from cli.commands import app  # noqa: PLC0415 - inside the block, see `exit_on_interrupt`
        from cli.errors import exit_on_error  # noqa: PLC0415

        configure_command_logging()
        exempt_loopback_from_proxies()
        with exit_on_error():
            app()
