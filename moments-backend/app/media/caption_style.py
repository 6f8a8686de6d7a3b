"""Styles of burned captions and the scripts that the bundled fonts can write."""

import unicodedata
from collections.abc import Sequence

from app.core.exceptions import CaptionsNotBurnableError
from app.models.transcript import Word

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "ARMENIAN", "GEORGIAN")


def check_burnable(words: Sequence[Word]) -> None:
    """Raise `CaptionsNotBurnableError` if the bundled fonts lack the script of the words."""
    for word in words:
        for char in word.word:
            if char.isalpha() and not (name := unicodedata.name(char, "")).startswith(_SCRIPTS):
                raise CaptionsNotBurnableError(name.split(" ")[0].title() or "an unknown script")
