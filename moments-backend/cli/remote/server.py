"""Selection of the library: that of this machine, or that of a URL."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.core.config import BACKEND_DIR, Settings
from app.core.embedded_settings import RUNNING_FILE, embedded_dir
from app.core.exceptions import ConfigurationError
from cli.processes import local_url

URL_VARIABLE, KEY_VARIABLE = "VIDEOMOMENTS_URL", "VIDEOMOMENTS_KEY"
COMMANDS = frozenset({"add", "chapters", "list", "mcp", "search", "status", "transcript"})
"""Commands that work through the API of another machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """Address of an API, and the key for it."""

    url: str
    key: str | None = None


_selected: Server | None = None


def select(url: str | None, key: str | None, command: str | None) -> None:
    """Select the library of a URL for this process.

    Raises:
        ConfigurationError: the URL is invalid, or the command works on this machine only.
    """
    global _selected  # noqa: PLW0603 - set once, before the command runs
    _selected = None
    if not url:
        if key:
            raise ConfigurationError(
                f"{KEY_VARIABLE} is set without {URL_VARIABLE}", remedy="give the server's address as well"
            )
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{url!r} is not the address of a server",
            remedy="use an address such as https://videos.example.org",
        )
    if command is not None and command not in COMMANDS:
        raise ConfigurationError(
            f"`{command}` works on the library of this machine only",
            remedy=f"unset {URL_VARIABLE}; through a server work: {', '.join(sorted(COMMANDS))}",
        )
    _selected = Server(url.rstrip("/"), key or None)


def selected() -> Server | None:
    """Return the server of `--url` or its variable; None for the library of this machine."""
    return _selected


def running_address(backend_dir: Path = BACKEND_DIR) -> str | None:
    """Return the address that the stack of this folder recorded when it started; None without one."""
    try:
        state = json.loads((embedded_dir(backend_dir) / RUNNING_FILE).read_text(encoding="utf-8"))
        process = int(state["supervisor"]["pid"])
        os.kill(process, 0)
        return str(state["address"]) if state.get("address") else None
    except (OSError, ValueError, TypeError, KeyError):  # not running, or a damaged file
        return None


def server_of(settings: Settings) -> Server:
    """Return the selected server, else the running stack of this folder, else the address in the settings."""
    if _selected is not None:
        return _selected
    key = settings.api_key.get_secret_value() if settings.api_key else None
    return Server(running_address() or local_url(settings.host, settings.port), key)
