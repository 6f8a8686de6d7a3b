"""`videomoments up`: the options."""

from typing import Annotated

import typer

EPILOG = """
Servers that the settings name (DATABASE_URL, REDIS_HOST, GCS_BUCKET_NAME, …) are used as they are; the others
are started here, with their data in moments-backend/.embedded (EMBEDDED_DIR).

**Exit codes**

    0    stopped by Ctrl-C or SIGTERM
    2    the command was called wrongly
    3    it could not start, or a server ended by itself
"""


def up(
    *,
    host: Annotated[str | None, typer.Option(help="Where the API listens [HOST, else 127.0.0.1].")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The API's port [PORT, else 7005].")
    ] = None,
) -> None:
    """Start everything on this machine, and stop it again with Ctrl-C."""
    # Help and usage errors need none of this.
    from cli.supervisor import supervise  # noqa: PLC0415

    supervise(host, port)
