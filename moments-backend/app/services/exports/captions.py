"""The words of an exported range, and captions that start with it."""

from app.ai.transcription.normalization import interpolate_word_times
from app.models.transcript import Transcript, Word


def words_between(transcript: Transcript, start: float, end: float) -> list[Word]:
    """Return the words whose middle is in the range, in seconds of the video.

    Words of a transcript without word times get them from their segments.
    """
    if transcript.word_timestamps:
        words = transcript.word_timestamps
    else:
        near = (s for s in transcript.segment_timestamps if s.end > start and s.start < end)
        words = [word for segment in near for word in interpolate_word_times(segment)]
    return [word for word in words if start <= (word.start + word.end) / 2 < end]


def excerpt(transcript: Transcript, start: float, end: float) -> Transcript:
    """Return the words of the range with times from its start, for captions."""
    words = [
        Word(
            word=word.word,
            start=round(max(word.start - start, 0.0), 3),
            end=round(min(word.end, end) - start, 3),
        )
        for word in words_between(transcript, start, end)
    ]
    text = " ".join(word.word for word in words)
    return Transcript(text=text, language=transcript.language, word_timestamps=words, segment_timestamps=[])
