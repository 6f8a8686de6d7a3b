"""File names of exports: made from titles, valid on Windows, macOS and Linux."""

import re
import unicodedata
from collections.abc import Iterable

from app.models.text import clean_line

MAX_NAME_BYTES = 140
"""Length of a name with its extension in UTF-8; encrypted home folders allow 143."""
MAX_STEM_BYTES = MAX_NAME_BYTES - len(".mp4") - len(" (999)")
DEFAULT_STEM = "Export"

_SEPARATORS = re.compile(r"\s*[/\\|]\s*")
_FORBIDDEN = re.compile(r'[<>"?*\x00-\x1f\x7f]')
"""Not allowed on Windows; `:` and the separators are replaced instead of removed."""
_DEVICES = re.compile(
    r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])(?=\s*(\.|$))", re.IGNORECASE
)
"""https://learn.microsoft.com/windows/win32/fileio/naming-a-file#naming-conventions"""
_JOINERS = "\u200d\ufe0f"
"""Zero-width joiner and variation selector, which mean nothing at the end of a name."""


def stem_from(title: str) -> str:
    """Return the name of a file with this title, without extension."""
    text = clean_line(unicodedata.normalize("NFC", title), len(title) or 1)
    text = _FORBIDDEN.sub("", _SEPARATORS.sub("-", text)).replace(":", ".")
    # A leading dot hides the file, a leading hyphen makes commands read an option.
    stem = _trim(" ".join(text.split()).lstrip(" .-"))
    if len(stem.encode()) > MAX_STEM_BYTES:
        stem = _trim(stem.encode()[:MAX_STEM_BYTES].decode(errors="ignore"))
    return _DEVICES.sub(r"\1_", stem, count=1) if _DEVICES.match(stem) else stem or DEFAULT_STEM


def unique_stems(stems: Iterable[str]) -> list[str]:
    """Add ` (2)`, ` (3)` and so on to repeated names.

    Names that differ only in case or in the form of accents are the same on some file systems.
    """
    used: set[str] = set()
    last_number: dict[str, int] = {}
    unique = []
    for stem in stems:
        name, number = stem, last_number.get(stem, 1)
        while _folded(name) in used:
            number += 1
            name = f"{stem} ({number})"
        used.add(_folded(name))
        last_number[stem] = number
        unique.append(name)
    return unique


def time_in_name(seconds: float) -> str:
    """Return `1.02.03` or `02.03`; a colon is not allowed in names."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}.{minute:02}.{second:02}" if hours else f"{minute:02}.{second:02}"


def range_title(video_title: str, start: float, end: float) -> str:
    """Return the title of a range without one, such as `Tides 01.23–01.58`."""
    return f"{video_title} {time_in_name(start)}–{time_in_name(end)}"


def _trim(stem: str) -> str:
    """Remove what Windows drops from the end of a name, and half of a joined emoji."""
    return stem.rstrip(" ." + _JOINERS)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
