"""What servers answer: the contract's transcript, OpenAI's verbose JSON and NeMo's names for the same."""

import math

from pydantic import AliasChoices, AliasPath, BaseModel, Field, ValidationError

from app.ai.transcription.languages import code_of
from app.ai.transcription.normalization import assemble, restore_punctuation
from app.core.exceptions import InvalidModelResponseError
from app.models.transcript import Seconds, Segment, Transcript, Word

MAX_QUOTED = 200
"""Characters of an answer that an error shows."""

REMEDY = "retry; is it a server for transcriptions, and does its model give times?"


class _Timed(BaseModel):
    start: Seconds
    end: Seconds


class TranscriptionResponseWord(_Timed):
    word: str = Field(validation_alias=AliasChoices("word", "text"))


class TranscriptionResponseSegment(_Timed):
    text: str = Field(validation_alias=AliasChoices("text", "segment"))


class TranscriptionResponse(BaseModel):
    """Only the text has to be there; of words and segments one is enough where anything was said."""

    text: str
    language: str | None = None
    duration: Seconds | None = None
    words: list[TranscriptionResponseWord] | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "word_timestamps", "words", AliasPath("timestamp", "word"), AliasPath("timestamps", "word")
        ),
    )
    segments: list[TranscriptionResponseSegment] | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "segment_timestamps",
            "segments",
            AliasPath("timestamp", "segment"),
            AliasPath("timestamps", "segment"),
        ),
    )


def transcript_in(
    body: bytes, *, server: str, language: str | None, seconds: float | None = None
) -> Transcript:
    """The transcript in a server's answer.

    Args:
        language: what the server was told, where it tells none itself.
        seconds: the length of the sound, where it is known; else the server's word for it is taken.

    Raises:
        InvalidModelResponseError: it is no JSON, none of the known shapes, or has a text without any times.
    """
    try:
        answer = TranscriptionResponse.model_validate_json(body)
    except ValidationError as error:
        raise InvalidModelResponseError(
            f"{server} does not answer with a transcript: {_reason(error, body)}", remedy=REMEDY
        ) from error
    words = [Word(word=part.word, start=part.start, end=part.end) for part in answer.words or ()]
    segments = [Segment(text=part.text, start=part.start, end=part.end) for part in answer.segments or ()]
    if answer.text.strip() and not words and not segments:
        raise InvalidModelResponseError(f"{server} answers with a text without times", remedy=REMEDY)
    return assemble(
        restore_punctuation(words, answer.text),
        segments,
        language=code_of(answer.language) or language,
        seconds=seconds or answer.duration or math.inf,
    )


def _reason(error: ValidationError, body: bytes) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        said = " ".join(body[: 4 * MAX_QUOTED].decode(errors="replace").split())
        return f"it says {said[:MAX_QUOTED]!r}" if said else "it says nothing"
    place = ".".join(map(str, first["loc"]))
    return f"{place or 'it'}: {first['msg'].lower()}"
