"""Queries of the search by words, for single statements of `ReadPool`.

Text search queries are text that PostgreSQL made of a user's words (`read_terms`), combined with `all_of` and
`any_of`; no text of a user reaches its parser of queries.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from app.database.models.video import HAS_TAGS, SEARCH_VECTOR, TAG_WORDS
from app.database.read_pool import ReadPool
from app.repositories.video_filter import VideoFilter

MAX_MATCHES = 1000
"""Segments that one query ranks and returns."""
MAX_CANDIDATES = 5_000
"""Segments with all words of a phrase that are checked for the phrase: about 0.2 seconds."""
MAX_RARE = 300
"""Segments with the rarest word whose neighbours are read."""
MAX_NAMES = 100
"""Titles, channels, descriptions, moments and chapters that one query returns."""
MAX_DESCRIPTION = 20_000

_PHRASE_OPERATOR = re.compile(r"<(-|\d+)>")
_EXACT_VECTOR = "to_tsvector('pg_catalog.simple', search_fold({text}))"

_TERMS = """
    WITH known AS (SELECT array_agg(language) AS languages
        FROM (SELECT 'en' AS language UNION SELECT language FROM transcripts) AS used)
    SELECT CASE WHEN is_exact THEN phraseto_tsquery('pg_catalog.simple', search_fold(item))
            ELSE search_query(item, languages) END::text,
        NOT is_exact AND EXISTS (
            SELECT FROM unnest(languages) AS language WHERE search_configuration(language) IS NOT NULL
            AND numnode(phraseto_tsquery(search_configuration(language), search_fold(item))) = 0
        )
    FROM known,
        unnest(%(items)s::text[], %(exact)s::boolean[]) WITH ORDINALITY AS list (item, is_exact, place)
    ORDER BY place
"""


class Term(NamedTuple):
    query: str
    """The text search query of one item; empty if PostgreSQL finds no word in it."""
    is_common: bool
    """A stop word of a language of the library."""


async def read_terms(read_pool: ReadPool, items: Sequence[str], *, exact: Sequence[bool]) -> list[Term]:
    """Return the query of each item: of the exact words, or of words with the stems of all languages."""
    rows = await read_pool.rows(_TERMS, {"items": list(items), "exact": list(exact)})
    return [Term(*row) for row in rows]


def all_of(queries: Iterable[str]) -> str:
    return " & ".join(f"({query})" for query in queries if query)


def any_of(queries: Iterable[str]) -> str:
    return " | ".join(f"({query})" for query in queries if query)


def none_of(queries: Iterable[str]) -> str:
    return all_of(f"!({query})" for query in queries if query)


@dataclass(frozen=True, slots=True)
class WordCondition:
    """The conditions that a text must meet, each a text search query."""

    words: str
    """Words, with the stems of all languages; those of several parts are phrases."""
    exact: str = ""
    """Phrases as they are written, without stems."""
    excluded: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    """Words as written in the query; segments with more of them come first."""

    @property
    def whole(self) -> str:
        return all_of([self.words, self.exact, none_of(self.excluded)])

    @property
    def checks_phrase(self) -> bool:
        """Return whether matches of the index, which has no positions, need a check besides `exact`."""
        return _PHRASE_OPERATOR.search(all_of([self.words, *self.excluded])) is not None

    @property
    def parameters(self) -> dict[str, Any]:
        """Values of the statements; `candidates` is a condition that the index answers exactly."""
        single = [query for query in self.excluded if _PHRASE_OPERATOR.search(query) is None]
        words = _PHRASE_OPERATOR.sub("&", all_of([self.words, self.exact]))
        return {
            "query": self.whole,
            "loose": all_of([self.words, none_of(self.excluded)]),
            "candidates": all_of([words, none_of(single)]),
            "exact": self.exact,
            "forms": list(self.forms),
            "is_single": len(self.forms) < 2,  # noqa: PLR2004 - more than one word
        }


class SegmentKey(NamedTuple):
    video_id: int
    """`videos.id`."""
    number: int


_SEGMENTS = """
    WITH candidate AS MATERIALIZED (
        SELECT video_id, number, language, text FROM transcript_segments
        WHERE search_vector(language, text) @@ %(candidates)s::tsquery AND {videos} LIMIT {candidates}
    ), match AS MATERIALIZED (
        SELECT video_id, number, text FROM candidate {checks} LIMIT {matches}
    )
    SELECT video_id, number FROM match
    ORDER BY
        (SELECT count(*) FROM unnest(%(forms)s::text[]) AS form WHERE strpos(lower(text), form) > 0) DESC,
        CASE WHEN %(is_single)s::boolean THEN -count(*) OVER (PARTITION BY video_id) ELSE length(text) END,
        video_id, number
