"""Detection of text that Whisper invents: loops, improbable text, and text without a voice.

Thresholds and measurements: docs/decisions/0025-whisper-models-and-invented-text.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.ai.transcription.vad import SpeechSpans
from app.ai.transcription.words import normalized
from app.models.transcript import Word

MAX_COMPRESSION_RATIO = 2.4
MIN_LOG_PROBABILITY = -1.0
MAX_NO_SPEECH = 0.6
"""Thresholds of the Whisper paper (https://arxiv.org/abs/2212.04356, section 4.5)."""

MIN_CONFIDENCE = 0.3
"""Mean word probability below which text is not shown."""
MIN_IMPROBABLE_CONFIDENCE = 0.45
"""The same for text below `MIN_LOG_PROBABILITY` or with a high probability of no speech."""
MIN_VOICE_SHARE = 0.3
"""Share of a segment's time with voice."""
MAX_LETTERS_PER_SECOND = 35.0
"""Fast speech has 25 letters per second of voice."""
FREE_LETTERS = 5
"""Letters that are accepted in any voice, since its span is rounded to frames."""

MAX_LOOP_WORDS = 12
"""Longest repeated phrase."""
LOOP_REPEATS = 4
SINGLE_WORD_REPEATS = 6
"""People repeat words, but seldom six times."""

_SOUND_NAMES = "МУЗЫКА|АПЛОДИСМЕНТЫ|СМЕХ|MUSIC|MUSIK|MUSIQUE|MÚSICA|MUSICA|APPLAUSE|LAUGHTER"
SOUNDS = re.compile(rf"[\W_]*(?:[A-ZА-ЯЁ]+ )?(?:{_SOUND_NAMES})[\W_]*")
"""Descriptions of music and noises, which subtitles write in capitals."""

CREDITS = re.compile(
    r"amara\.org|untertitel (im auftrag|von|der amara)|sous-titr(es|age) (réalisés|société|st)"
    r"|subtítulos (realizados )?por|sottotitoli (e revisione )?(a cura|creati)|subtitles by|transcribed by",
    re.IGNORECASE,
)
"""Credits of the subtitles in the model's training data."""


@dataclass(frozen=True, slots=True)
class DecodedSegment:
    """A segment of Whisper in seconds of the recording.

    Attributes:
        confidence: mean probability of its words.
        log_probability: mean of the tokens of its window.
        no_speech: probability that its window contains no speech.
        compression_ratio: of the text of its window.
    """

    text: str
    words: tuple[Word, ...]
    confidence: float
    log_probability: float
    no_speech: float
    compression_ratio: float
    language: str

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def is_doubtful(self) -> bool:
        return self.confidence < MIN_IMPROBABLE_CONFIDENCE or self.log_probability < MIN_LOG_PROBABILITY


def without_inventions(
    window: Sequence[DecodedSegment], voice: SpeechSpans, vocabulary: Sequence[str] = ()
) -> list[DecodedSegment]:
    """Return the segments of a decoded window that were spoken."""
    if has_loop([normalized(word.word) for segment in window for word in segment.words]):
        window = [segment for segment in window if not _is_part_of_loop(segment, window)]
    return [segment for segment in window if not _is_invented(segment, voice, vocabulary)]


def without_repeated_segments(segments: Sequence[DecodedSegment]) -> list[DecodedSegment]:
    """Remove runs of identical doubtful segments, as of a loop that spans several windows."""
    kept: list[DecodedSegment] = []
    first = 0
    while first < len(segments):
        last = first
        while last + 1 < len(segments) and segments[last + 1].text == segments[first].text:
            last += 1
        run = segments[first : last + 1]
        is_loop = len(run) >= LOOP_REPEATS and sum(item.confidence for item in run) / len(run) < 0.6  # noqa: PLR2004
        if not is_loop:
            kept.extend(run)
        first = last + 1
    return kept


def has_loop(words: Sequence[str]) -> bool:
    """Return whether a phrase of up to `MAX_LOOP_WORDS` is repeated in direct succession."""
    for length in range(1, min(MAX_LOOP_WORDS, len(words) // LOOP_REPEATS) + 1):
        needed = (SINGLE_WORD_REPEATS if length == 1 else LOOP_REPEATS) * length - length
        equal = 0
        for index in range(length, len(words)):
            equal = equal + 1 if words[index] == words[index - length] else 0
            if equal >= needed:
                return True
    return False


def _is_part_of_loop(segment: DecodedSegment, window: Sequence[DecodedSegment]) -> bool:
    words = [normalized(word.word) for word in segment.words]
    others = [[normalized(word.word) for word in other.words] for other in window if other is not segment]
    return has_loop(words) or words in others or not others


def _is_invented(segment: DecodedSegment, voice: SpeechSpans, vocabulary: Sequence[str]) -> bool:
    if not any(normalized(word.word) for word in segment.words):
        return True
    spoken = sum(voice.seconds_within(word.start, word.end) for word in segment.words)
    length = max(sum(word.end - word.start for word in segment.words), 0.1)
    if spoken / length < MIN_VOICE_SHARE:
        return True
    letters = sum(len(normalized(word.word)) for word in segment.words)
    voiced = voice.seconds_within(segment.start, segment.end)
    if letters > FREE_LETTERS + MAX_LETTERS_PER_SECOND * voiced:
        return True
    if segment.compression_ratio > MAX_COMPRESSION_RATIO and segment.confidence < MIN_IMPROBABLE_CONFIDENCE:
        return True
    is_improbable = segment.log_probability < MIN_LOG_PROBABILITY or segment.no_speech > MAX_NO_SPEECH
    least = MIN_IMPROBABLE_CONFIDENCE if is_improbable else MIN_CONFIDENCE
    is_caption = CREDITS.search(segment.text) or SOUNDS.fullmatch(segment.text)
    return segment.confidence < least or bool(is_caption) or _is_echo(segment, vocabulary)


def _is_echo(segment: DecodedSegment, vocabulary: Sequence[str]) -> bool:
    """Return whether the segment only lists terms of the vocabulary in their order, as the prompt does."""
    terms = [normalized(term) for term in vocabulary]
    letters = "".join(normalized(word.word) for word in segment.words)
    return (
        any(
            letters == "".join(terms[first:last])
            for first in range(len(terms))
            for last in range(first + 2, len(terms) + 1)
            if len(terms[first]) <= len(letters)
        )
        if letters
        else True
    )
