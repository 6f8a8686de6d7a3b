"""Text that any terminal, file or JSON reader can take."""

import unicodedata

_ESCAPED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, surrogates (how Python shows undecodable bytes: PEP 383), line and paragraph breaks."""


def printable(text: str) -> str:
    """The same text on one line, with what is no character of a line as a backslash escape.

    A file name must not move the cursor, start a line of its own or fail to be written.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _ESCAPED else char
        for char in text
    )


def encodable(text: str) -> str:
    """The same text with undecodable bytes as backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
