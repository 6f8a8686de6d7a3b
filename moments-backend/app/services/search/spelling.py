"""Corrects words that occur in no transcript."""

import string
from collections.abc import Iterable, Sequence

from app.database.read_pool import ReadPool
from app.repositories import search_repository
from app.services.search.folding import fold

MIN_LENGTH = 3
"""Shorter words are close to too many others."""
MAX_LENGTH = 40
"""Longer words have too many edits to compare."""
LONG = 6
"""From this length on, two edits are accepted instead of one."""


class SpellingCorrector:
    """Finds the most similar words in the transcripts; two edits need the extension `pg_trgm`."""

    def __init__(self, read_pool: ReadPool) -> None:
        self._read_pool = read_pool

    async def correct(self, words: Sequence[str]) -> dict[str, str]:
        """Return replacements of unknown words; words without a similar one are missing."""
        folded = {word: fold(word) for word in words}
        known = await search_repository.read_known_words(self._read_pool, sorted(set(folded.values())))
        corrections = {}
        for word, form in folded.items():
            if not MIN_LENGTH <= len(form) <= MAX_LENGTH or not form.isalpha() or form in known:
                continue
            replacement = await self._find(form)
            if replacement is not None:
                corrections[word] = replacement
        return corrections

    async def _find(self, word: str) -> str | None:
        near = await search_repository.read_known_words(self._read_pool, sorted(_edits(word)))
        if near:
            return await self._most_frequent(near)
        if len(word) >= LONG and await search_repository.has_trigrams(self._read_pool):
            similar = await search_repository.read_similar_words(self._read_pool, word)
            near = {other for other in similar if distance(word, other) <= 2}  # noqa: PLR2004 - two edits
            if near:
                return await self._most_frequent(near)
        return await self._split(word)

    async def _split(self, word: str) -> str | None:
        """Return two known words that were written as one."""
        pairs = [(word[:cut], word[cut:]) for cut in range(MIN_LENGTH, len(word) - MIN_LENGTH + 1)]
        parts = sorted({part for pair in pairs for part in pair})
        known = await search_repository.read_known_words(self._read_pool, parts)
        return next((f"{first} {second}" for first, second in pairs if {first, second} <= known), None)

    async def _most_frequent(self, words: Iterable[str]) -> str:
        ordered = sorted(words)
        if len(ordered) == 1:
            return ordered[0]
        terms = await search_repository.read_terms(self._read_pool, ordered, exact=[True] * len(ordered))
        frequencies = await search_repository.read_frequencies(
            self._read_pool, [term.query for term in terms]
        )
        return max(zip(frequencies, ordered, strict=True), key=lambda pair: (pair[0], pair[1]))[1]


def _edits(word: str) -> set[str]:
    """Return all words with one letter deleted, replaced or inserted, or two neighbours exchanged."""
    letters = (
        string.ascii_lowercase if word.isascii() else "".join(sorted(set(word + string.ascii_lowercase)))
    )
    cuts = [(word[:position], word[position:]) for position in range(len(word) + 1)]
    deleted = {head + tail[1:] for head, tail in cuts if tail}
    exchanged = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    replaced = {head + letter + tail[1:] for head, tail in cuts if tail for letter in letters}
    inserted = {head + letter + tail for head, tail in cuts for letter in letters}
    return (deleted | exchanged | replaced | inserted) - {word}


def distance(one: str, other: str) -> int:
    """Return the number of edits between two words; exchanged neighbours count as one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, target in enumerate(other, 1):
            costs = [before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != target)]
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                costs.append(earlier[j - 2] + 1)
            row.append(min(costs))
    return row[-1]
