"""Search by meaning: the nearest passages of a query, and the best sentence of each."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix, SentenceEncoder
from app.core.concurrency import run_in_thread
from app.database.read_pool import ReadPool
from app.services.search.lexical import score_texts, standardised
from app.services.search.question import query_words, topic_of
from app.services.search.vectors import expand, score_parts, sketch

NEAREST = 100
"""Passages that the index selects by Hamming distance and that are then ranked by their embeddings."""
COMPARED = 400
"""The same when all passages of the chosen videos are compared; equals about three hours of speech."""
MAX_COMPARED_VIDEOS = 150
"""Chosen videos up to which all their passages are compared: in 10 ms per 100 hours, and without loss."""
CACHED_QUERIES = 256

MIN_SIMILARITY = 0.42
"""Lowest cosine of a passage that shares no content word with the query. Among 2,482 passages of meetings,
nonsense reached 0.33 and questions about other subjects 0.42; half of the right passages are above 0.51."""
MIN_SIMILARITY_IN_VIDEO = 0.35
"""The same among the passages of one video, of which fewer are similar by chance."""
MIN_SIMILARITY_WITH_WORD = 0.2
"""The same for a passage that shares a content word; 1 % of the right passages are below."""
MARGIN = 4
"""Segments beside a hit's passage that are not further hits: they belong to the same answer."""
LEXICAL_WEIGHT = 0.6
"""Weight of shared words relative to similarity, both standardised; 0.3 to 1 rank about equally well."""

SEARCH_SETTINGS = (
    "SET jit = off; SET plan_cache_mode = force_custom_plan; SET max_parallel_workers_per_gather = 0;"
    f" SET hnsw.ef_search = {NEAREST}; SET hnsw.iterative_scan = relaxed_order"
)
"""Session settings of search connections. The server accepts them without pgvector, too."""

_TABLE_EXISTS = "SELECT to_regclass('transcript_passages') IS NOT NULL"
_PENDING = "SELECT count(*) FROM passage_backlog"
_COLUMNS = "video_id, first_segment, last_segment, embedding, segment_sketches"
_NEAREST = f"""
    SELECT {_COLUMNS} FROM transcript_passages {{condition}}
    ORDER BY sketch <~> %(sketch)s::text::bit(384) LIMIT {NEAREST}
"""  # noqa: S608 - only the constants above
_COMPARE_ALL = f"""
    SELECT {_COLUMNS} FROM (
        SELECT {_COLUMNS}, sketch FROM transcript_passages
        WHERE video_id = ANY(%(videos)s::int[]) OFFSET 0
    ) AS chosen ORDER BY sketch <~> %(sketch)s::text::bit(384) LIMIT {COMPARED}
"""  # noqa: S608 - only the constants above
"""`OFFSET 0` keeps the planner from using the index, which would look for the videos in vain."""
_WITH_TEXTS = f"""
    SELECT {_COLUMNS}, (
        SELECT array_agg(text ORDER BY number) FROM transcript_segments AS segment
        WHERE segment.video_id = nearest.video_id AND number BETWEEN first_segment AND last_segment
    ) FROM ({{nearest}}) AS nearest
"""  # noqa: S608 - only the constants above


class MeaningHit(NamedTuple):
    """The segment of a passage that is nearest to the query."""

    video: int
    """`videos.id`."""
    number: int
    first: int
    """First segment of the passage."""
    last: int
    similarity: float
    """Cosine of query and passage."""


