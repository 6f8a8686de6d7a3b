"""`videomoments dev`: the stack of `up` for development, with reload and Vite's hot reload."""

from typing import Annotated

import typer

from cli.server_options import Host, Port

EPILOG = """
Servers named in the settings (DATABASE_URL, REDIS_HOST, GCS_BUCKET_NAME, …) are used as they are. The others
are started here, with their data in moments-backend/.embedded (EMBEDDED_DIR).

**Examples**

    videomoments dev
    videomoments dev --port 7006 --web-port 5174

**Exit codes**

    0    stopped by Ctrl-C or SIGTERM
    2    usage error
    3    could not start, or a server exited
"""
WEB_HOST = "127.0.0.1"


def dev(
    *,
    host: Host = None,
    port: Port = None,
    web_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the web app's development server.")
    ] = 5173,
) -> None:
    """Start everything for development: the API and the worker restart when a file changes."""
    # `--help` and usage errors need none of these imports.
    from cli.dev_services import dev_profile  # noqa: PLC0415
    from cli.supervisor import supervise  # noqa: PLC0415

    supervise(host, port, dev_profile(WEB_HOST, web_port))
