"""Text that any terminal, file or JSON reader can take."""

import unicodedata

_ESCAPED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, halves of surrogate pairs (how Python shows undecodable bytes), line and paragraph breaks."""


def printable(text: str) -> str:
    """The same text with control characters and undecodable bytes as backslash escapes.

    A file name must not move the cursor, start a line of its own or fail to be written.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if unicodedata.category(char) in _ESCAPED else char for char in text)


def _escape(char: str) -> str:
    undecodable = 0xDC80 <= ord(char) <= 0xDCFF  # surrogateescape: the byte itself is the low half
    return f"\\x{ord(char) - 0xDC00:02x}" if undecodable else char.encode("unicode_escape").decode()
