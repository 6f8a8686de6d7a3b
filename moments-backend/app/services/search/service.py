"""Search by words and by meaning."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import MeaningUnavailableError, ModelMissingError, VideoNotFoundError
from app.database.read_pool import ReadPool
from app.models.search import NoticeCode, SearchMode, SearchNotice, SearchResults
from app.repositories.search_repository import find_videos
from app.repositories.video_filter import VideoFilter
from app.services.search import fusion
from app.services.search.folding import fold
from app.services.search.hit_details import HitDetails
from app.services.search.meaning import MeaningHit, MeaningSearch
from app.services.search.query_parser import MAX_PARTS, Query, parse_query
from app.services.search.request import HitPosition, SearchRequest
from app.services.search.word_search import WordResults, WordSearch

logger = logging.getLogger(__name__)

EXTENSION_MISSING = "Search by meaning is unavailable: the database has no extension `vector` (pgvector)."
MODEL_MISSING = "Search by meaning is unavailable: the sentence model is not installed."


class SearchPage(NamedTuple):
    results: SearchResults
    next: HitPosition | None
    """The last hit of the page; None on the last page."""


@dataclass(frozen=True, slots=True)
class _MeaningResults:
    hits: Sequence[MeaningHit] = ()
    problem: str | None = None
    """Reason why the mode is unavailable."""
    is_searched: bool = False


class SearchService:
    """Searches transcripts, titles, tags, descriptions, channels, moments and chapters.

    Args:
        read_pool: with `SEARCH_SETTINGS`, unless only single videos are searched.
        encoder: shared with other users of the model; by default a new one.
    """

    def __init__(
        self, read_pool: ReadPool, settings: Settings, *, encoder: SentenceEncoder | None = None
    ) -> None:
        self._read_pool = read_pool
        self._settings = settings
        self._words = WordSearch(read_pool)
        self._meaning = MeaningSearch(read_pool, encoder or SentenceEncoder(settings.embedding_model_path))
        self._details = HitDetails(read_pool)

    async def search(self, request: SearchRequest) -> SearchPage:
        """Return one page of hits, best first.

        Raises:
            InvalidRequestError: the query is too long or contains NUL.
            VideoNotFoundError: `request.video_id` is not in the library.
            MeaningUnavailableError: only hits by meaning are requested, and the server cannot find them.
            DatabaseError: PostgreSQL is unavailable.
        """
        query = parse_query(request.query)
        await self._ensure_found(request.video_id)
        video_filter = await run_in_thread(self._filter, request)
        words, meaning = await asyncio.gather(
            self._search_words(request, query, video_filter),
            self._search_meaning(request, query, video_filter),
        )
        if request.mode is SearchMode.MEANING and meaning.problem is not None:
            raise MeaningUnavailableError(
                meaning.problem, remedy="search by words, or see docs/search.md for the requirements"
            )
        ranked = fusion.fuse(words.segments, words.names, meaning.hits)
        folded = ranked if request.video_id is not None else fusion.fold_videos(ranked)
        remaining = fusion.after(folded, request.after)
        page = remaining[: request.limit]
        results = SearchResults(
            query=request.query,
            mode=request.mode,
            total=len(ranked),
            hits=await self._details.describe(words.query, page),
            corrected_query=words.query.text if words.is_corrected else None,
            notices=await self._notices(request, query, words, meaning, has_hits=bool(ranked)),
        )
        return SearchPage(results, page[-1].position if len(remaining) > len(page) else None)

    async def _ensure_found(self, video_id: str | None) -> None:
        if video_id is not None and not await find_videos(self._read_pool, VideoFilter(among=(video_id,))):
            raise VideoNotFoundError(video_id)

    def _filter(self, request: SearchRequest) -> VideoFilter:
        """Return the filter with the conditions that are not columns. Blocks: it may list folders."""
        video_filter = request.filter
        if request.video_id is not None:
            video_filter = replace(video_filter, among=(request.video_id,))
        return request.local.apply(video_filter, self._settings)

    async def _search_words(
        self, request: SearchRequest, query: Query, video_filter: VideoFilter
    ) -> WordResults:
        if request.mode is SearchMode.MEANING:
            return WordResults(query)
        return await self._words.search(query, video_filter)

    async def _search_meaning(
        self, request: SearchRequest, query: Query, video_filter: VideoFilter
    ) -> _MeaningResults:
        """Return hits by meaning. With `auto`, phrases and exclusions ask for exact words only."""
        has_operators = bool(query.phrases or query.excluded or query.excluded_phrases)
        is_exact = request.mode is SearchMode.AUTO and has_operators
        if request.mode is SearchMode.WORDS or query.is_empty or is_exact:
            return _MeaningResults()
        if not await self._meaning.is_available():
            return _MeaningResults(problem=EXTENSION_MISSING)
        videos = None if video_filter == VideoFilter() else await find_videos(self._read_pool, video_filter)
        try:
            hits = await self._meaning.find(" ".join(query.words + query.phrases), videos)
        except ModelMissingError as error:
            logger.warning("Search by meaning failed: %s", error.cause)
            return _MeaningResults(problem=MODEL_MISSING)
        return _MeaningResults(await self._without_excluded(hits, query), is_searched=True)

    async def _without_excluded(self, hits: Sequence[MeaningHit], query: Query) -> Sequence[MeaningHit]:
        excluded = [f" {fold(item)} " for item in query.excluded + query.excluded_phrases]
        if not excluded:
            return hits
        texts = await self._details.read_segments([(hit.video, hit.number) for hit in hits])
        return [
            hit
            for hit in hits
            if (text := texts.get((hit.video, hit.number))) is not None
            and not any(item in f" {fold(text.text)} " for item in excluded)
        ]

    async def _notices(
        self,
        request: SearchRequest,
        query: Query,
        words: WordResults,
        meaning: _MeaningResults,
        *,
        has_hits: bool,
    ) -> list[SearchNotice]:
        notices = []

        def add(code: NoticeCode, message: str) -> None:
            notices.append(SearchNotice(code=code, message=message))

        if query.is_empty:
            add(NoticeCode.EMPTY_QUERY, "The query contains no words to search for.")
            return notices
        if query.is_cut:
            add(NoticeCode.QUERY_CUT, f"Only the first {MAX_PARTS} words of the query were searched.")
        if words.is_corrected:
            add(NoticeCode.SPELLING_CORRECTED, f"Showing results for “{words.query.text}”.")
        if words.is_capped:
            add(NoticeCode.LIMITED, "There are more matches; only the best ones are listed.")
        if meaning.problem is not None:
            add(NoticeCode.MEANING_UNAVAILABLE, meaning.problem)
        elif meaning.is_searched and (pending := await self._meaning.count_pending()):
            videos = "1 video" if pending == 1 else f"{pending} videos"
            add(NoticeCode.MEANING_PENDING, f"Search by meaning does not include {videos} yet.")
        if not has_hits:
            add(NoticeCode.NOTHING_FOUND, _tried(request, query, meaning))
        return notices


def _tried(request: SearchRequest, query: Query, meaning: _MeaningResults) -> str:
    """Return the message of a search without hits."""
    if request.mode is SearchMode.MEANING:
        return "No passage is close to the meaning of the query."
    if query.phrases:
        tried = "Searched the exact phrases"
    else:
        tried = "Searched all words, similar spellings, neighbouring sentences, and most of the words"
    if meaning.is_searched:
        tried += ", and passages with a similar meaning"
    place = "this video" if request.video_id is not None else "all transcripts, titles and descriptions"
    return f"{tried}, in {place}."
