"""Content words of a transcript and their rarity."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
MIN_LETTERS = 3
FUNCTION_WORDS = """
about above across after afterwards again against all almost alone along already also although always among
amongst amoungst amount and another any anyhow anyone anything anyway anywhere are around back became
because become becomes becoming been before beforehand behind being below beside besides between beyond bill
both bottom but call can cannot cant con could couldnt cry describe detail done down due during each eight
either eleven else elsewhere empty enough etc even ever every everyone everything everywhere except few
fifteen fifty fill find fire first five for former formerly forty found four from front full further get
give had has hasnt have hence her here hereafter hereby herein hereupon hers herself him himself his how
however hundred inc indeed interest into its itself keep last latter latterly least less ltd made many may
meanwhile might mill mine more moreover most mostly move much must myself name namely neither never
nevertheless next nine nobody none noone nor not nothing now nowhere off often once one only onto other
others otherwise our ours ourselves out over own part per perhaps please put rather same see seem seemed
seeming seems serious several she should show side since sincere six sixty some somehow someone something
sometime sometimes somewhere still such system take ten than that the their them themselves then thence
there thereafter thereby therefore therein thereupon these they thick thin third this those though three
through throughout thru thus together too top toward towards twelve twenty two under until upon very via was
well were what whatever when whence whenever where whereafter whereas whereby wherein whereupon wherever
whether which while whither who whoever whole whom whose why will with within without would yet you your
yours yourself yourselves
"""
"""English stop words of the Glasgow Information Retrieval Group, except those below `MIN_LETTERS`."""
FILLER_WORDS = """
actually ah aha alright anyway basically bit course didn doesn don duh erm exactly going gonna good
gotta got guess guy guys haha hello hey huh isn just kind kinda know let like literally little lot
lots maybe mean mhm mmm nah okay one people pretty probably really right said say saying says see
sort stuff sure thank thanks thing things think thought totally uhm wanna want wasn way well
whatever wow yeah yep yes yup
"""
"""Words frequent in speech on any topic."""
STOP_WORDS = frozenset((FUNCTION_WORDS + FILLER_WORDS).split())


def content_words(text: str) -> list[str]:
    """Return the content words in lower case and in order."""
    words = (match.group().lower().replace("’", "'") for match in WORD.finditer(text))
    return [word for word in words if is_content_word(word)]


def is_content_word(word: str) -> bool:
    """Return whether a word in lower case carries meaning."""
    stem = word.partition("'")[0]
    return len(stem) >= MIN_LETTERS and word not in STOP_WORDS and stem not in STOP_WORDS


class Vocabulary:
    """Rarity of the content words of one transcript.

    Args:
        sentences: the content words of each sentence.
    """

    def __init__(self, sentences: Sequence[Sequence[str]]) -> None:
        self._frequencies = Counter(word for words in sentences for word in set(words))
        self._count = len(sentences)

    def rarity(self, word: str) -> float:
        """Return the scaled inverse document frequency: 0 in every sentence, 1 in a single one."""
        if self._count < 2:  # noqa: PLR2004 - undefined for one sentence
            return 1.0
        return float(1 - np.log(max(1, self._frequencies[word])) / np.log(self._count))
