"""Chat engine: send windows of the transcript to the model, turn its line numbers into moments."""

import asyncio
import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.ai.moments.base import MomentSearchResult, Topic, moment_id
from app.ai.moments.chat.client import ChatClient
from app.ai.moments.chat.prompts import PROMPT_VERSION, find_messages, refine_messages
from app.ai.moments.chat.response_schema import (
    LineSpan,
    MomentPick,
    MomentsResponse,
    validate_spans,
    validate_topics,
)
from app.ai.moments.chat.span_fitting import PlacementResult, SentenceTimeline, Span, place_spans
from app.ai.moments.chat.structured_completion import (
    StructuredRequest,
    ValidationResult,
    complete_with_repair,
)
from app.ai.moments.chat.windows import Window, split_windows
from app.ai.moments.extractive.chapters import find_chapters
from app.ai.moments.feature_weights import FeatureWeights
from app.ai.moments.intelligible import is_intelligible
from app.ai.sentences import Sentence, split_sentences
from app.core.concurrency import run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import EngineError
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript

MAX_REMARKS = 3
"""Dropped picks that a reason lists."""


class ChatEngine:
    """Moment engine that asks a chat model for line numbers; see `MomentEngine`."""

    def __init__(self, settings: Settings) -> None:
        self._client = ChatClient(settings)
        self._encoder = SentenceEncoder(settings.embedding_model_path)
        self._name = f"openai {settings.moment_model}"

    @property
    def name(self) -> str:
        return self._name

    async def close(self) -> None:
        self._encoder.close()
        await self._client.close()

    @property
    def is_repeatable(self) -> bool:
        return False

    async def find_chapters(self, transcript: Transcript) -> list[Topic]:
        """Find chapters by the sentence model of the extractive engine: the chat model gives no titles."""
        return await run_cancellable_in_thread(partial(find_chapters, transcript, self._encoder))

    async def find(
        self,
        transcript: Transcript,
        options: GenerationOptions,
        weights: FeatureWeights | None = None,  # noqa: ARG002 - the model judges by the text
    ) -> MomentSearchResult:
        sentences = await run_in_thread(split_sentences, transcript)
        if not sentences:
            return MomentSearchResult([], [], "no speech in this video")
        timeline = SentenceTimeline(sentences)
        start, end = timeline.boundaries(Span(0, len(sentences) - 1))
        if end - start < options.min_moment_length:
            reason = (
                f"only {end - start:.1f} s of speech, less than a moment of {options.min_moment_length:g} s"
            )
            return MomentSearchResult(_topics([0], sentences), [], reason)
        windows = split_windows(sentences, overlap_seconds=options.max_moment_length)
        responses = await self._request_all(windows, timeline, options)
        picks = [pick for response in responses for pick in response.moments]
        placed = await run_in_thread(place_spans, picks, timeline, options)
        topics = _topics(_topic_starts(windows, responses), sentences)
        found = [self._found(transcript, timeline, pick, span) for pick, span in placed.picks]
        moments = [m for m in found if is_intelligible(m.start_time, m.end_time, transcript)]
        if found and not moments:
            return MomentSearchResult(topics, [], "all picks of the model contain music or unclear speech")
        return MomentSearchResult(topics, moments, _reason(placed, options))

    async def refine(self, moment: Moment, transcript: Transcript, options: GenerationOptions) -> Moment:
        sentences = await run_in_thread(split_sentences, transcript)
        present = _present(moment, sentences)
        if present is None:  # no words to refine by
            return self._refined(moment, transcript)
        timeline = SentenceTimeline(
            sentences, earliest=min(moment.start_time, sentences[0].start), latest=moment.end_time
        )
        room = _complete_sentences(present, sentences)
        messages = refine_messages(
            sentences[room.first : room.last + 1],
            options,
            title=moment.title,
            first=present.first,
            last=present.last,
        )

        def validate(choice: LineSpan) -> ValidationResult:
            errors = validate_spans([choice], first=room.first, last=room.last)
            if not errors and not present.overlaps(Span(choice.first_line, choice.last_line)):
                errors = [f"The clip must keep some of the lines {present.first} to {present.last}."]
            return ValidationResult(errors)

        choice = await complete_with_repair(self._client, StructuredRequest(messages, LineSpan, validate))
        span = timeline.fit_span(choice, options, room)
        if span is None:  # no other range has an allowed length
            return self._refined(moment, transcript, title=choice.title)
        start, end = timeline.boundaries(span)
        return self._refined(
            moment,
            transcript,
            start_time=start,
            end_time=end,
            title=choice.title,
            quote=sentences[choice.quote_line].text,
        )

    async def _request_all(
        self, windows: Sequence[Window], timeline: SentenceTimeline, options: GenerationOptions
    ) -> list[MomentsResponse]:
        """Return one response per window; the first failure cancels the other requests."""
        share = math.ceil(options.min_moments / len(windows))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._request(window, timeline, options, share=share))
                    for window in windows
                ]
        except ExceptionGroup as failed:
            errors = [error for error in failed.exceptions if isinstance(error, EngineError)]
            raise (errors or failed.exceptions)[0] from None
        return [task.result() for task in tasks]

    async def _request(
        self, window: Window, timeline: SentenceTimeline, options: GenerationOptions, *, share: int
    ) -> MomentsResponse:
        limits = {"first": window.first, "last": window.last}
        start, end = timeline.boundaries(Span(window.first, window.last))
        at_least = min(share, int((end - start) / options.min_moment_length))  # at most as many as fit

        def validate(response: MomentsResponse) -> ValidationResult:
            errors = validate_spans(response.moments, **limits)
            errors += validate_topics(response.topic_starts, **limits)
            if errors:
                return ValidationResult(errors)
            placed = place_spans(response.moments, timeline, options)
            return ValidationResult(
                [], usable=len(placed.picks), wanted=at_least, remarks=tuple(placed.dropped)
            )

        sentences = timeline.sentences[window.first : window.last + 1]
        messages = find_messages(sentences, options, at_least=at_least)
        request = StructuredRequest(messages, MomentsResponse, validate)
        return await complete_with_repair(self._client, request)

    def _found(
        self, transcript: Transcript, timeline: SentenceTimeline, pick: MomentPick, span: Span
    ) -> Moment:
        start, end = timeline.boundaries(span)
        return Moment(
            id=moment_id(transcript, start, end, self._name, PROMPT_VERSION),
            start_time=start,
            end_time=end,
            title=pick.title,
            score=pick.score,
            quote=timeline.sentences[pick.quote_line].text,
            reason=pick.reason or None,
            model=self._name,
            prompt_version=PROMPT_VERSION,
        )

    def _refined(self, moment: Moment, transcript: Transcript, **changes: float | str) -> Moment:
        changed = moment.model_copy(update=changes)
        start, end = changed.start_time, changed.end_time
        return changed.model_copy(
            update={
                "id": moment_id(transcript, start, end, self._name, PROMPT_VERSION, moment.id),
                "is_refined": True,
                "parent_id": moment.id,
                "model": self._name,
                "prompt_version": PROMPT_VERSION,
            }
        )


