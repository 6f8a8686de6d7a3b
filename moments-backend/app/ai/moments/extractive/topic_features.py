"""Features of every sentence from which the topic network estimates whether a topic begins with it."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.cues import is_dependent_clause
from app.ai.moments.extractive.vocabulary import content_words
from app.ai.sentences import Sentence

Integers = npt.NDArray[np.int64]
Column = npt.NDArray[Any]
"""Real numbers of either precision."""

SIDES = (30, 60, 120, 250, 500)
"""Words before and after a sentence that are compared."""
LEXICAL_SIDES = (60, 120, 250)
PENALTY_FACTORS = (0.5, 1.0, 1.5, 2.5)
"""Multiples of the penalty of the change points."""
CHANGE_REACH_WORDS = 30
"""Distance at which the nearness of a change point has fallen to 1/e."""
HASH_DIMENSIONS = 256
CHAIN_GAPS = (80, 250)
"""Words without a content word that end its lexical chain."""
SHORT_SENTENCE_WORDS = 3

_STARTS = (
    r"(?:o?kay|ok|'kay|al+ ?right|right)\b",
    r"so\b",
    r"now\b",
    r"well\b",
    r"(?:yeah|yes|yep|no|mm|hmm|oh|sure|exactly)\b",
    r"(?:um|uh|er)\b",
    r"(?:and|but|or|because|which|also|then)\b",
    r"(?:it|that|he|she|they|those|him|them|his|her)\b",
    r"(?:thank you|thanks)\b",
    r"let(?:['’]s| me| us)\b",
    r"(?:first|second|third|next|another|one|the (?:first|second|third|next|last|other|final))\b",
    r"(?:finally|lastly|anyway|moving|before|in (?:summary|conclusion|short)|to (?:conclude|summari[sz]e))\b",
    r"(?:what|how|why|when|who|where|which|can|could|do|does|is|are)\b",
    (
        r"(?:i|we)(?:['’](?:d|m|ll|re)| am| are| will| would| want(?:ed)?) ?"
        r"(?:like|going|want|to|gonna|now|talk)\b"
    ),
    r"(?:there(?:['’]s| is| are)|here(?:['’]s| is| are)|this is|these are)\b",
    r"(?:mr|mrs|ms|madam|chair|doctor|dr|q)\b",
    r"(?:hi|hello|welcome|good (?:morning|afternoon|evening)|my name)\b",
    r"(?:the|a|an)\b",
    r"(?:if|as|since|for|in|at|with|on|to)\b",
    r"(?:you|your)\b",
)
"""Ways to begin a sentence, in English."""
_CONTENTS = (
    r"\b(?:talk(?:ing)? about|move on|moving on|turn to|get into|look at|go (?:on|over|through|to))\b",
    (
        r"\b(?:next (?:\w+ ){0,2}(?:slide|item|topic|question|thing|point|step|one))\b"
        r"|\b(?:agenda|presentation|section)\b"
    ),
    r"\b(?:question|questions|q&a|ask|asked|answer)\b",
    r"\b(?:thank you|thanks|bye|goodbye|see you|any questions)\b",
    (
        r"\bthe (?:first|second|third|last|final|other|main) (?:\w+ )?"
        r"(?:thing|point|one|part|question|problem)\b"
    ),
)
_STARTS_WITH = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _STARTS)
_CONTAINS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _CONTENTS)
_ENGLISH = frozenset(
    ("the", "and", "of", "to", "that", "is", "it", "you", "this", "with", "have", "what", "was", "are", "for")
)
MIN_ENGLISH_SHARE = 0.1
"""Share of these words; English talk has 20 to 30 %, other languages less than 3 %."""
_ENDING = re.compile(r"(?<=\w{3})(?:'s|s|es|ing|ed)$")
_LEADING = "\"'“‘-–— "


def topic_features(
    sentences: Sequence[Sentence], vectors: Matrix, changes: Sequence[Sequence[int]]
) -> Matrix:
    """Return the features, shape (sentences, features).

    Args:
        vectors: sentence embeddings of length 1, shape (sentences, dimensions).
        changes: numbers of the sentences at the change points of each of `PENALTY_FACTORS`.
    """
    words = np.array([item.last_word - item.first_word + 1 for item in sentences], dtype=np.int64)
    sums = np.concatenate(([0], np.cumsum(words)))
    content = [_stems(sentence.text) for sentence in sentences]
    columns = [
        *_similarities(vectors, words, SIDES),
        *_similarities(_hashed(content), words, LEXICAL_SIDES),
        *_neighbours(vectors, words),
        *(_nearness(starts, sums) for starts in changes),
        *_chains(content, sums),
        *_novelty(content, sums),
        *_sentence_shape(sentences, words),
        *_phrases(sentences),
        *_position(sentences, vectors, words, len(changes[1])),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _similarities(rows: Matrix, words: Integers, sides: Sequence[int]) -> list[Column]:
    """Return for each number of words how much the text before and after every sentence start agrees.

    Four columns each: cosine, its depth below the peaks on both sides, its height over the lowest value
    nearby, and the scatter that joining both sides adds (Ward, 1963).
    """
    weights = np.sqrt(words).astype(np.float32)
    mean = np.average(rows, axis=0, weights=weights)
    centred = rows - mean
    sums = np.concatenate(
        (np.zeros((1, rows.shape[1])), np.cumsum(centred * weights[:, None], axis=0, dtype=np.float64))
    )
    weight_sums = np.concatenate(([0.0], np.cumsum(weights)))
    columns = []
    at = np.arange(len(rows))
    for side in sides:
        low, high = _reach(words, side)
        before, after = sums[at] - sums[low], sums[high] - sums[at]
        products = np.einsum("ij,ij->i", before, after)
        norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        cosine = products / np.maximum(norms, 1e-6)
        peaks = _window(cosine, low, at, np.maximum) + _window(cosine, at, high - 1, np.maximum)
        height = cosine - _window(cosine, low, high - 1, np.minimum)
        left, right = weight_sums[at] - weight_sums[low], weight_sums[high] - weight_sums[at]
        means = before / np.maximum(left, 1e-6)[:, None] - after / np.maximum(right, 1e-6)[:, None]
        gain = left * right / (left + right) * np.einsum("ij,ij->i", means, means)
        columns += [cosine, peaks / 2 - cosine, height, np.log1p(np.where(at > 0, gain, 0.0))]
    return columns


def _reach(words: Integers, side: int) -> tuple[Integers, Integers]:
    """Return for each sentence the first one within `side` words before it, and the end of those after it.

    Both sides contain at least one sentence where there is one.
    """
    sums = np.concatenate(([0], np.cumsum(words)))
    at = np.arange(len(words))
    low = np.minimum(np.searchsorted(sums, sums[at] - side, side="left"), np.maximum(at - 1, 0))
    high = np.maximum(np.searchsorted(sums, sums[at] + side, side="right") - 1, at + 1)
    return low, high


def _window(
    values: Column, first: Integers, last: Integers, reduce: Callable[[Column, Column], Column]
) -> Column:
    """Return the reduction of each range `first … last`, which are inclusive, by a sparse table."""
    levels = [values]
    lengths = last - first + 1
    while (1 << len(levels)) <= int(lengths.max()):
        previous, half = levels[-1], 1 << (len(levels) - 1)
        shifted = np.concatenate((previous[half:], np.repeat(previous[-1:], half)))[: len(previous)]
        levels.append(reduce(previous, shifted))
    table = np.stack(levels)
    level = np.floor(np.log2(lengths)).astype(np.int64)
    return reduce(table[level, first], table[level, last - (1 << level) + 1])


def _neighbours(rows: Matrix, words: Integers) -> list[Column]:
    """Return the cosines with the sentence before, the one two before, and the mean of the talk."""
    mean = np.average(rows, axis=0, weights=np.sqrt(words))
    columns = []
    for distance in (1, 2):
        shifted = np.concatenate((rows[:1].repeat(distance, axis=0), rows[:-distance]))[: len(rows)]
        columns.append(np.einsum("ij,ij->i", rows, shifted))
    return [*columns, rows @ mean]


def _nearness(starts: Sequence[int], sums: Integers) -> Column:
    """Return 1 at the sentences `starts`, falling off with the words between."""
    if not starts:
        return np.zeros(len(sums) - 1, dtype=np.float32)
    positions, marks = sums[:-1], sums[np.array(starts)]
    after = np.searchsorted(marks, positions)
    distance = np.minimum(
        np.abs(positions - marks[np.minimum(after, len(marks) - 1)]),
        np.abs(positions - marks[np.maximum(after - 1, 0)]),
    )
    nearness: Column = np.exp(-distance / CHANGE_REACH_WORDS)
    return nearness


@lru_cache(maxsize=20_000)
def _hash_row(stem: str) -> bytes:
    return hashlib.blake2b(stem.encode(), digest_size=HASH_DIMENSIONS // 8).digest()


def _hashed(content: Sequence[Sequence[str]]) -> Matrix:
    """Return sums of random ±1 vectors that represent content words, shape (sentences, dimensions).

    Their inner products estimate those of word counts without a column for each word.
    """
    rows = np.zeros((len(content), HASH_DIMENSIONS), dtype=np.float32)
    for number, stems in enumerate(content):
        if stems:
            digests = b"".join(_hash_row(stem) for stem in stems)
            bits = np.unpackbits(np.frombuffer(digests, dtype=np.uint8)).reshape(len(stems), -1)
            rows[number] = (2.0 * bits - 1.0).sum(axis=0) / HASH_DIMENSIONS**0.5
    return rows


def _stems(text: str) -> list[str]:
    """Return the content words without their endings."""
    return [_ENDING.sub("", word) for word in content_words(text)]


def _chains(content: Sequence[Sequence[str]], sums: Integers) -> list[Column]:
    """Return for each gap the lexical chains that start with a sentence, end before it, and cross it.

    A chain is a series of uses of one content word (Morris and Hirst, 1991).
    """
    uses: dict[str, list[int]] = defaultdict(list)
    for number, stems in enumerate(content):
        for stem in dict.fromkeys(stems):
            uses[stem].append(number)
    columns = []
    for gap in CHAIN_GAPS:
        starts, ends = np.zeros(len(content) + 1), np.zeros(len(content) + 1)
        for places in uses.values():
            first = previous = places[0]
            for place in [*places[1:], len(content)]:
                if place == len(content) or sums[place] - sums[previous] > gap:
                    if previous > first:
                        starts[first] += 1
                        ends[previous + 1] += 1
                    first = place
                previous = place
        open_before = np.cumsum(starts - ends) - starts
        columns += [np.log1p(starts[:-1]), np.log1p(ends[:-1]), np.log1p(np.maximum(open_before[:-1], 0))]
    return columns


def _novelty(content: Sequence[Sequence[str]], sums: Integers) -> list[Column]:
    """Return the share of content words in the following 60 words that are new to the preceding ones.

    Two columns: new to the preceding 300 words, and to the whole talk so far.
    """
    recent, ever = np.zeros(len(content)), np.zeros(len(content))
    totals = np.array([len(stems) for stems in content], dtype=np.float64)
    last_use: dict[str, int] = {}
    for number, stems in enumerate(content):
        for stem in stems:
            previous = last_use.get(stem)
            ever[number] += previous is None
            recent[number] += previous is None or sums[number] - previous > 300  # noqa: PLR2004
            last_use[stem] = int(sums[number])
    _, high = _reach(np.diff(sums), 60)
    at = np.arange(len(content))

    def ahead(values: Column) -> Column:
        prefix = np.concatenate(([0.0], np.cumsum(values)))
        return prefix[high] - prefix[at]

    count = np.maximum(ahead(totals), 1.0)
    return [ahead(recent) / count, ahead(ever) / count]


def _sentence_shape(sentences: Sequence[Sentence], words: Integers) -> list[Column]:
    logs = np.log(words)
    asks = np.array(
        [sentence.text.rstrip("\"'”’").endswith(("?", "？")) for sentence in sentences], dtype=np.float64
    )
    whole = np.array([sentence.ends_sentence for sentence in sentences], dtype=np.float64)
    digits = np.array([any(letter.isdigit() for letter in sentence.text) for sentence in sentences])
    return [
        logs,
        _shifted(logs, 0.0),
        asks,
        _shifted(asks, 0.0),
        _shifted(whole, 1.0),
        digits.astype(np.float64),
        _shifted((words <= SHORT_SENTENCE_WORDS).astype(np.float64), 0.0),
    ]


def _shifted(values: Column, first: float) -> Column:
    return np.concatenate(([first], values[:-1]))


def _phrases(sentences: Sequence[Sentence]) -> list[Column]:
    """Return which phrases occur in each sentence; none in talk that is not English."""
    found = np.zeros((len(sentences), len(_STARTS_WITH) + len(_CONTAINS) + 1))
    if is_english(sentences):
        for number, sentence in enumerate(sentences):
            text = sentence.text.lstrip(_LEADING)
            starts = [bool(pattern.match(text)) for pattern in _STARTS_WITH]
            inside = [bool(pattern.search(text)) for pattern in _CONTAINS]
            found[number] = [*starts, *inside, is_dependent_clause(text)]
    return list(found.T)


def is_english(sentences: Sequence[Sentence]) -> bool:
    """Return whether the talk contains English function words as often as English does."""
    words = [word for sentence in sentences for word in sentence.text.lower().split()]
    return sum(word in _ENGLISH for word in words) >= MIN_ENGLISH_SHARE * len(words)


def _position(sentences: Sequence[Sentence], rows: Matrix, words: Integers, changes: int) -> list[Column]:
    """Return place in the talk, and properties of the whole talk."""
    place = np.concatenate(([0], np.cumsum(words)[:-1])) / 156  # minutes at 2.6 words per second
    total = float(words.sum()) / 156
    neighbours = float(np.einsum("ij,ij->i", rows[1:], rows[:-1]).mean()) if len(rows) > 1 else 1.0
    short = float((words <= SHORT_SENTENCE_WORDS).mean())
    talk = (
        np.log(max(total, 0.1)),
        np.log((changes + 1) / max(total, 0.1)),
        short,
        np.log(float(words.mean())),
        neighbours,
    )
    columns = [
        place / total,
        np.exp(-place),
        np.exp(-place / 5),
        np.exp(-(total - place)),
        np.exp(-(total - place) / 5),
    ]
    return [*columns, *(np.full(len(sentences), value) for value in talk)]