"""
"""The index answers conditions without phrases exactly; a phrase is checked in the text of its candidates."""
_CHECK = "search_vector(language, text) @@ %(loose)s::tsquery"
_CHECK_EXACT = f"{_EXACT_VECTOR.format(text='text')} @@ %(exact)s::tsquery"


async def find_segments(
    read_pool: ReadPool, wanted: WordCondition, video_filter: VideoFilter
) -> list[SegmentKey]:
    """Return the best `MAX_MATCHES` segments: most written forms, then the shortest ones.

    Segments with a single word are ordered by the number of matches in their video.
    """
    statement = _segments_statement(
        _video_condition(video_filter), has_phrase=wanted.checks_phrase, is_exact=bool(wanted.exact)
    )
    rows = await read_pool.rows(statement, wanted.parameters | video_filter.parameters())
    return [SegmentKey(*row) for row in rows]


@lru_cache
def _segments_statement(videos: str, *, has_phrase: bool, is_exact: bool) -> str:
    checks = [_CHECK] * has_phrase + [_CHECK_EXACT] * is_exact
    return _SEGMENTS.format(
        videos=videos,
        candidates=MAX_CANDIDATES if checks else MAX_MATCHES,
        checks=f"WHERE {' AND '.join(checks)}" if checks else "",
        matches=MAX_MATCHES,
    )


_NEARBY = """
    WITH rare AS MATERIALIZED (
        SELECT video_id, number, language FROM transcript_segments
        WHERE search_vector(language, text) @@ %(rare)s::tsquery AND {videos} LIMIT {rare}
    )
    SELECT video_id, number FROM rare CROSS JOIN LATERAL (
        SELECT string_agg(text, ' ' ORDER BY nearby.number) AS text FROM transcript_segments AS nearby
        WHERE nearby.video_id = rare.video_id AND nearby.number BETWEEN rare.number - 1 AND rare.number + 1
    ) AS around
    WHERE search_vector(language, text) @@ %(query)s::tsquery {exact}
    ORDER BY length(text), video_id, number
"""


async def find_nearby(
    read_pool: ReadPool, wanted: WordCondition, video_filter: VideoFilter, *, rare: str
) -> list[SegmentKey]:
    """Return segments with the word `rare` that match together with the segments beside them."""
    statement = _nearby_statement(_video_condition(video_filter), is_exact=bool(wanted.exact))
    rows = await read_pool.rows(statement, wanted.parameters | video_filter.parameters() | {"rare": rare})
    return [SegmentKey(*row) for row in rows]


@lru_cache
def _nearby_statement(videos: str, *, is_exact: bool) -> str:
    return _NEARBY.format(videos=videos, rare=MAX_RARE, exact=f"AND {_CHECK_EXACT}" if is_exact else "")


_FREQUENCIES = f"""
    SELECT (
        SELECT count(*) FROM (
            SELECT FROM transcript_segments WHERE search_vector(language, text) @@ query::tsquery
            LIMIT {MAX_RARE + 1}
        ) AS found
    ) FROM unnest(%(queries)s::text[]) WITH ORDINALITY AS list (query, place) ORDER BY place
