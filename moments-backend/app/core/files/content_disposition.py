"""The header `Content-Disposition`."""

from urllib.parse import quote


def attachment(filename: str) -> str:
    """Return the value that makes browsers save a file by this name (RFC 6266), which may be any text."""
    return f"attachment; filename*=utf-8''{quote(filename, safe='')}"
