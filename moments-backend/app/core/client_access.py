"""Rules for serving clients, by their address and the configured API key."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from app.core.config import Settings
from app.core.exceptions import ApiKeyRequiredError

MIN_PUBLIC_KEY_LENGTH = 16
"""Characters of `API_KEY` that clients beyond loopback require."""

NEW_KEY_COMMAND = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
"""Prints a random key."""


@lru_cache(maxsize=1024)
def is_loopback_address(address: str | None) -> bool:
    """Return whether a client's address is a loopback address; None and names are not."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback


def client_network(address: str | None) -> str:
    """Return the address, or the /64 network of an IPv6 address: one client can use all of its addresses."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, 64), strict=False))


def has_public_key(settings: Settings) -> bool:
    """Return whether `API_KEY` is set and long enough for clients beyond loopback."""
    return settings.api_key is not None and len(settings.api_key.get_secret_value()) >= MIN_PUBLIC_KEY_LENGTH


def api_key_applies(settings: Settings, client: str | None) -> bool:
    """Return whether `API_KEY` is accepted from this client: beyond loopback, a short one is not."""
    return settings.api_key is not None and (has_public_key(settings) or is_loopback_address(client))


def public_key_problem(settings: Settings) -> str:
    """Return why `API_KEY` does not suffice beyond loopback."""
    if settings.api_key is None:
        return "API_KEY is not set"
    return f"API_KEY has fewer than {MIN_PUBLIC_KEY_LENGTH} characters"


def require_public_key(settings: Settings, client: str | None) -> None:
    """Check that a client may be served without a named key.

    Raises:
        ApiKeyRequiredError: the client is not on this machine, and `API_KEY` is missing or too short.
    """
    if has_public_key(settings) or is_loopback_address(client):
        return
    raise ApiKeyRequiredError(
        f"other machines are not served because {public_key_problem(settings)}",
        remedy=f"set API_KEY to a random string, printed by: {NEW_KEY_COMMAND}",
    )