"""  # noqa: S608 - only the constant above


async def read_frequencies(read_pool: ReadPool, queries: Sequence[str]) -> list[int]:
    """Return the number of segments that match each query, at most `MAX_RARE + 1`."""
    return [found for (found,) in await read_pool.rows(_FREQUENCIES, {"queries": list(queries)})]


class NameMatch(NamedTuple):
    """A match in a text other than a transcript."""

    kind: str
    """`title`, `tag`, `channel`, `description`, `moment` or `chapter`."""
    video_id: int
    """`videos.id`."""
    text: str
    language: str
    start_time: float | None
    end_time: float | None
    moment_id: str | None
    number: int
    """Number of the chapter; 0 for other kinds."""


_NAMES = """
    WITH video AS MATERIALIZED (
        SELECT id, coalesce(language, 'en') AS language,
            coalesce(nullif(title, ''), identifier) AS title, channel, description
        FROM videos WHERE {vector} @@ %(query)s::tsquery {exact_video} AND deleted_at IS NULL {conditions}
        LIMIT {names}
    )
    SELECT kind, id, text, language::text, NULL::float8, NULL::float8, NULL::text, 0
    FROM video CROSS JOIN LATERAL (
        SELECT kind, text FROM (VALUES (1, 'title', title), (2, 'channel', channel),
            (3, 'description', left(description, {description}))) AS field (place, kind, text)
        WHERE search_vector(language, text) @@ %(any)s::tsquery
        ORDER BY search_vector(language, text) @@ %(query)s::tsquery DESC, place LIMIT 1
    ) AS field
    UNION ALL
    SELECT 'tag', id, tag, 'en', NULL, NULL, NULL, 0
    FROM (SELECT id, tags FROM videos WHERE {tag_words} @@ %(query)s::tsquery AND {has_tags}
        {exact_tags} AND deleted_at IS NULL {conditions} LIMIT {names}) AS tagged
    CROSS JOIN LATERAL (
        SELECT tag FROM unnest(tags) WITH ORDINALITY AS list (tag, place)
        WHERE search_vector('en', tag) @@ %(any)s::tsquery
        ORDER BY search_vector('en', tag) @@ %(query)s::tsquery DESC, place LIMIT 1
    ) AS best
    UNION ALL
    (SELECT 'moment', video_id, title, 'en', start_time, end_time, moment_id, 0 FROM moment_titles
    WHERE search_vector('en', title) @@ %(query)s::tsquery {exact_title} AND {videos} LIMIT {names})
    UNION ALL
    (SELECT 'chapter', video_id, title, 'en', start_time, end_time, NULL, number FROM chapters
    WHERE search_vector('en', title) @@ %(query)s::tsquery {exact_title} AND {videos} LIMIT {names})
"""
_KINDS = ("title", "tag", "channel", "moment", "chapter", "description")
"""Kinds from the best to the weakest match."""


async def find_names(
    read_pool: ReadPool, wanted: WordCondition, video_filter: VideoFilter, *, any_word: str
) -> list[NameMatch]:
    """Return matching videos (with the field that matches best), moments and chapters, best kinds first.

    Args:
        any_word: query that matches a field with some of the words, for videos that match only across fields.
    """
    statement = _names_statement(
        _video_condition(video_filter), video_filter.conditions(), is_exact=bool(wanted.exact)
    )
    parameters = wanted.parameters | video_filter.parameters() | {"any": any_word}
    matches = [NameMatch(*row) for row in await read_pool.rows(statement, parameters)]
    return sorted(
        matches,
        key=lambda match: (_KINDS.index(match.kind), len(match.text), match.video_id, match.start_time or 0),
    )


@lru_cache
def _names_statement(videos: str, conditions: tuple[str, ...], *, is_exact: bool) -> str:
    whole = "coalesce(nullif(title, ''), identifier) || ' ' || coalesce(channel, '')"
    whole += " || ' ' || coalesce(description, '')"
    exact = "AND " + _EXACT_VECTOR + " @@ %(exact)s::tsquery"
    return _NAMES.format(
        vector=SEARCH_VECTOR,
        conditions="".join(f" AND {condition}" for condition in conditions),
        videos=videos,
        exact_video=exact.format(text=whole) if is_exact else "",
        exact_title=exact.format(text="title") if is_exact else "",
        exact_tags=exact.format(text="tags_text(tags)") if is_exact else "",
        tag_words=TAG_WORDS,
        has_tags=HAS_TAGS,
        names=MAX_NAMES,
        description=MAX_DESCRIPTION,
    )


def _video_condition(video_filter: VideoFilter) -> str:
    """Return the condition on `video_id`: the video passes the filter and is not deleted."""
    conditions = video_filter.conditions()
    if not conditions:
        return "video_id <> ALL (ARRAY(SELECT id FROM videos WHERE deleted_at IS NOT NULL))"
    return f"video_id IN (SELECT id FROM videos WHERE deleted_at IS NULL AND {' AND '.join(conditions)})"  # noqa: S608 - constants of VideoFilter


class VideoName(NamedTuple):
    """The columns of a video that its hits show."""

    identifier: str
    title: str | None
    duration_seconds: float | None


class SegmentText(NamedTuple):
    """A segment with the spoken text around it, and its video."""

    video_id: int
    number: int
    start_time: float
    end_time: float
    text: str
    language: str
    before: str
    after: str
    video: VideoName


_TEXTS = """
    SELECT s.video_id, s.number, s.start_time, s.end_time, s.text, s.language::text,
        coalesce((SELECT string_agg(text, ' ' ORDER BY number) FROM transcript_segments AS b
            WHERE b.video_id = s.video_id AND b.number BETWEEN s.number - {context} AND s.number - 1), ''),
        coalesce((SELECT string_agg(text, ' ' ORDER BY number) FROM transcript_segments AS a
            WHERE a.video_id = s.video_id AND a.number BETWEEN s.number + 1 AND s.number + {context}), ''),
        identifier, title, duration_seconds
    FROM unnest(%(videos)s::integer[], %(numbers)s::integer[]) AS wanted (video_id, number)
        JOIN transcript_segments AS s ON (s.video_id, s.number) = (wanted.video_id, wanted.number)
        JOIN videos ON id = s.video_id AND deleted_at IS NULL
