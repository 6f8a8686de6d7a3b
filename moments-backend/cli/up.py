"""`videomoments up`: options and help."""

from cli.server_options import Host, Port

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
    host: Host = None,
    port: Port = None,
) -> None:
    """Start all servers, the worker and the API; Ctrl-C stops them."""
    # Not needed for help and usage errors.
    from cli.supervisor import supervise  # noqa: PLC0415

    supervise(host, port)
