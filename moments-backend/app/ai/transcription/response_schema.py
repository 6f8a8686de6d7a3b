"""Responses of transcription servers: our transcript format, OpenAI's verbose JSON, and NeMo's."""

import math

from pydantic import AliasChoices, AliasPath, BaseModel, Field, ValidationError

from app.ai.transcription.normalization import assemble
from app.ai.transcription.words import has_leading_spaces, join_pieces, spell_as
from app.core.exceptions import InvalidModelResponseError
from app.core.languages import language_code
from app.models.transcript import Seconds, Segment, Transcript, TranscriptSource, Word

MAX_QUOTED = 200
"""Characters of a response quoted in an error."""

REMEDY = "check that the server is a transcription service whose model returns timestamps, or retry"


class _Timed(BaseModel):
    start: Seconds
    end: Seconds


class TranscriptionResponseWord(_Timed):
    word: str = Field(validation_alias=AliasChoices("word", "text"))


class TranscriptionResponseSegment(_Timed):
    text: str = Field(validation_alias=AliasChoices("text", "segment"))
    avg_logprob: float | None = Field(default=None, allow_inf_nan=False)

    def to_segment(self) -> Segment:
        confidence = None if self.avg_logprob is None else round(math.exp(min(0.0, self.avg_logprob)), 3)
        return Segment(text=self.text, start=self.start, end=self.end, confidence=confidence)


class TranscriptionResponse(BaseModel):
    """Response of a server: only the text is required; with speech, either words or segments are too."""

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


def parse_transcript(
    body: bytes,
    *,
    server: str,
    language: str | None,
    source: TranscriptSource,
    seconds: float | None = None,
) -> Transcript:
    """Parse the response of a server.

    Args:
        language: the requested language, used if the response has none.
        seconds: length of the audio; by default the length that the server reports.

    Raises:
        InvalidModelResponseError: not JSON, of an unknown shape, or a text without timestamps.
    """
    try:
        response = TranscriptionResponse.model_validate_json(body)
    except ValidationError as error:
        raise InvalidModelResponseError(
            f"{server} did not return a transcript: {_reason(error, body)}", remedy=REMEDY
        ) from error
    words = [Word(word=part.word, start=part.start, end=part.end) for part in response.words or ()]
    segments = [part.to_segment() for part in response.segments or ()]
    if response.text.strip() and not words and not segments:
        raise InvalidModelResponseError(f"{server} returned a text without timestamps", remedy=REMEDY)
    if has_leading_spaces(words):
        words = join_pieces(words)
    return assemble(
        spell_as(words, response.text),
        segments,
        language=language_code(response.language) or language,
        seconds=seconds or response.duration or math.inf,
        source=source,
    )


def _reason(error: ValidationError, body: bytes) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        text = " ".join(body[: 4 * MAX_QUOTED].decode(errors="replace").split())
        return f"not JSON: {text[:MAX_QUOTED]!r}" if text else "empty response"
    path = ".".join(map(str, first["loc"]))
    return f"{path or 'response'}: {first['msg'].lower()}"
