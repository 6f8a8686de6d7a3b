"""Text that any terminal, file or JSON reader can take."""

import unicodedata

_ESCAPED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, surrogates (how Python shows undecodable bytes: PEP 383), line and paragraph breaks."""

_TURNS_THE_LINE = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Marks that make a terminal show what follows them in the other direction, beyond the name's end."""


def escape_control_characters(text: str) -> str:
    """The same text on one line, with what is no character of a line as a backslash escape.

    A file name must not move the cursor, start a line of its own or fail to be written.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char.encode("unicode_escape").decode() if _is_escaped(char) else char for char in text)


def _is_escaped(char: str) -> bool:
    return unicodedata.category(char) in _ESCAPED or unicodedata.bidirectional(char) in _TURNS_THE_LINE


def escape_undecodable(text: str) -> str:
    """The same text with undecodable bytes as backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
