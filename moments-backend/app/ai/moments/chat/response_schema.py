"""Schema of the model's responses, and their parsing and validation.

The texts of `InvalidResponseError` and the docstring of `LineSpan` are sent to the model.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from app.ai.moments.chat.client import Reply

MAX_TITLE = 200
MAX_SCORE = 10
MAX_LISTED_ERRORS = 10
MAX_ERROR_CHARACTERS = 200
"""Bounds errors that quote a value of the model."""

ResponseT = TypeVar("ResponseT", bound=BaseModel)

_FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)\n?\s*```", re.DOTALL)
_THOUGHTS = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


OneLine = Annotated[str, AfterValidator(_one_line)]


class _ResponseModel(BaseModel):
    """Base of the responses: ignores additional keys, although the schema forbids them for strict servers.

    `validate_spans` checks ranges of values, which not every server supports in a schema.
    """

    model_config = ConfigDict(frozen=True, json_schema_extra={"additionalProperties": False})


class LineSpan(_ResponseModel):
    """Range of lines, inclusive, with its title and the line to quote."""

    first_line: int
    last_line: int
    quote_line: int
    title: OneLine


class MomentPick(LineSpan):
    score: float
    reason: OneLine


class MomentsResponse(_ResponseModel):
    moments: list[MomentPick]
    topic_starts: list[int]

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, response: Any) -> Any:
        """Accept a bare list of moments, and missing topics."""
        if isinstance(response, list):
            response = {"moments": response}
        if isinstance(response, dict) and response.get("topic_starts") is None:
            response = {**response, "topic_starts": []}
        return response


class InvalidResponseError(Exception):
    """Unusable response; the text lists the errors for the model, at most `MAX_LISTED_ERRORS`."""

    def __init__(self, *errors: str) -> None:
        listed = [error[:MAX_ERROR_CHARACTERS] for error in errors[:MAX_LISTED_ERRORS]]
        more = len(errors) - len(listed)
        super().__init__("\n".join([*listed, *([f"And {more} more."] if more else [])]))


def parse_response(reply: Reply, response_type: type[ResponseT]) -> ResponseT:
    """Parse the JSON of `reply`, which may be in a code fence or follow a `<think>` block.

    Raises:
        InvalidResponseError: truncated, empty, not JSON, or of another shape.
    """
    if reply.truncated:
        raise InvalidResponseError(f"The answer was cut short: {reply.truncated}. Answer more briefly.")
    text = _THOUGHTS.sub("", reply.text).strip()
    if not text:
        raise InvalidResponseError("The answer was empty.")
    fenced = _FENCE.search(text)
    try:
        return response_type.model_validate_json(fenced.group(1) if fenced else text)
    except ValidationError as error:
        raise InvalidResponseError(*_describe(error)) from error


def _describe(error: ValidationError) -> list[str]:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return [f"The answer is not one JSON object and nothing else. {problems[0]['msg']}."]
    return [
        f"{'.'.join(str(part) for part in problem['loc']) or 'The answer'}: {problem['msg']}."
        for problem in problems
    ]


def validate_spans(spans: Sequence[LineSpan], *, first: int, last: int) -> list[str]:
    """Return the errors of spans that must be within the lines `first … last`."""
    errors: list[str] = []
    seen: dict[tuple[int, int], int] = {}
    for number, span in enumerate(spans):
        path = f"moments.{number}"
        ends = (span.first_line, span.last_line)
        unknown = [line for line in dict.fromkeys((*ends, span.quote_line)) if not first <= line <= last]
        if unknown:
            numbers = ", ".join(str(line) for line in unknown)
            errors.append(f"{path}: there is no line {numbers}; the lines are {first} to {last}.")
        elif ends[0] > ends[1]:
            errors.append(f"{path}: first_line {ends[0]} comes after last_line {ends[1]}.")
        elif not ends[0] <= span.quote_line <= ends[1]:
            errors.append(f"{path}: quote_line {span.quote_line} is not one of {ends[0]} to {ends[1]}.")
        if ends in seen:
            errors.append(f"{path}: the same lines as moments.{seen[ends]}.")
        seen.setdefault(ends, number)
        if not 0 < len(span.title) <= MAX_TITLE:
            errors.append(f"{path}: title must have 1 to {MAX_TITLE} characters.")
        if isinstance(span, MomentPick) and not 0 <= span.score <= MAX_SCORE:  # false for NaN as well
            errors.append(f"{path}: score {span.score:g} is not between 0 and {MAX_SCORE}.")
    return errors


def validate_topics(starts: Sequence[int], *, first: int, last: int) -> list[str]:
    """Return the errors of topic starts that must be within the lines `first … last`."""
    unknown = [str(start) for start in starts if not first <= start <= last]
    if not unknown:
        return []
    return [f"topic_starts: there is no line {', '.join(unknown)}; the lines are {first} to {last}."]
