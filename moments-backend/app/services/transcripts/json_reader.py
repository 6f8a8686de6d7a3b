"""Transcripts in JSON: ours, OpenAI's verbose JSON, Whisper's, and plain lists of timed texts."""

import json
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from app.ai.transcription.normalization import assemble
from app.ai.transcription.words import join_pieces
from app.core.exceptions import InvalidCaptionsError
from app.core.languages import language_code
from app.models.transcript import AudioSection, Confidence, Seconds, Segment, Transcript, Word
from app.services.transcripts.caption_text import plain_text
from app.services.transcripts.plain_text_reader import MAX_WORDS, read_plain_text

REMEDY = "see the format in the answer of GET /api/videos/{id}/transcript"

Time = Annotated[
    Seconds, BeforeValidator(lambda value: round(value, 3) if isinstance(value, float) else value)
]

NUMBERS = ("start", "start_time", "end", "end_time", "duration", "confidence")


def _reject_booleans(value: Any) -> Any:
    """Reject `true` and `false` in fields with numbers, which Pydantic reads as 1 and 0."""
    if isinstance(value, dict):
        for name in NUMBERS:
            if isinstance(value.get(name), bool):
                raise PydanticCustomError(
                    "boolean",
                    "`{name}` is {value}, not a number",
                    {"name": name, "value": str(value[name]).lower()},
                )
    return value


class _Timed(BaseModel):
    start: Time = Field(validation_alias=AliasChoices("start", "start_time"))
    end: Time = Field(validation_alias=AliasChoices("end", "end_time"))

    @model_validator(mode="before")
    @classmethod
    def _add_end(cls, value: Any) -> Any:
        _reject_booleans(value)
        if isinstance(value, dict) and "end" not in value and "duration" in value:
            try:
                return value | {"end": float(value["start"]) + float(value["duration"])}
            except (KeyError, TypeError, ValueError):
                return value
        return value


class _Word(_Timed):
    word: str = Field(validation_alias=AliasChoices("word", "text"))


class _Segment(_Timed):
    text: str
    confidence: Confidence | None = None
    language: str | None = None
    words: list[_Word] | None = None

    @model_validator(mode="after")
    def _ensure_duration(self) -> Self:
        if self.end <= self.start and self.text.strip():  # Whisper ends with empty segments of no length
            raise PydanticCustomError(
                "duration",
                "it ends at {end} s, not after its start at {start} s",
                {"end": f"{self.end:g}", "start": f"{self.start:g}"},
            )
        return self


class _Document(BaseModel):
    text: str | None = None
    language: str | None = None
    words: list[_Word] | None = Field(default=None, validation_alias=AliasChoices("word_timestamps", "words"))
    segments: list[_Segment] | None = Field(
        default=None, validation_alias=AliasChoices("segment_timestamps", "segments")
    )
    sections: list[Annotated[AudioSection, BeforeValidator(_reject_booleans)]] = []


def read_json(text: str, *, seconds: float) -> tuple[Transcript, str | None]:
    """Return the transcript in a JSON document, and the language that it names.

    Raises:
        InvalidCaptionsError: not JSON, or of another shape.
    """
    document = _parse(text)
    words = [word for segment in document.segments or () for word in segment.words or ()]
    words = document.words or words
    if len(words) > MAX_WORDS:
        raise InvalidCaptionsError(
            f"the document has {len(words)} words; the limit is {MAX_WORDS}", remedy="import a shorter file"
        )
    if not words and not document.segments:
        return read_plain_text(document.text or "", seconds=seconds), language_code(document.language)
    timed = [Word(word=part.word, start=part.start, end=max(part.start, part.end)) for part in words]
    if any(word.word[:1].isspace() for word in timed):  # Whisper marks the starts of words by spaces
        timed = join_pieces(timed)
    segments = [
        Segment(
            text=plain_text(part.text),
            start=part.start,
            end=max(part.start, part.end),
            confidence=part.confidence,
            language=language_code(part.language),
        )
        for part in document.segments or ()
    ]
    found = assemble(
        [word.model_copy(update={"word": plain_text(word.word)}) for word in timed],
        segments,
        language=None,
        seconds=seconds,
    )
    return found.model_copy(update={"sections": document.sections}), language_code(document.language)


def _parse(text: str) -> _Document:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidCaptionsError(f"not JSON: {error.msg}", line=error.lineno, remedy=REMEDY) from error
    except (RecursionError, ValueError) as error:  # nested too deeply, or a number of thousands of digits
        raise InvalidCaptionsError("not a transcript in JSON", remedy=REMEDY) from error
    if isinstance(value, list):
        value = {"segments": value}
    try:
        return _Document.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        message = f"{_place(first)}: {_problem(first)}"
        raise InvalidCaptionsError(message.encode("utf-8", "replace").decode(), remedy=REMEDY) from error


def _place(error: ErrorDetails) -> str:
    """Return the path of the invalid value, such as `segments[0].start`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    return path.removeprefix(".") or "document"


def _problem(error: ErrorDetails) -> str:
    """Return the message of Pydantic, without the names of classes."""
    if error["type"] in {"model_type", "model_attributes_type", "dict_type"}:
        return "must be a JSON object"
    return error["msg"]
