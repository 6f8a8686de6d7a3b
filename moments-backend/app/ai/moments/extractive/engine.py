"""The engine: sentences to vectors, vectors to topics, topics to stretches, the best of them to moments."""

from functools import partial
from itertools import pairwise

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.ai.moments.base import MomentSearchResult, Topic, moment_id
from app.ai.moments.extractive.candidates import WEIGHTS, Candidates, candidates_in
from app.ai.moments.extractive.explanation import reason_for
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.refinement import refined
from app.ai.moments.extractive.segmentation import topic_starts
from app.ai.moments.extractive.selection import select_non_overlapping
from app.ai.moments.extractive.titles import quote_of, title_of
from app.ai.sentences import Sentence, split_sentences
from app.core.concurrency import CancelCheck, run_cancellable_in_thread
from app.core.config import Settings
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript

VERSION = "extractive-1"
"""In every moment and its id: raise it when the same transcript yields other moments."""
SECONDS_PER_MOMENT = 90.0
"""A talk of ten minutes has seven moments, one of an hour forty, as far as the options allow."""


class ExtractiveEngine:
    """Needs neither network nor a model's server. See `MomentEngine`.

    The same transcript and options yield the same moments.
    """

    def __init__(self, settings: Settings) -> None:
        self._encoder = SentenceEncoder(settings.embedding_model_path)

    @property
    def name(self) -> str:
        return "extractive MiniLM"

    async def find(self, transcript: Transcript, options: GenerationOptions) -> MomentSearchResult:
        return await run_cancellable_in_thread(partial(self._find, transcript, options))

    async def refine(self, moment: Moment, transcript: Transcript, options: GenerationOptions) -> Moment:
        return await run_cancellable_in_thread(partial(self._refine, moment, transcript, options))

    async def close(self) -> None:
        self._encoder.close()

    def _find(
        self, transcript: Transcript, options: GenerationOptions, check: CancelCheck
    ) -> MomentSearchResult:
        lines = split_sentences(transcript)
        if not lines:
            return MomentSearchResult([], [], "nothing is said in this video")
        talk = self._talk(lines, check)
        starts = [0, *topic_starts(talk.lines, talk.vectors), len(lines)]
        ranges = [(low, high - 1) for low, high in pairwise(starts)]
        topics = _topics(talk, ranges)
        length = float(talk.clip_ends[-1] - talk.clip_starts[0])
        if length < options.min_moment_length:
            reason = f"{length:.1f} s are spoken, less than a moment of {options.min_moment_length:g} s"
            return MomentSearchResult(topics, [], reason)
        chosen, candidates = _choose(talk, ranges, options, check)
        moments = [self._moment(transcript, talk, candidates, index) for index in chosen]
        return MomentSearchResult(topics, moments, _shortfall(len(moments), options))

    def _refine(
        self, moment: Moment, transcript: Transcript, options: GenerationOptions, check: CancelCheck
    ) -> Moment:
        lines = split_sentences(transcript)
        # Nothing is known of the sound around the clip, but what the moment has of it.
        earliest = min(moment.start_time, lines[0].start) if lines else 0.0
        talk = self._talk(lines, check, earliest=earliest, latest=moment.end_time) if lines else None
        return refined(moment, transcript, talk, options, self.name)

    def _talk(
        self, lines: list[Sentence], check: CancelCheck, *, earliest: float = 0.0, latest: float | None = None
    ) -> SentenceFeatures:
        texts = sorted({line.text for line in lines})  # "Yeah." is said a hundred times
        places = {text: place for place, text in enumerate(texts)}
        vectors = self._encoder.encode(texts, check)
        rows = vectors[[places[line.text] for line in lines]]
        return SentenceFeatures(lines, rows, earliest=earliest, latest=latest)

    def _moment(
        self, transcript: Transcript, talk: SentenceFeatures, candidates: Candidates, index: int
    ) -> Moment:
        first, last = int(candidates.firsts[index]), int(candidates.lasts[index])
        start, end = float(talk.clip_starts[first]), float(talk.clip_ends[last])
        parts = dict(zip(WEIGHTS, candidates.parts[index].tolist(), strict=True))
        return Moment(
            id=moment_id(transcript, start, end, self.name, VERSION),
            start_time=start,
            end_time=end,
            title=title_of(talk, first, last),
            score=round(10 * float(candidates.scores[index]), 1),
            quote=quote_of(talk, first, last),
            reason=reason_for(talk, first, last, parts),
            model=self.name,
            prompt_version=VERSION,
        )


def _choose(
    talk: SentenceFeatures, topics: list[tuple[int, int]], options: GenerationOptions, check: CancelCheck
) -> tuple[list[int], Candidates]:
    """Inside the topics; across them only where these yield fewer moments than the user wants at least."""
    seconds = float(talk.clip_ends[-1] - talk.clip_starts[0])
    count = min(max(round(seconds / SECONDS_PER_MOMENT), 1, options.min_moments), options.max_moments)
    candidates = candidates_in(talk, topics, options, check)
    chosen = select_non_overlapping(
        candidates.firsts, candidates.lasts, candidates.scores, count=count, lines=len(talk.lines)
    )
    if len(chosen) < max(1, options.min_moments) and len(topics) > 1:
        whole = [(0, len(talk.lines) - 1)]
        candidates = candidates_in(talk, whole, options, check)
        count = min(count, max(1, options.min_moments))
        chosen = select_non_overlapping(
            candidates.firsts, candidates.lasts, candidates.scores, count=count, lines=len(talk.lines)
        )
    return chosen, candidates


def _topics(talk: SentenceFeatures, ranges: list[tuple[int, int]]) -> list[Topic]:
    """From 0 to the last word. One topic ends, and the next begins, in the middle of the pause."""
    changes = [round(float(talk.ends[low - 1] + talk.starts[low]) / 2, 3) for low, _ in ranges[1:]]
    edges = [0.0, *changes, max(float(talk.clip_ends[-1]), changes[-1] if changes else 0.0)]
    return [Topic(start, end) for start, end in pairwise(edges)]


def _shortfall(found: int, options: GenerationOptions) -> str | None:
    lengths = f"{options.min_moment_length:g} to {options.max_moment_length:g} s"
    if found == 0:
        return f"no run of whole sentences lasts {lengths}"
    if found < options.min_moments:
        return (
            f"only {found} of {options.min_moments} moments: no more runs of whole sentences of {lengths} fit"
        )
    return None
