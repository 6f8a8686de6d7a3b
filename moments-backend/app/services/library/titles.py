"""Titles of videos without one; `SHOWN_TITLE` in `app/database/models/video.py` is the same rule in SQL."""


def title_from(identifier: str) -> str:
    """Return `Bill Gates 2` for `bill-gates_2`."""
    return identifier.replace("-", " ").replace("_", " ").title()
