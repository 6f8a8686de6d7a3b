"""Titles; `SHOWN_TITLE` in `app/database/models/video.py` says the same in SQL."""


def title_from(identifier: str) -> str:
    """What a video without a title of its own is called: `bill-gates_2` is `Bill Gates 2`."""
    return identifier.replace("-", " ").replace("_", " ").title()
