"""Transcript from the segments that Whisper decoded."""

from collections import Counter
from collections.abc import Sequence

from app.ai.transcription.inventions import DecodedSegment, without_repeated_segments
from app.ai.transcription.normalization import assemble
from app.ai.transcription.sections import build_sections
from app.ai.transcription.vad import AudioContent
from app.core.languages import language_code
from app.models.transcript import Segment, Transcript


def build_transcript(
    segments: Sequence[DecodedSegment], content: AudioContent, *, language: str | None, seconds: float
) -> Transcript:
    """Return the transcript with its languages and sections.

    Args:
        language: the given or detected language, for a transcript without any words.
        seconds: length of the audio.
    """
    segments = without_repeated_segments(segments)
    spoken = Counter[str]()
    for segment in segments:
        spoken[_code(segment.language)] += len(segment.text)
    main = spoken.most_common(1)[0][0] if spoken else (_code(language) if language else None)
    transcript = assemble(
        [word for segment in segments for word in segment.words],
        [
            Segment(
                text=segment.text,
                start=segment.start,
                end=segment.end,
                confidence=round(min(1.0, segment.confidence), 3),
                language=code if (code := _code(segment.language)) != main else None,
            )
            for segment in segments
        ],
        language=main,
        seconds=seconds,
        source="whisper",
    )
    return transcript.model_copy(
        update={
            "languages": [code for code, _ in spoken.most_common()] or ([main] if main else []),
            "sections": build_sections(content, transcript.word_timestamps, seconds),
        }
    )


def _code(language: str) -> str:
    """Return the ISO code of Whisper's code, which deviates for Javanese."""
    return "jv" if language == "jw" else language_code(language) or language
