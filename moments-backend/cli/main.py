"""`videomoments`: the console script."""

from app.core.proxy_bypass import exempt_loopback_from_proxies
from cli.interrupts import exit_on_interrupt


def main() -> None:
    """Run the command; every error of ours ends in a line on stderr and its exit code."""
    with exit_on_interrupt():
        from cli.commands import app  # noqa: PLC0415 - Ctrl-C may come while this is imported
        from cli.errors import exit_on_error  # noqa: PLC0415

        exempt_loopback_from_proxies()
        with exit_on_error():
            app()
