"""Text of caption files: encodings, markup and entities."""

import codecs
import html
import re

from app.core.exceptions import InvalidCaptionsError
from app.models.text import clean_line

MAX_CUE_CHARACTERS = 5_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.,]*>|<!--[^<>]*-->")
"""HTML and WebVTT tags such as `<i>`, `<font color=…>`, `<c.red>`, `<v Name>`, and times within a cue."""
_OVERRIDE = re.compile(r"\{\\[^{}]*\}|\{[yYcCfFsS]:[^{}]*\}")
"""Styles of SubStation Alpha and MicroDVD, which editors also write into SRT files: `{\\an8}`."""
_WITHOUT_NUL_SHARE = 0.2
_SAMPLE = 4096


def decode(content: bytes) -> str:
    """Return the text of a file: by its byte order mark, else UTF-16 or UTF-8, else Windows-1252.

    Raises:
        InvalidCaptionsError: the file is damaged or binary.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, "replace")
    sample = content[:_SAMPLE]
    if b"\0" in sample:
        for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
            if zeros.count(0) > _WITHOUT_NUL_SHARE * len(zeros):
                return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if b"\0" in content:
            raise InvalidCaptionsError(
                "the file is not text", remedy="send SRT, WebVTT, plain text or JSON"
            ) from None
    # Latin-1 is Windows-1252 without quotation marks and dashes; it also decodes its five undefined bytes.
    try:
        return content.decode("windows-1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def split_lines(text: str) -> list[str]:
    r"""Return the lines, which end with `\n`, `\r\n` or `\r`; other separators are part of a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def plain_text(text: str) -> str:
    """Return the text of a cue on one line, without markup, entities and control characters."""
    unmarked = _OVERRIDE.sub("", _TAG.sub("", text))
    return clean_line(html.unescape(unmarked).replace("\\N", " ").replace("\\h", " "), MAX_CUE_CHARACTERS)