class QueryEncoder:
    """Encodes queries in a thread, and remembers recent ones."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._recent: OrderedDict[str, Matrix] = OrderedDict()
        self._slots = asyncio.Semaphore(2)

    async def encode(self, query: str) -> Matrix:
        """Return the unit vector of a query.

        Raises:
            ModelMissingError: the model's files are missing or unusable.
        """
        if query in self._recent:
            self._recent.move_to_end(query)
            return self._recent[query]
        async with self._slots:
            rows: Matrix = await run_in_thread(partial(self._encoder.encode, [query]))
        self._recent[query] = rows[0]
        if len(self._recent) > CACHED_QUERIES:
            self._recent.popitem(last=False)
        return self._recent[query]


class MeaningSearch:
    """Finds the passages nearest to a query.

    All passages of the chosen videos are compared if they are few. Otherwise the HNSW index on the signs of
    the embeddings yields candidates; it returns fewer than `NEAREST` if the connection's `hnsw.ef_search` is
    lower, see `SEARCH_SETTINGS`.
    """

    def __init__(self, read_pool: ReadPool, encoder: SentenceEncoder) -> None:
        self._read_pool = read_pool
        self._queries = QueryEncoder(encoder)
        self._is_available = False

    async def is_available(self) -> bool:
        """Return whether the database has the table of passages; a positive answer is remembered."""
        if not self._is_available:
            ((exists,),) = await self._read_pool.rows(_TABLE_EXISTS, {})
            self._is_available = bool(exists)
        return self._is_available

    async def count_pending(self) -> int:
        """Return the number of videos whose passages are not all embedded yet."""
        ((count,),) = await self._read_pool.rows(_PENDING, {})
        return int(count)

    async def find(self, query: str, videos: Sequence[int] | None) -> list[MeaningHit]:
        """Return the hits that are similar enough, best first; none is inside the passage of a better one.

        Args:
            videos: `videos.id` of the videos to search; None: all.

        Raises:
            ModelMissingError: the model's files are missing or unusable.
            DatabaseError: PostgreSQL is unavailable, or has no table of passages.
        """
        topic = topic_of(query)
        vector = await self._queries.encode(topic)
        rows = await self._read_pool.rows(
            _statement(videos), {"sketch": sketch(vector), "videos": list(videos or ())}
        )
        # An edit may have removed segments of a passage between two snapshots.
        candidates = [_Candidate(*row) for row in rows if row[-1] and len(row[-1]) == row[2] - row[1] + 1]
        if not candidates:
            return []
        similar = MIN_SIMILARITY_IN_VIDEO if videos is not None and len(videos) == 1 else MIN_SIMILARITY
        return await run_in_thread(_rank, vector, query_words(query), candidates, similar)


class _Candidate(NamedTuple):
    video: int
    first: int
    last: int
    embedding: bytes
    parts: bytes
    texts: list[str]
    """The segments of the passage."""


def _rank(
    vector: Matrix, words: frozenset[str], candidates: Sequence[_Candidate], min_similarity: float
) -> list[MeaningHit]:
    similarities = expand([candidate.embedding for candidate in candidates]) @ vector
    shared = score_texts([" ".join(candidate.texts) for candidate in candidates], words)
    scores = standardised(similarities) + LEXICAL_WEIGHT * standardised(shared)
    minimum = np.where(shared > 0, MIN_SIMILARITY_WITH_WORD, min_similarity)
    hits: list[MeaningHit] = []
    taken: dict[int, set[int]] = {}
    for index in np.argsort(-scores, kind="stable"):
        if similarities[index] < minimum[index]:
            continue
        candidate = candidates[index]
        number = candidate.first + _best_segment(vector, words, candidate)
        numbers = taken.setdefault(candidate.video, set())
        if number not in numbers:
            similarity = float(similarities[index])
            hits.append(MeaningHit(candidate.video, number, candidate.first, candidate.last, similarity))
        numbers.update(range(candidate.first - MARGIN, candidate.last + 1 + MARGIN))
    return hits


def _best_segment(vector: Matrix, words: frozenset[str], candidate: _Candidate) -> int:
    """Return the position of the segment in its passage that fits the query best."""
    similar = standardised(score_parts(vector, candidate.parts))
    return int(np.argmax(similar + 0.5 * standardised(score_texts(candidate.texts, words))))


def _statement(videos: Sequence[int] | None) -> str:
    if videos is None:
        nearest = _NEAREST.format(condition="")
    elif len(videos) <= MAX_COMPARED_VIDEOS:
        nearest = _COMPARE_ALL
    else:
        nearest = _NEAREST.format(condition="WHERE video_id = ANY(%(videos)s::int[])")
    return _WITH_TEXTS.format(nearest=nearest)
