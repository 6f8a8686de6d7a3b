"""Words of a text as they are indexed; the Python version of the SQL function `search_fold`.

The database folds texts and queries; this version finds the positions of words in the unfolded text. A test
compares both.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

MAX_CHARACTERS = 100_000
"""Longer texts are indexed up to this length."""

_REMOVED = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+"
)
_SEPARATORS = re.compile(
    "[\u0000-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u055a-\u055f\u0589\u058a\u05be"
    "\u05f3\u05f4\u060c-\u060f\u061b-\u061f\u066a-\u066d\u06d4\u0964\u0965\u1680\u2000-\u200a\u2010-\u2029"
    "\u202f-\u205f\u20a0-\u20cf\u2100-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d\u30fb"
    "\ud7fc-\ud7ff\ue000-\uf8ff\ufe10-\ufe1f\ufe30-\ufe6f\uff00-\uff0f\uff61-\uff65\U0001f000-\U0001faff]+"
)
_SINGLE = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\u303c"
    "\u303e-\u30fa\u30fc-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])"
)
_LETTERS = {ord(letter): plain for letter, plain in zip("øđłħıðŧς", "odlhidtσ", strict=True)}
_LETTERS |= {ord("ß"): "ss", ord("æ"): "ae", ord("œ"): "oe", ord("þ"): "th"}
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:(?<=[0-9]),(?=[0-9]{3}(?![0-9]))[A-Za-z0-9]+)*")
_CYRILLIC_SHORT_I = ("\u0438\u0306", "\u0439")
"""The Russian stemmer treats й as a separate letter, so its mark is kept."""


class FoldedWord(NamedTuple):
    """A word of the index, and its characters `start` to `end` (exclusive) in the text."""

    word: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return the folded words, separated by spaces."""
    text = _THOUSANDS.sub("", text[:MAX_CHARACTERS])
    if text.isascii():
        return " ".join(_SEPARATORS.sub(" ", text.lower()).split())
    folded = unicodedata.normalize("NFKD", text).lower().replace(*_CYRILLIC_SHORT_I)
    folded = _REMOVED.sub("", folded).translate(_LETTERS)
    folded = unicodedata.normalize("NFC", _SEPARATORS.sub(" ", folded))
    return " ".join(_SINGLE.sub(r" \1 ", folded).split())


_APOSTROPHES = str.maketrans("’‘", "''")


def fold_characters(text: str) -> str:
    """Return text without case, diacritics and variants of composition; the SQL function is `text_fold`."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).lower().replace(*_CYRILLIC_SHORT_I)
    folded = _REMOVED.sub("", folded).translate(_LETTERS).translate(_APOSTROPHES)
    return unicodedata.normalize("NFC", folded)


def fold_words(text: str) -> list[FoldedWord]:
    """Return the folded words with their positions in `text`, in order."""
    if text.isascii():  # the usual case, some thirty times as fast
        return [
            FoldedWord(match[0].replace(",", "").lower(), *match.span())
            for match in _ASCII_WORD.finditer(text, 0, MAX_CHARACTERS)
        ]
    words: list[FoldedWord] = []
    for start, end in _spans(text):
        words.extend(FoldedWord(word, start, end) for word in fold(text[start:end]).split())
    return words


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of `text` that fold to words; a part of several words is as small as possible."""
    start: int | None = None
    for position, character in enumerate(text[:MAX_CHARACTERS]):
        is_inner = bool(unicodedata.combining(character)) or _THOUSANDS.match(text, position) is not None
        folded = fold(character)
        is_single = bool(folded) and _SINGLE.match(unicodedata.normalize("NFC", folded)) is not None
        if start is not None and is_inner:
            continue
        if start is not None and (is_single or (not folded and _REMOVED.match(character) is None)):
            yield start, position
            start = None
        if start is None and folded:
            start = position
        if start is not None and is_single and not _has_mark(text, position + 1):
            yield start, position + 1
            start = None
    if start is not None:
        yield start, min(len(text), MAX_CHARACTERS)


def _has_mark(text: str, position: int) -> bool:
    return position < len(text) and bool(unicodedata.combining(text[position]))
