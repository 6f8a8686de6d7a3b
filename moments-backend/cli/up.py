"""`videomoments up`: options and help."""

from typing import Annotated

import typer

EPILOG = """
Servers named in the settings (DATABASE_URL, REDIS_HOST, GCS_BUCKET_NAME, …) are used as they are. The others
are started here, with their data in moments-backend/.embedded (EMBEDDED_DIR).

**Examples**

    videomoments up
    videomoments up --port 7006

**Exit codes**

    0    stopped by Ctrl-C or SIGTERM
    2    usage error
    3    could not start, or a server exited
"""


def up(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on [HOST, else 127.0.0.1].")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port to listen on [PORT, else 7005].")
    ] = None,
) -> None:
    """Start all servers, the worker and the API; Ctrl-C stops them."""
    # Not needed for help and usage errors.
    from cli.supervisor import supervise  # noqa: PLC0415

    supervise(host, port)