"""


async def read_texts(
    read_pool: ReadPool, keys: Sequence[SegmentKey], *, context: int = 1
) -> dict[SegmentKey, SegmentText]:
    """Return the segments with `context` segments on both sides; those of deleted videos are missing."""
    parameters = {"videos": [key.video_id for key in keys], "numbers": [key.number for key in keys]}
    rows = await read_pool.rows(_TEXTS.format(context=int(context)), parameters)
    return {SegmentKey(*row[:2]): SegmentText._make([*row[:8], VideoName(*row[8:])]) for row in rows}


_LEXEMES = """
    SELECT language, word, tsvector_to_array(search_vector(language, word))
    FROM unnest(%(languages)s::text[], %(words)s::text[]) AS list (language, word)
"""


async def read_lexemes(
    read_pool: ReadPool, words: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the indexed forms of folded words, each given with its language."""
    parameters = {"languages": [language for language, _ in words], "words": [word for _, word in words]}
    rows = await read_pool.rows(_LEXEMES, parameters)
    return {(language, word): frozenset(lexemes) for language, word, lexemes in rows}


_KNOWN_WORDS = "SELECT word FROM search_words WHERE word = ANY(%(words)s::text[])"


async def read_known_words(read_pool: ReadPool, words: Sequence[str]) -> set[str]:
    """Return those of the folded words that occur in a transcript."""
    return {word for (word,) in await read_pool.rows(_KNOWN_WORDS, {"words": list(words)})}


_HAS_TRIGRAMS = "SELECT to_regclass('ix_search_words_trigrams') IS NOT NULL"
_SIMILAR = """
    SELECT word FROM search_words WHERE word %% %(word)s::text
    ORDER BY similarity(word, %(word)s::text) DESC LIMIT 20
"""


async def has_trigrams(read_pool: ReadPool) -> bool:
    """Return whether similar words can be found: the extension `pg_trgm` exists, with the index."""
    ((found,),) = await read_pool.rows(_HAS_TRIGRAMS, {})
    return bool(found)


async def read_similar_words(read_pool: ReadPool, word: str) -> list[str]:
    """Return words of transcripts that share many trigrams with a folded word, most similar first."""
    return [found for (found,) in await read_pool.rows(_SIMILAR, {"word": word})]


async def find_videos(read_pool: ReadPool, video_filter: VideoFilter) -> list[int]:
    """Return `videos.id` of the videos that pass the filter and are not deleted."""
    conditions = " AND ".join(("deleted_at IS NULL", *video_filter.conditions()))
    rows = await read_pool.rows(
        f"SELECT id FROM videos WHERE {conditions}",  # noqa: S608 - constants of VideoFilter
        video_filter.parameters(),
    )
    return [row_id for (row_id,) in rows]


_VIDEO_NAMES = """
    SELECT id, identifier, title, duration_seconds FROM videos
    WHERE id = ANY(%(videos)s::integer[]) AND deleted_at IS NULL
"""


async def read_video_names(read_pool: ReadPool, videos: Sequence[int]) -> dict[int, VideoName]:
    """Return the videos by `videos.id`; deleted ones are missing."""
    rows = await read_pool.rows(_VIDEO_NAMES, {"videos": list(videos)})
    return {row_id: VideoName(*values) for row_id, *values in rows}
