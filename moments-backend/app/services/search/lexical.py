"""Scores of texts by the words that they share with a query: BM25 among the texts themselves.

https://en.wikipedia.org/wiki/Okapi_BM25
"""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from app.services.search.question import content_words

SATURATION = 1.2
LENGTH_WEIGHT = 0.75

Scores = npt.NDArray[np.float32]


def score_texts(texts: Sequence[str], words: Collection[str]) -> Scores:
    """Return the score of each text; 0 for a text without any of the words."""
    if not texts:
        return np.zeros(0, dtype=np.float32)
    counts = [Counter(content_words(text)) for text in texts]
    lengths = np.array([max(1, count.total()) for count in counts], dtype=np.float32)
    norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * lengths / max(1.0, float(lengths.mean())))
    scores = np.zeros(len(texts), dtype=np.float32)
    for word in words:
        frequencies = np.array([count[word] for count in counts], dtype=np.float32)
        found = int(np.count_nonzero(frequencies))
        if found:
            rarity = np.log(1 + (len(texts) - found + 0.5) / (found + 0.5))
            scores += rarity * frequencies * (SATURATION + 1) / (frequencies + norm)
    return scores


def standardised(scores: Scores) -> Scores:
    """Return the scores with mean 0 and standard deviation 1."""
    spread = float(scores.std())
    result: Scores = (scores - scores.mean()) / (spread or 1.0)
    return result
