"""What the model may answer, how it is read, and what can be wrong with it."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from app.ai.moments.chat.client import Reply

MAX_TITLE = 200
MAX_SCORE = 10
MAX_NAMED_MISTAKES = 10
MAX_MISTAKE = 200
"""Characters: some name a value of the model's."""

AnswerT = TypeVar("AnswerT", bound=BaseModel)

_FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)\n?\s*```", re.DOTALL)
_THOUGHTS = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


OneLine = Annotated[str, AfterValidator(_one_line)]


class _ResponseModel(BaseModel):
    """Further keys are read over, but the schema forbids them: servers that hold to schemas ask for that.

    Limits of values are checked by `validate_spans`, since not every server knows them in a schema.
    """

    model_config = ConfigDict(frozen=True, json_schema_extra={"additionalProperties": False})


class LineSpan(_ResponseModel):
    """A stretch of lines, both ends inclusive, and the line that stands for it."""

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
    def _lenient(cls, answer: Any) -> Any:
        """A bare list is the moments; topics are a gift, not a duty."""
        if isinstance(answer, list):
            answer = {"moments": answer}
        if isinstance(answer, dict) and answer.get("topic_starts") is None:
            answer = {**answer, "topic_starts": []}
        return answer


class InvalidResponseError(Exception):
    """The answer cannot be used; the text says to the model what is wrong with it, in a few lines."""

    def __init__(self, *mistakes: str) -> None:
        shown = [mistake[:MAX_MISTAKE] for mistake in mistakes[:MAX_NAMED_MISTAKES]]
        more = len(mistakes) - len(shown)
        super().__init__("\n".join([*shown, *([f"And {more} more."] if more else [])]))


def parse_response(reply: Reply, shape: type[AnswerT]) -> AnswerT:
    """The answer inside `reply`, whether bare, in a code fence or after the model's thoughts.

    Raises:
        InvalidResponseError: there is none.
    """
    if reply.cut:
        raise InvalidResponseError(f"The answer was cut short: {reply.cut}. Answer more briefly.")
    text = _THOUGHTS.sub("", reply.text).strip()
    if not text:
        raise InvalidResponseError("The answer was empty.")
    fenced = _FENCE.search(text)
    try:
        return shape.model_validate_json(fenced.group(1) if fenced else text)
    except ValidationError as error:
        raise InvalidResponseError(*_described(error)) from error


def _described(error: ValidationError) -> list[str]:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return [f"The answer is not one JSON object and nothing else. {problems[0]['msg']}."]
    return [
        f"{'.'.join(str(part) for part in problem['loc']) or 'The answer'}: {problem['msg']}."
        for problem in problems
    ]


def validate_spans(choices: Sequence[LineSpan], *, first: int, last: int) -> list[str]:
    """Why these choices of the lines `first … last` cannot be used; nothing when they can."""
    mistakes: list[str] = []
    seen: dict[tuple[int, int], int] = {}
    for number, choice in enumerate(choices):
        here = f"moments.{number}"
        ends = (choice.first_line, choice.last_line)
        unknown = [line for line in dict.fromkeys((*ends, choice.quote_line)) if not first <= line <= last]
        if unknown:
            named = ", ".join(str(line) for line in unknown)
            mistakes.append(f"{here}: there is no line {named}; the lines are {first} to {last}.")
        elif ends[0] > ends[1]:
            mistakes.append(f"{here}: first_line {ends[0]} comes after last_line {ends[1]}.")
        elif not ends[0] <= choice.quote_line <= ends[1]:
            mistakes.append(f"{here}: quote_line {choice.quote_line} is not one of {ends[0]} to {ends[1]}.")
        if ends in seen:
            mistakes.append(f"{here}: the same lines as moments.{seen[ends]}.")
        seen.setdefault(ends, number)
        if not 0 < len(choice.title) <= MAX_TITLE:
            mistakes.append(f"{here}: title must have 1 to {MAX_TITLE} characters.")
        if isinstance(choice, MomentPick) and not 0 <= choice.score <= MAX_SCORE:  # false for NaN as well
            mistakes.append(f"{here}: score {choice.score:g} is not between 0 and {MAX_SCORE}.")
    return mistakes


def validate_topics(starts: Sequence[int], *, first: int, last: int) -> list[str]:
    unknown = [str(start) for start in starts if not first <= start <= last]
    if not unknown:
        return []
    return [f"topic_starts: there is no line {', '.join(unknown)}; the lines are {first} to {last}."]
