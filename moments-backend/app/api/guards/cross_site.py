"""Requests that a page of another site makes its visitor's browser send.

A browser marks them: https://www.w3.org/TR/fetch-metadata/ and the `Origin` header, which other clients omit.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from app.api.guards.hosts import split_host
from app.core.config import Settings
from app.core.exceptions import CrossSiteRequestError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class CrossSiteGuard:
    """Refuses requests of other sites that change data, unless `CORS_ORIGINS` lists their origin."""

    def __init__(self, settings: Settings) -> None:
        self._origins = set(settings.cors_origins)

    def check(self, method: str, headers: Headers) -> None:
        """Check one request.

        Raises:
            CrossSiteRequestError: the request is from another site and changes data.
        """
        if method in SAFE_METHODS:
            return
        origin = headers.get("origin")
        is_foreign = headers.get("sec-fetch-site") == "cross-site"
        if origin is not None:
            is_foreign = is_foreign or not _is_same_host(origin, headers.get("host", ""))
        if is_foreign and not self._is_listed(origin, headers):
            raise CrossSiteRequestError(origin if origin and origin != "null" else "another site")

    def _is_listed(self, origin: str | None, headers: Headers) -> bool:
        if origin in self._origins:
            return True
        # The wildcard trusts no page in particular: the request itself must have a key.
        return "*" in self._origins and "authorization" in headers


def _is_same_host(origin: str, host: str) -> bool:
    """Compare name and port; behind a proxy that ends TLS, the schemes differ."""
    try:
        parts = urlsplit(origin)
        default = _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    ours, theirs = split_host(host), split_host(parts.netloc)
    if ours is None or theirs is None or default is None:
        return False
    return (theirs[0], theirs[1] or default) == (ours[0], ours[1] or default)
