"""Location of the bytes of a video: on this machine, in the bucket, or in both."""

from app.models.storage import Location

MISSING_OBJECT = "missing-object"
"""Beginning of `verification_error` if the object does not exist; a colon and the cause follow."""


def location_of(*, is_local: bool, verification_error: str | None) -> Location:
    """Return the location of a row.

    A row is written after its object, so the object is assumed to exist until a verification finds that it
    does not. Only then is a video `local`.

    Args:
        is_local: the file is below the folder of videos, see `directory_listing.VideoTree`.
    """
    if not is_local:
        return "bucket"
    is_missing = (verification_error or "").startswith(f"{MISSING_OBJECT}:")
    return "local" if is_missing else "both"
