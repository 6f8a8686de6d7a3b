"""Search by words: in one sentence, in neighbouring sentences, and with most of the words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import combinations
from typing import NamedTuple

from app.database.read_pool import ReadPool
from app.repositories import search_repository
from app.repositories.search_repository import NameMatch, Term, WordCondition, all_of, any_of
from app.repositories.video_filter import VideoFilter
from app.services.search.folding import fold
from app.services.search.query_parser import Query
from app.services.search.spelling import SpellingCorrector

ENOUGH = 5
"""With fewer matches, still weaker ones are added."""
MAX_OPTIONAL = 8
"""Rarest words of a longer query that are combined without one or two of them."""
MIN_WORDS_WITHOUT_ONE = 3
MIN_WORDS_WITHOUT_TWO = 5


class Level(IntEnum):
    """Quality of a match, best first."""

    ALL_WORDS = 0
    """All words, stop words included."""
    CONTENT_WORDS = 1
    """All words except stop words."""
    NEARBY = 2
    """All words except stop words, together with the segments beside it."""
    MOST_WORDS = 3
    """All words except stop words and one or two others."""


class SegmentMatch(NamedTuple):
    video_id: int
    """`videos.id`."""
    number: int
    level: Level


@dataclass(frozen=True, slots=True)
class WordResults:
    """The matches of a query, best first."""

    query: Query
    """The searched query: with corrected words if `is_corrected`."""
    segments: Sequence[SegmentMatch] = ()
    names: Sequence[NameMatch] = ()
    is_corrected: bool = False
    is_capped: bool = False
    """More matches than the returned ones may exist."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """The parts of a query as text search queries of PostgreSQL."""

    words: list[Term]
    phrases: list[Term]
    excluded: list[Term]
    forms: tuple[str, ...]

    @property
    def content(self) -> list[str]:
        """Return the words except stop words; all of them if the query has only stop words."""
        rare = [term.query for term in self.words if not term.is_common]
        return rare or ([] if self.phrases else [term.query for term in self.words])

    def condition(self, words: str) -> WordCondition:
        """Return the condition together with the phrases and exclusions of the query."""
        return WordCondition(
            words,
            all_of(term.query for term in self.phrases),
            tuple(term.query for term in self.excluded if term.query),
            self.forms,
        )


class WordSearch:
    """Searches the words of transcripts, titles, channels, descriptions, moments and chapters."""

    def __init__(self, read_pool: ReadPool) -> None:
        self._read_pool = read_pool
        self._corrector = SpellingCorrector(read_pool)

    async def search(self, query: Query, video_filter: VideoFilter) -> WordResults:
        """Return all matches of a query up to some limits.

        If no segment has all of its words, those that occur in no transcript are corrected. Then the words
        may be in neighbouring segments, or one or two of them may be missing.
        """
        if query.is_empty:
            return WordResults(query)
        terms = await self._terms(query)
        results = await self._find(query, terms, video_filter)
        if not (results.segments or results.names):
            corrections = await self._corrector.correct(query.words)
            if corrections:
                query = _replace_words(query, corrections)
                terms = await self._terms(query)
                results = replace(await self._find(query, terms, video_filter), is_corrected=True)
        if results.segments or len(terms.content) < 2:  # noqa: PLR2004 - a pair
            return results
        weaker = await self._find_weaker(terms, video_filter)
        return replace(results, segments=_without_repetitions(weaker))

    async def _terms(self, query: Query) -> _Terms:
        groups = (query.words, query.phrases, query.excluded, query.excluded_phrases)
        items = [item for group in groups for item in group]
        exact = [group in (query.phrases, query.excluded_phrases) for group in groups for _ in group]
        found = iter(await search_repository.read_terms(self._read_pool, items, exact=exact))
        words, phrases, excluded, excluded_phrases = ([next(found) for _ in group] for group in groups)
        forms = tuple(dict.fromkeys(word.lower() for word in query.words + query.phrases))
        return _Terms(words, phrases, excluded + excluded_phrases, forms)

    async def _find(self, query: Query, terms: _Terms, video_filter: VideoFilter) -> WordResults:
        """Return the matches that have all words, or all except stop words."""
        content = all_of(terms.content)
        everything = all_of(term.query for term in terms.words)
        wanted = terms.condition(content)
        if not (wanted.words or wanted.exact):  # words that PostgreSQL does not index
            return WordResults(query)
        any_word = any_of([*terms.content, *(term.query for term in terms.phrases)])
        matches, names = await asyncio.gather(
            self._segments(terms.condition(everything), Level.ALL_WORDS, video_filter),
            search_repository.find_names(self._read_pool, wanted, video_filter, any_word=any_word),
        )
        if everything != content and len(matches) < search_repository.MAX_MATCHES:
            matches += await self._segments(wanted, Level.CONTENT_WORDS, video_filter)
        return WordResults(
            query,
            _without_repetitions(matches),
            names,
            is_capped=len(matches) >= search_repository.MAX_MATCHES,
        )

    async def _segments(
        self, wanted: WordCondition, level: Level, video_filter: VideoFilter
    ) -> list[SegmentMatch]:
        keys = await search_repository.find_segments(self._read_pool, wanted, video_filter)
        return [SegmentMatch(*key, level) for key in keys]

    async def _find_weaker(self, terms: _Terms, video_filter: VideoFilter) -> list[SegmentMatch]:
        """Return segments that match together with their neighbours, and segments with most of the words."""
        content = terms.content
        frequencies = await search_repository.read_frequencies(self._read_pool, content)
        rarest = [query for _, query in sorted(zip(frequencies, content, strict=True))]
        keys = await search_repository.find_nearby(
            self._read_pool, terms.condition(all_of(content)), video_filter, rare=rarest[0]
        )
        matches = [SegmentMatch(*key, Level.NEARBY) for key in keys]
        for missing, minimum in ((1, MIN_WORDS_WITHOUT_ONE), (2, MIN_WORDS_WITHOUT_TWO)):
            if len(matches) >= ENOUGH or len(content) < minimum:
                break
            candidates = rarest[:MAX_OPTIONAL]
            most = any_of(map(all_of, combinations(candidates, len(candidates) - missing)))
            matches += await self._segments(terms.condition(most), Level.MOST_WORDS, video_filter)
        return matches


def _without_repetitions(matches: Sequence[SegmentMatch]) -> list[SegmentMatch]:
    """Return each segment once, with its best level."""
    best: dict[tuple[int, int], SegmentMatch] = {}
    for match in matches:
        best.setdefault((match.video_id, match.number), match)
    return list(best.values())


def _replace_words(query: Query, corrections: dict[str, str]) -> Query:
    words = tuple(part for word in query.words for part in corrections.get(word, word).split())
    text = query.text
    for word, replacement in corrections.items():
        text = text.replace(word, replacement)
    return replace(query, text=text, words=tuple(word for word in dict.fromkeys(words) if fold(word)))
