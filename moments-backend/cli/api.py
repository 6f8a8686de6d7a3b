"""`videomoments api`: run one API process without embedded servers."""

import os

from cli.server_options import Host, Port

EPILOG = """
For production: uses the servers in the settings and starts none. Run `videomoments worker` separately. The
tables are created or upgraded first. `make run` and `videomoments up` start an API themselves.

**Example**

    HOST=127.0.0.1 ALLOWED_HOSTS='["videos.example.org"]' videomoments api

**Exit codes**

    0    stopped by Ctrl-C or SIGTERM
    2    usage error
    3    could not start
"""


def api(
    *,
    host: Host = None,
    port: Port = None,
) -> None:
    """Upgrade the tables and serve the API and the web app."""
    # Not needed for help and usage errors.
    from app.core.config import get_settings  # noqa: PLC0415
    from app.database.migrations import upgrade_to_head  # noqa: PLC0415
    from cli.processes import api_command, environment_for  # noqa: PLC0415
    from cli.supervisor import require_api_key_for_public_host  # noqa: PLC0415

    settings = get_settings()
    host, port = host or settings.host, port or settings.port
    require_api_key_for_public_host(host, settings)
    upgrade_to_head(settings.database_url)
    command = api_command(host, port)
    os.execve(command[0], command, environment_for(host))  # noqa: S606 - runs without a shell
