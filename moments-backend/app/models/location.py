"""Where the bytes of an original are."""

from enum import StrEnum


class Location(StrEnum):
    """Copies of an original that exist."""

    LOCAL = "local"
    BUCKET = "bucket"
    BOTH = "both"
