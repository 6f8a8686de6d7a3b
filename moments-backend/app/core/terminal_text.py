"""Escaping of text for terminals, files and JSON."""

import unicodedata

_ESCAPED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of controls, surrogates (undecodable bytes, PEP 383), line and paragraph breaks."""

_DIRECTION_MARKS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Bidirectional marks, which change the text direction even after the end of a name."""


def escape_control_characters(text: str) -> str:
    """Replace control characters and line breaks with backslash escapes.

    Without this, a file name could move the cursor, start a new line or fail to be encoded.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char.encode("unicode_escape").decode() if _is_escaped(char) else char for char in text)


def _is_escaped(char: str) -> bool:
    return unicodedata.category(char) in _ESCAPED or unicodedata.bidirectional(char) in _DIRECTION_MARKS


def is_unicode(text: str) -> bool:
    """Return whether UTF-8 can encode the text: names on the disk, and links, may contain other bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:  # an unpaired surrogate
        return False
    return True


def escape_undecodable(text: str) -> str:
    """Replace undecodable bytes with backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
