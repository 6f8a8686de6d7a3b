"""A question to the model, its answer, and one request to mend it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from openai.types.chat import ChatCompletionMessageParam

from app.ai.moments.chat.client import ChatClient, Reply
from app.ai.moments.chat.prompts import repair_messages
from app.ai.moments.chat.response_schema import AnswerT, InvalidResponseError, parse_response
from app.core.exceptions import InvalidModelResponseError

MAX_SHOWN_AGAIN = 8000
"""Characters of its own answer that the model is shown with its mistakes."""

ANSWER_REMEDY = "retry; take another MOMENT_MODEL where it happens again: small ones often cannot do this"


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """Of an answer that could be read.

    With `mistakes` it cannot be used. Without them it has `usable` parts; fewer than `wanted` are worth one
    request for more, and `remarks` say why they are so few.
    """

    mistakes: list[str]
    usable: int = 1
    wanted: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StructuredRequest(Generic[AnswerT]):
    messages: list[ChatCompletionMessageParam]
    shape: type[AnswerT]
    judge: Callable[[AnswerT], ValidationResult]


async def complete_with_repair(client: ChatClient, question: StructuredRequest[AnswerT]) -> AnswerT:
    """The model's answer, after at most one request to mend it.

    An answer with too little in it is good enough the second time; of two such the fuller one counts.

    Raises:
        InvalidModelResponseError: no answer could be used.
        EngineError: see `ChatClient.complete`.
    """
    reply = await client.complete(question.messages, question.shape)
    first: tuple[AnswerT, ValidationResult] | None = None
    try:
        first = answer, verdict = await asyncio.to_thread(_read, reply, question)
        if verdict.usable >= verdict.wanted:
            return answer
        mistakes = _too_few(verdict)
    except InvalidResponseError as error:
        mistakes = str(error)
    repair = repair_messages(reply.text[:MAX_SHOWN_AGAIN], mistakes)
    reply = await client.complete([*question.messages, *repair], question.shape)
    try:
        mended, verdict = await asyncio.to_thread(_read, reply, question)
    except InvalidResponseError as error:
        if first is None:
            cause = f"{client.model} gave no usable answer twice; the second time: {error}"
            raise InvalidModelResponseError(cause, remedy=ANSWER_REMEDY) from error
        return first[0]
    return first[0] if first is not None and first[1].usable > verdict.usable else mended


def _read(reply: Reply, question: StructuredRequest[AnswerT]) -> tuple[AnswerT, ValidationResult]:
    answer = parse_response(reply, question.shape)
    verdict = question.judge(answer)
    if verdict.mistakes:
        raise InvalidResponseError(*verdict.mistakes)
    return answer, verdict


def _too_few(verdict: ValidationResult) -> str:
    found = f"It holds {verdict.usable} usable of at least {verdict.wanted}."
    return str(InvalidResponseError(found, *(f"{remark}." for remark in verdict.remarks)))
