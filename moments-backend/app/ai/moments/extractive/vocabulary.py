"""The words of a talk that carry its meaning, and how rare each is in it."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

Floats = npt.NDArray[np.float64]

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
SHORTEST = 3
SPOKEN = """
actually ah aha alright anyway basically bit course didn doesn don duh erm exactly going gonna good
gotta got guess guy guys haha hello hey huh isn just kind kinda know let like literally little lot
lots maybe mean mhm mmm nah okay one people pretty probably really right said say saying says see
sort stuff sure thank thanks thing things think thought totally uhm wanna want wasn way well
whatever wow yeah yep yes yup
"""
STOP_WORDS = ENGLISH_STOP_WORDS | frozenset(SPOKEN.split())


def content_words(text: str) -> list[str]:
    """In small letters and in order, without those that every talk has."""
    found = (match.group().lower().replace("’", "'") for match in WORD.finditer(text))
    return [word for word in found if is_content(word)]


def is_content(word: str) -> bool:
    """Of a word in small letters."""
    plain = word.partition("'")[0]
    return len(plain) >= SHORTEST and word not in STOP_WORDS and plain not in STOP_WORDS


class Vocabulary:
    """How rare each content word is among the lines of one talk."""

    def __init__(self, lines: Sequence[Sequence[str]]) -> None:
        """Args:
        lines: the content words of each line.
        """
        self._seen_in = Counter(word for words in lines for word in set(words))
        self._lines = len(lines)

    def rarity(self, word: str) -> float:
        """Inverse document frequency between 0, in every line, and 1, in one alone."""
        if self._lines < 2:  # noqa: PLR2004 - nothing is rare in one line
            return 1.0
        return float(1 - np.log(max(1, self._seen_in[word])) / np.log(self._lines))
