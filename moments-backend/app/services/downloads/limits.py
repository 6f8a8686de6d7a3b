"""Progress callback and size limit shared by all downloads."""

from collections.abc import Callable

from app.core.exceptions import TooLargeError

OnProgress = Callable[[int, int | None], None]
"""`(bytes so far, total bytes or None)`, on the event loop."""


def ensure_allowed(size: int, limit: int) -> None:
    """Raise `TooLargeError` if `size` exceeds `limit`, both in bytes."""
    if size > limit:
        raise too_large(limit)


def too_large(limit: int) -> TooLargeError:
    return TooLargeError(
        f"the video exceeds the limit of {limit} bytes", remedy="raise VIDEO_DOWNLOAD_MAX_SIZE_BYTES"
    )