def _present(moment: Moment, sentences: Sequence[Sentence]) -> Span | None:
    inside = [
        sentence.number
        for sentence in sentences
        if moment.start_time <= (sentence.start + sentence.end) / 2 <= moment.end_time
    ]
    return Span(inside[0], inside[-1]) if inside else None


def _complete_sentences(present: Span, sentences: Sequence[Sentence]) -> Span:
    """Exclude the outermost sentences, which the clip may have cut off, unless the moment has them."""
    last = len(sentences) - 1
    return Span(min(1, present.first), max(last - 1, present.last))


def _topic_starts(windows: Sequence[Window], responses: Sequence[MomentsResponse]) -> list[int]:
    """Combine the topic starts that each window owns; a window boundary is not a topic boundary."""
    starts = {0}
    ends = [window.owned_from for window in windows[1:]]
    for window, response, end in zip(windows, responses, [*ends, windows[-1].last + 1], strict=True):
        starts |= {
            start
            for start in response.topic_starts
            if window.owned_from <= start < end and start > window.first
        }
    return sorted(starts)


def _topics(starts: Sequence[int], sentences: Sequence[Sentence]) -> list[Topic]:
    """Return topics from 0 to the end of the speech; each ends and the next starts in mid-pause."""
    changes = [(sentences[start - 1].end + sentences[start].start) / 2 for start in starts if start > 0]
    boundaries = [round(boundary, 3) for boundary in (0.0, *changes, sentences[-1].end)]
    return [Topic(*pair) for pair in pairwise(boundaries)]


def _reason(placed: PlacementResult, options: GenerationOptions) -> str | None:
    """Return why there are fewer moments than requested, or None."""
    count = len(placed.picks)
    if count == 0 and not placed.dropped:
        return "the model found nothing worth a clip"
    if count >= max(options.min_moments, 1):
        return None
    remarks = "; ".join(placed.dropped[:MAX_REMARKS])
    wanted = f", of at least {options.min_moments}" if options.min_moments else ""
    summary = f"{count} of the model's picks can be used{wanted}"
    return f"{summary}: {remarks}" if remarks else summary
