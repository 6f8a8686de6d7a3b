"""Names that this server is reached by.

A page whose foreign name now resolves to this machine (DNS rebinding) counts as same-origin in its browser.
Its requests differ from those of the web app in one header only: `Host`.
"""

import re

from app.core.client_access import is_loopback_address
from app.core.config import Settings

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(\d{1,5}))?")
_UNSPECIFIED = {"0.0.0.0", "::", ""}  # noqa: S104 - addresses to listen on, not names of the server


def split_host(host: str) -> tuple[str, int | None] | None:
    """Return name and port of a `Host` header; None for an invalid one."""
    found = _HOST.fullmatch(host.strip().lower())
    if found is None:
        return None
    name, port = found.groups()
    return name.strip("[]").removesuffix("."), int(port) if port else None


class KnownHosts:
    """Loopback names, `HOST` and `ALLOWED_HOSTS`, each with any port."""

    def __init__(self, settings: Settings) -> None:
        names = {*settings.allowed_hosts, settings.host}
        parsed = (split_host(_bracketed(name)) for name in names)
        self._names = {host[0] for host in parsed if host is not None} - _UNSPECIFIED

    def __contains__(self, host: str) -> bool:
        parsed = split_host(host)
        if parsed is None:
            return False
        name, _ = parsed
        return name == "localhost" or name in self._names or is_loopback_address(name)


def _bracketed(name: str) -> str:
    """Return an IPv6 address as it is in a `Host` header."""
    return f"[{name}]" if name.count(":") > 1 and not name.startswith("[") else name
