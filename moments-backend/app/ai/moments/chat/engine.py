"""The engine: windows of the transcript to the model, its line numbers to moments."""

import asyncio
import math
from collections.abc import Sequence
from itertools import pairwise

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
from app.ai.moments.chat.windows import Window, windows_of
from app.ai.sentences import Sentence, split_sentences
from app.core.config import Settings
from app.core.exceptions import EngineError
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript

MAX_REMARKS = 3
"""Of dropped picks that a reason names."""


class ChatEngine:
    """Picks moments by asking a chat model for line numbers. See `MomentEngine`."""

    def __init__(self, settings: Settings) -> None:
        self._client = ChatClient(settings)
        self._name = f"openai {settings.moment_model}"

    @property
    def name(self) -> str:
        return self._name

    async def close(self) -> None:
        await self._client.close()

    async def find(self, transcript: Transcript, options: GenerationOptions) -> MomentSearchResult:
        lines = await asyncio.to_thread(split_sentences, transcript)
        if not lines:
            return MomentSearchResult([], [], "no speech in this video")
        timeline = SentenceTimeline(lines)
        start, end = timeline.edges(Span(0, len(lines) - 1))
        if end - start < options.min_moment_length:
            reason = (
                f"the talk takes {end - start:.1f} s, less than a moment of {options.min_moment_length:g} s"
            )
            return MomentSearchResult(_topics([0], lines), [], reason)
        windows = windows_of(lines, overlap_seconds=options.max_moment_length)
        answers = await self._ask_all(windows, timeline, options)
        picks = [pick for answer in answers for pick in answer.moments]
        placed = await asyncio.to_thread(place_spans, picks, timeline, options)
        topics = _topics(_topic_starts(windows, answers), lines)
        moments = [self._found(transcript, timeline, pick, span) for pick, span in placed.picks]
        return MomentSearchResult(topics, moments, _reason(placed, options))

    async def refine(self, moment: Moment, transcript: Transcript, options: GenerationOptions) -> Moment:
        lines = await asyncio.to_thread(split_sentences, transcript)
        present = _present(moment, lines)
        if present is None:  # no word of it is here to judge by
            return self._refined(moment, transcript)
        timeline = SentenceTimeline(
            lines, earliest=min(moment.start_time, lines[0].start), latest=moment.end_time
        )
        room = _whole_lines(present, lines)
        messages = refine_messages(
            lines[room.first : room.last + 1],
            options,
            title=moment.title,
            first=present.first,
            last=present.last,
        )

        def judge(choice: LineSpan) -> ValidationResult:
            mistakes = validate_spans([choice], first=room.first, last=room.last)
            if not mistakes and not present.overlaps(Span(choice.first_line, choice.last_line)):
                mistakes = [f"The clip must keep some of the lines {present.first} to {present.last}."]
            return ValidationResult(mistakes)

        choice = await complete_with_repair(self._client, StructuredRequest(messages, LineSpan, judge))
        span = timeline.fit_span(choice, options, room)
        if span is None:  # its words allow no other length, so the title is all that changes
            return self._refined(moment, transcript, title=choice.title)
        start, end = timeline.edges(span)
        return self._refined(
            moment,
            transcript,
            start_time=start,
            end_time=end,
            title=choice.title,
            quote=lines[choice.quote_line].text,
        )

    async def _ask_all(
        self, windows: Sequence[Window], timeline: SentenceTimeline, options: GenerationOptions
    ) -> list[MomentsResponse]:
        """One answer for each window; the first failure ends the other requests."""
        share = math.ceil(options.min_moments / len(windows))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._ask(window, timeline, options, share=share)) for window in windows
                ]
        except ExceptionGroup as failed:
            errors = [error for error in failed.exceptions if isinstance(error, EngineError)]
            raise (errors or failed.exceptions)[0] from None
        return [task.result() for task in tasks]

    async def _ask(
        self, window: Window, timeline: SentenceTimeline, options: GenerationOptions, *, share: int
    ) -> MomentsResponse:
        limits = {"first": window.first, "last": window.last}
        start, end = timeline.edges(Span(window.first, window.last))
        at_least = min(share, int((end - start) / options.min_moment_length))  # no more than have room

        def judge(answer: MomentsResponse) -> ValidationResult:
            mistakes = validate_spans(answer.moments, **limits) + validate_topics(
                answer.topic_starts, **limits
            )
            if mistakes:
                return ValidationResult(mistakes)
            placed = place_spans(answer.moments, timeline, options)
            return ValidationResult(
                [], usable=len(placed.picks), wanted=at_least, remarks=tuple(placed.dropped)
            )

        lines = timeline.lines[window.first : window.last + 1]
        messages = find_messages(lines, options, at_least=at_least)
        return await complete_with_repair(self._client, StructuredRequest(messages, MomentsResponse, judge))

    def _found(
        self, transcript: Transcript, timeline: SentenceTimeline, pick: MomentPick, span: Span
    ) -> Moment:
        start, end = timeline.edges(span)
        return Moment(
            id=moment_id(transcript, start, end, self._name, PROMPT_VERSION),
            start_time=start,
            end_time=end,
            title=pick.title,
            score=pick.score,
            quote=timeline.lines[pick.quote_line].text,
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


def _present(moment: Moment, lines: Sequence[Sentence]) -> Span | None:
    """The lines that the moment has now: those whose middle is in it."""
    inside = [
        line.number for line in lines if moment.start_time <= (line.start + line.end) / 2 <= moment.end_time
    ]
    return Span(inside[0], inside[-1]) if inside else None


def _whole_lines(present: Span, lines: Sequence[Sentence]) -> Span:
    """All lines but the outermost around the moment, which the clip's edges may have cut."""
    last = len(lines) - 1
    return Span(min(1, present.first), max(last - 1, present.last))


def _topic_starts(windows: Sequence[Window], answers: Sequence[MomentsResponse]) -> list[int]:
    """Each window tells of the lines that belong to it; where a window begins is no turn of the talk."""
    starts = {0}
    ends = [window.owned_from for window in windows[1:]]
    for window, answer, end in zip(windows, answers, [*ends, windows[-1].last + 1], strict=True):
        starts |= {
            start
            for start in answer.topic_starts
            if window.owned_from <= start < end and start > window.first
        }
    return sorted(starts)


def _topics(starts: Sequence[int], lines: Sequence[Sentence]) -> list[Topic]:
    """From 0 to the last word; one ends, and the next begins, in the middle of the pause between them."""
    turns = [(lines[start - 1].end + lines[start].start) / 2 for start in starts if start > 0]
    edges = [round(edge, 3) for edge in (0.0, *turns, lines[-1].end)]
    return [Topic(*pair) for pair in pairwise(edges)]


def _reason(placed: PlacementResult, options: GenerationOptions) -> str | None:
    count = len(placed.picks)
    if count == 0 and not placed.dropped:
        return "the model found nothing in the talk that is worth a clip"
    if count >= max(options.min_moments, 1):
        return None
    told = "; ".join(placed.dropped[:MAX_REMARKS])
    wanted = f", of at least {options.min_moments}" if options.min_moments else ""
    found = f"{count} of the model's picks can be used{wanted}"
    return f"{found}: {told}" if told else found
