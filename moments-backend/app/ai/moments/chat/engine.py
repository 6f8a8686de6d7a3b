"""Chat engine: the model compares the best passages of the extractive engine in pairs, and ranks them so."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix, SentenceEncoder
from app.ai.moments.base import MomentSearchResult, Topic, moment_id
from app.ai.moments.chat.client import ChatClient
from app.ai.moments.chat.cost import CANDIDATES, MAX_CANDIDATES
from app.ai.moments.chat.judge import JudgementFailedError, run_tournament
from app.ai.moments.chat.prompts import PROMPT_VERSION
from app.ai.moments.chat.titles import write_titles
from app.ai.moments.chat.tournament import Tournament
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.moments.feature_weights import FeatureWeights
from app.ai.sentences import split_sentences
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript

logger = logging.getLogger(__name__)

POOL = 3 * CANDIDATES
"""Passages from which a user prompt chooses half of the candidates."""
CACHED_TEXTS = 4
"""Lists of texts whose vectors are kept during a search, which needs the same ones twice."""


class ChatEngine:
    """Moment engine that asks a chat model which of two passages is better; see `MomentEngine`.

    Topics, chapters and all boundaries are those of the extractive engine.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = ChatClient(settings)
        self._encoder = _CachingEncoder(settings.embedding_model_path)
        self._extractive = ExtractiveEngine(settings, encoder=self._encoder)
        self._name = f"openai {settings.moment_model}"

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_repeatable(self) -> bool:
        return False

    async def close(self) -> None:
        await self._extractive.close()
        await self._client.close()

    async def find_chapters(self, transcript: Transcript) -> list[Topic]:
        return await self._extractive.find_chapters(transcript)

    async def find(
        self, transcript: Transcript, options: GenerationOptions, weights: FeatureWeights | None = None
    ) -> MomentSearchResult:
        """Find as many moments as the extractive engine does, and choose them by the model's comparisons.

        If too many comparisons fail, the extractive engine's moments are returned with the reason.

        Raises:
            EngineError: the server cannot be reached, or rejected the first request.
        """
        try:
            found = await self._extractive.find(transcript, options, weights)
            if not found.moments:
                return found
            candidates = await self._candidates(transcript, options, weights, count=len(found.moments))
        finally:
            self._encoder.clear()
        passages = await run_in_thread(_passages, transcript, candidates)
        judged = min(len(candidates), MAX_CANDIDATES)
        try:
            tournament = await run_tournament(self._client, passages[:judged], options.user_prompt)
        except JudgementFailedError as error:
            notice = f"{error}; these are the moments of the {self._extractive.name} engine"
            logger.warning(notice)
            return replace(found, reason=notice)
        order = [*tournament.order(), *range(judged, len(candidates))][: len(found.moments)]
        titles = await write_titles(self._client, [passages[index] for index in order])
        chosen = [
            self._moment(transcript, candidates[index], tournament, index, title)
            for index, title in zip(order, titles, strict=True)
        ]
        return replace(found, moments=sorted(chosen, key=lambda moment: moment.start_time))

    async def refine(self, moment: Moment, transcript: Transcript, options: GenerationOptions) -> Moment:
        """Refine the boundaries as the extractive engine does; the title stays."""
        refined = await self._extractive.refine(moment, transcript, options)
        start, end = refined.start_time, refined.end_time
        return refined.model_copy(
            update={
                "id": moment_id(transcript, start, end, self._name, PROMPT_VERSION, moment.id),
                "title": moment.title,
                "reason": moment.reason,
                "model": moment.model,
                "prompt_version": moment.prompt_version,
            }
        )

    async def _candidates(
        self,
        transcript: Transcript,
        options: GenerationOptions,
        weights: FeatureWeights | None,
        *,
        count: int,
    ) -> list[Moment]:
        """Return passages to compare, best first; with a user prompt, half of them by their meaning."""
        wanted = max(CANDIDATES, min(count, MAX_CANDIDATES))
        if not options.user_prompt:
            return await self._extractive.rank(transcript, options, max(wanted, count), weights)
        ranked = await self._extractive.rank(transcript, options, max(POOL, count), weights)
        if len(ranked) <= wanted:
            return ranked
        best, others = ranked[: wanted // 2], ranked[wanted // 2 :]
        nearest = await run_in_thread(self._nearest, transcript, others, options.user_prompt)
        chosen = {*range(wanted // 2), *(wanted // 2 + index for index in nearest[: wanted - len(best)])}
        rest = [moment for index, moment in enumerate(ranked) if index not in chosen]
        return [ranked[index] for index in sorted(chosen)] + rest[: max(0, count - wanted)]

    def _nearest(self, transcript: Transcript, moments: Sequence[Moment], text: str) -> list[int]:
        vectors = self._encoder.encode([text, *_passages(transcript, moments)])
        order: list[int] = np.argsort(-(vectors[1:] @ vectors[0]), kind="stable").tolist()
        return order

    def _moment(
        self,
        transcript: Transcript,
        candidate: Moment,
        tournament: Tournament,
        index: int,
        title: str | None,
    ) -> Moment:
        start, end = candidate.start_time, candidate.end_time
        changes: dict[str, object] = {
            "id": moment_id(transcript, start, end, self._name, PROMPT_VERSION),
            "model": self._name,
            "prompt_version": PROMPT_VERSION,
            "title": title or candidate.title,
        }
        won, played = tournament.record_of(index)
        if played:
            share = 1 / (1 + np.exp(-tournament.ratings()[index]))
            preferred = f"{self._client.model} preferred it to {won} of {played} other passages."
            changes["score"] = round(10 * float(share), 1)
            changes["reason"] = f"{preferred} {candidate.reason or ''}".strip()
        return candidate.model_copy(update=changes)


class _CachingEncoder(SentenceEncoder):
    """Encoder that keeps its last results until they are cleared."""

    def __init__(self, directory: Path | None) -> None:
        super().__init__(directory)
        self._results: dict[tuple[str, ...], Matrix] = {}

    def encode(self, texts: Sequence[str], check: Callable[[], None] = lambda: None) -> Matrix:
        key = tuple(texts)
        if (known := self._results.get(key)) is not None:
            return known
        vectors = super().encode(texts, check)
        self._results = dict([*self._results.items(), (key, vectors)][-CACHED_TEXTS:])
        return vectors

    def clear(self) -> None:
        self._results = {}


def _passages(transcript: Transcript, moments: Sequence[Moment]) -> list[str]:
    """Return the sentences of each moment, one per line."""
    sentences = split_sentences(transcript)
    return [
        "\n".join(
            sentence.text
            for sentence in sentences
            if moment.start_time <= (sentence.start + sentence.end) / 2 <= moment.end_time
        )
        for moment in moments
    ]
