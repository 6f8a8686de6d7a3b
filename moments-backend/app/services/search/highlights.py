"""Positions of matches in the unfolded text."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from boltons.cacheutils import LRU

from app.database.read_pool import ReadPool
from app.repositories import search_repository
from app.services.search.folding import FoldedWord, fold, fold_words
from app.services.search.query_parser import Query

Lexemes = Mapping[tuple[str, str], frozenset[str]]
"""Indexed forms of a folded word by language and word."""

LONG_WORD = 6
"""Letters of words whose first three letters are the same in all inflected forms."""
MAX_KNOWN_WORDS = 20_000
"""Words whose indexed forms are kept, at about 200 bytes each."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Folded words that match in sequence."""

    words: tuple[str, ...]
    is_exact: bool
    """Compare the words themselves instead of their stems."""


def patterns_of(query: Query) -> list[Pattern]:
    """Return the words and phrases that a hit of `query` may contain, longest first."""
    patterns = [Pattern(tuple(fold(word).split()), is_exact=False) for word in query.words]
    patterns += [Pattern(tuple(fold(phrase).split()), is_exact=True) for phrase in query.phrases]
    return sorted(patterns, key=lambda pattern: -len(pattern.words))


class LexemeReader:
    """Reads the indexed forms of words, and keeps them: they depend only on the server's dictionaries."""

    def __init__(self, read_pool: ReadPool) -> None:
        self._read_pool = read_pool
        self._known: LRU[tuple[str, str], frozenset[str]] = LRU(max_size=MAX_KNOWN_WORDS)

    async def read(self, words: Collection[tuple[str, str]]) -> Lexemes:
        """Return the indexed forms of folded words, each given with its language."""
        found = {word: lexemes for word in words if (lexemes := self._known.get(word)) is not None}
        if missing := sorted(set(words) - found.keys()):
            read = await search_repository.read_lexemes(self._read_pool, missing)
            found |= read
            self._known.update(read)
        return found


async def highlight(
    reader: LexemeReader, query: Query, texts: Sequence[tuple[str, str]]
) -> list[list[tuple[int, int]]]:
    """Return the matches in each text as half-open ranges of characters, in order and without overlaps.

    Args:
        texts: the language code and the text of each hit.
    """
    patterns = patterns_of(query)
    folded = [fold_words(text) for _, text in texts]
    lexemes = await _read_lexemes(reader, patterns, texts, folded)
    return [
        _ranges(patterns, words, language, lexemes)
        for (language, _), words in zip(texts, folded, strict=True)
    ]


async def _read_lexemes(
    reader: LexemeReader,
    patterns: Sequence[Pattern],
    texts: Sequence[tuple[str, str]],
    folded: Sequence[Sequence[FoldedWord]],
) -> Lexemes:
    """Read the stems of the query, and of words that may share one: those that begin alike."""
    wanted = {word for pattern in patterns if not pattern.is_exact for word in pattern.words}
    # Inflection changes the second letter of short words only: "die", "dying".
    beginnings = {word[: 3 if len(word) >= LONG_WORD else 1] for word in wanted}
    others = {
        (language, found.word)
        for (language, _), words in zip(texts, folded, strict=True)
        for found in words
        if found.word not in wanted and not beginnings.isdisjoint((found.word[0], found.word[:3]))
    }
    if not others:
        return {}
    asked = others | {(language, word) for language, _ in others for word in wanted}
    return await reader.read(asked)


def _ranges(
    patterns: Sequence[Pattern], words: Sequence[FoldedWord], language: str, lexemes: Lexemes
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for pattern in patterns:
        size = len(pattern.words)
        for first in range(len(words) - size + 1):
            part = words[first : first + size]
            if _matches(pattern, part, language, lexemes):
                found.append((part[0].start, part[-1].end))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _matches(pattern: Pattern, part: Sequence[FoldedWord], language: str, lexemes: Lexemes) -> bool:
    none: frozenset[str] = frozenset()
    for wanted, found in zip(pattern.words, part, strict=True):
        if found.word == wanted:
            continue
        if pattern.is_exact:
            return False
        if lexemes.get((language, found.word), none).isdisjoint(lexemes.get((language, wanted), none)):
            return False
    return True
