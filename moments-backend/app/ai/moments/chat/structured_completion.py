"""Structured completion: request JSON, validate it, and ask once for a correction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from openai.types.chat import ChatCompletionMessageParam

from app.ai.moments.chat.client import ChatClient, Reply
from app.ai.moments.chat.prompts import repair_messages
from app.ai.moments.chat.response_schema import InvalidResponseError, ResponseT, parse_response
from app.core.concurrency import run_in_thread
from app.core.exceptions import InvalidModelResponseError

MAX_REPEATED = 8000
"""Characters of an unusable response that are sent back to the model."""

RESPONSE_REMEDY = (
    "retry; if it happens again, use another MOMENT_MODEL, since small models often fail at this"
)


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """Validation of a parsed response.

    Attributes:
        errors: reasons why the response is unusable.
        usable: number of usable items.
        wanted: number of items below which the model is asked for more, once.
        remarks: reasons why items are not usable.
    """

    errors: list[str]
    usable: int = 1
    wanted: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StructuredRequest(Generic[ResponseT]):
    """Messages, the type to parse the response into, and its validation."""

    messages: list[ChatCompletionMessageParam]
    response_type: type[ResponseT]
    validate: Callable[[ResponseT], ValidationResult]


async def complete_with_repair(client: ChatClient, request: StructuredRequest[ResponseT]) -> ResponseT:
    """Return the model's response, after at most one request for a correction.

    If both responses have too few items, the one with more is returned.

    Raises:
        InvalidModelResponseError: both responses are unusable.
        EngineError: see `ChatClient.complete`.
    """
    reply = await client.complete(request.messages, request.response_type)
    first: tuple[ResponseT, ValidationResult] | None = None
    try:
        first = response, result = await run_in_thread(_parse, reply, request)
        if result.usable >= result.wanted:
            return response
        errors = _too_few(result)
    except InvalidResponseError as error:
        errors = str(error)
    repair = repair_messages(reply.text[:MAX_REPEATED], errors)
    reply = await client.complete([*request.messages, *repair], request.response_type)
    try:
        repaired, result = await run_in_thread(_parse, reply, request)
    except InvalidResponseError as error:
        if first is None:
            cause = f"{client.model} returned no usable response in two attempts; the second one: {error}"
            raise InvalidModelResponseError(cause, remedy=RESPONSE_REMEDY) from error
        return first[0]
    return first[0] if first is not None and first[1].usable > result.usable else repaired


def _parse(reply: Reply, request: StructuredRequest[ResponseT]) -> tuple[ResponseT, ValidationResult]:
    response = parse_response(reply, request.response_type)
    result = request.validate(response)
    if result.errors:
        raise InvalidResponseError(*result.errors)
    return response, result


def _too_few(result: ValidationResult) -> str:
    summary = f"It holds {result.usable} usable of at least {result.wanted}."
    return str(InvalidResponseError(summary, *(f"{remark}." for remark in result.remarks)))
