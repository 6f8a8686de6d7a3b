"""Checks of http and https URLs that users enter."""

from urllib.parse import SplitResult, urlsplit

from app.models.text import ensure_line


def split_web_url(text: str, expected: str) -> SplitResult:
    """Return the parts of a URL without spaces around it.

    Args:
        expected: description for the error, such as `the http or https URL of a feed`.

    Raises:
        ValueError: another scheme, no host, an invalid port, credentials, or characters that a line of text
            must not contain.
    """
    url = ensure_line(text.strip())
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"must be {expected}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or " " in url:
        raise ValueError(f"must be {expected}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain a user name or password")
    return parts
