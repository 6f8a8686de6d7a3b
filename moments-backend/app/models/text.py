"""Text that PostgreSQL, the file system and a web page can hold without surprises."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Without tab and newline."""
_BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Overrides, embeddings and isolates reorder the text around them: `exe.4pm` can look like `mp4.exe`.

https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""


def ensure_storable(text: str) -> str:
    """Return `text` unchanged.

    Raises:
        ValueError: it contains NUL or an unpaired surrogate.
    """
    if "\0" in text:
        raise ValueError("must not contain NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain unpaired surrogates") from None
    return text


def ensure_line(text: str) -> str:
    """Return `text` unchanged.

    Raises:
        ValueError: it contains an unpaired surrogate, a control character or a bidirectional override.
    """
    return _ensure_visible(text, _CONTROL)


def ensure_lines(text: str) -> str:
    r"""Return `text` with the line ends `\r\n` as `\n`.

    Raises:
        ValueError: it contains an unpaired surrogate, a control character other than tab and newline, or a
            bidirectional override.
    """
    return _ensure_visible(text.replace("\r\n", "\n"), _CONTROL_IN_LINES)


def to_line(text: str) -> str:
    """Return `text` without what `ensure_line` rejects: runs of control characters become one space."""
    if text.isprintable():
        return text
    return _BIDIRECTIONAL.sub("", _CONTROLS.sub(" ", text)).strip()


def _ensure_visible(text: str, control: re.Pattern[str]) -> str:
    ensure_storable(text)
    if found := control.search(text):
        raise ValueError(f"must not contain control characters (U+{ord(found[0]):04X})")
    if found := _BIDIRECTIONAL.search(text):
        raise ValueError(f"must not contain bidirectional formatting characters (U+{ord(found[0]):04X})")
    return text


def fold_case(text: str) -> str:
    """Return text that is equal for texts that differ in case, or in composed and decomposed characters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def clean_line(text: str, max_length: int) -> str:
    """Return text of a foreign source as one line that `ensure_line` accepts; the rest is removed."""
    return _cut(" ".join(_CONTROL.sub(" ", _BIDIRECTIONAL.sub("", _storable(text))).split()), max_length)


def clean_lines(text: str, max_length: int) -> str:
    """Return text of a foreign source that `ensure_lines` accepts."""
    lines = _storable(text).replace("\r\n", "\n").replace("\r", "\n")
    visible = _CONTROL_IN_LINES.sub("", _BIDIRECTIONAL.sub("", lines))
    return _cut("\n".join(line.rstrip() for line in visible.split("\n")), max_length)


def _storable(text: str) -> str:
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))


def _cut(text: str, max_length: int) -> str:
    """Shorten to `max_length` characters, marked by an ellipsis."""
    text = text.strip()
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"


NoNulStr = Annotated[str, AfterValidator(ensure_storable)]
"""For identifiers and searches, which are compared and not stored."""
GeneratedText = Annotated[str, AfterValidator(lambda text: text.replace("\0", ""))]
"""For text of language models, which may contain NUL: PostgreSQL rejects it in every type."""
Line = Annotated[str, AfterValidator(ensure_line)]
"""For names, titles and links."""
Lines = Annotated[str, AfterValidator(ensure_lines)]
"""For prompts and descriptions."""
