"""Evaluates search: how often the known answer is among the first hits.

Every talk becomes a video of a temporary library on a temporary PostgreSQL server, and every query goes
through the search service of the API.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.models.search import HitKind, SearchHit, SearchMode
from app.services.search.request import SearchRequest
from app.services.search.service import SearchService
from evaluation.dataset import EvaluationTalk, load, own_talks
from evaluation.library import open_library
from evaluation.table import Figure

DEPTH = 5
"""Hits of a query that are examined."""
MIN_WORDS = 8
"""Shorter sentences, such as "Yes, exactly.", occur more than once."""
MAX_SENTENCES = 500
"""Maximum number of sentences that are sampled from all talks."""
SEED = 1


@dataclass(frozen=True, slots=True)
class _Query:
    """A query, and the spans in seconds of the video that count as right."""

    text: str
    video_id: str
    spans: tuple[tuple[float, float], ...]

    def is_answered_by(self, hit: SearchHit) -> bool:
        middle = (hit.start_time + hit.end_time) / 2
        is_here = hit.video.id == self.video_id and hit.kind is HitKind.SEGMENT
        return is_here and any(start <= middle <= end for start, end in self.spans)


def evaluate(
    data: Path | None, *, limit: int | None = None, on_progress: Callable[[str], None] = lambda _: None
) -> list[Figure]:
    """Index the talks and search for their questions and sentences.

    Args:
        data: JSON Lines as in `dataset`; None: the texts of the project.
        limit: number of talks to use; None: all.

    Raises:
        VideoMomentsError: the data cannot be read, or a server or model is missing.
    """
    talks = (own_talks() if data is None else load(data))[:limit]
    with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:
        return asyncio.run(_evaluate(talks, Path(folder), on_progress))


async def _evaluate(
    talks: Sequence[EvaluationTalk], folder: Path, on_progress: Callable[[str], None]
) -> list[Figure]:
    on_progress(f"indexing {len(talks)} talks")
    async with open_library(folder, talks) as search:
        questions = [
            _Query(answer.question, talk.id, answer.spans) for talk in talks for answer in talk.answers
        ]
        figures = []
        for in_video in (True, False) if questions else ():
            for mode in SearchMode:
                where = "its video" if in_video else "the library"
                on_progress(f"{len(questions)} questions in {where} by {mode.value}")
                figures += await _recall(
                    search, questions, f"questions in {where}, {mode.value}", mode=mode, in_video=in_video
                )
        sentences = _sentences(talks)
        on_progress(f"{len(sentences)} incomplete sentences")
        return figures + await _recall(
            search, sentences, "sentences without one word, in another order", mode=SearchMode.AUTO
        )


async def _recall(
    search: SearchService,
    queries: Sequence[_Query],
    name: str,
    *,
    mode: SearchMode,
    in_video: bool = False,
) -> list[Figure]:
    """Return the shares of queries answered by the first hit and by one of the first five hits."""
    first = among = 0
    for query in queries:
        request = SearchRequest(
            query.text, mode=mode, video_id=query.video_id if in_video else None, limit=DEPTH
        )
        page = await search.search(request)
        answered = [query.is_answered_by(hit) for hit in page.results.hits]
        first += answered[:1] == [True]
        among += any(answered)
    return [
        Figure(f"recall@1, {name}", f"{first / len(queries):.3f} ({first} of {len(queries)})"),
        Figure(f"recall@{DEPTH}, {name}", f"{among / len(queries):.3f} ({among} of {len(queries)})"),
    ]


def _sentences(talks: Sequence[EvaluationTalk]) -> list[_Query]:
    """Return sentences with one word left out and the others in random order."""
    source = random.Random(SEED)
    found = [
        (talk.id, segment)
        for talk in talks
        for segment in talk.transcript.segment_timestamps
        if len(segment.text.split()) >= MIN_WORDS
    ]
    queries = []
    for video_id, segment in source.sample(found, min(MAX_SENTENCES, len(found))):
        words = [word.strip('.,;:?!"') for word in segment.text.split()]
        words.pop(source.randrange(len(words)))
        source.shuffle(words)
        queries.append(_Query(" ".join(words), video_id, ((segment.start, segment.end),)))
    return queries
