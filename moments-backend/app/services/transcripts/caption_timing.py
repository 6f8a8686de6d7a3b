"""Times of words inside captions: distributed over the speech in them, by letters."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from app.ai.transcription.normalization import interpolate_word_times
from app.ai.transcription.vad import AudioContent, Span
from app.ai.transcription.wav import SAMPLE_RATE, Wav
from app.core.concurrency import CancelCheck
from app.models.transcript import Segment, Word

LONG_SILENCE_SECONDS = 0.7
"""Shorter pauses between words count as speech; see `merged`."""
MIN_SPEECH_SHARE = 0.2
"""Captions with less speech, such as descriptions of noises, keep times by letters alone."""
PIECE_SECONDS = 180.0
"""Audio in memory at a time."""


def analyse_audio(wav_file: Path, check: CancelCheck) -> AudioContent:
    """Return what 16 kHz audio contains. Blocks for about 1/100 of its duration.

    Raises:
        LocalFileError: the file cannot be read.
    """
    wav, content = Wav.open(wav_file), AudioContent()
    step = int(PIECE_SECONDS * SAMPLE_RATE)
    for first in range(0, wav.length, step):
        check()
        content.add(wav.read(first, min(first + step, wav.length)), first / SAMPLE_RATE)
    return content


def time_words(segment: Segment, speech: Sequence[Span]) -> list[Word]:
    """Return the words of a caption with times in its speech, none of them in a long silence."""
    spoken = _clipped(segment, speech)
    total = sum(end - start for start, end in spoken)
    if total < MIN_SPEECH_SHARE * (segment.end - segment.start):
        return interpolate_word_times(segment)
    # Interpolate on an axis without the silences, then map every word to the span that holds its middle.
    axis = interpolate_word_times(segment.model_copy(update={"start": 0.0, "end": total}))
    offsets = [0.0]
    for start, end in spoken:
        offsets.append(offsets[-1] + end - start)
    words = []
    for word in axis:
        middle = (word.start + word.end) / 2
        index = min(max(bisect_left(offsets, middle) - 1, 0), len(spoken) - 1)
        shift = spoken[index][0] - offsets[index]
        start, end = max(word.start + shift, spoken[index][0]), min(word.end + shift, spoken[index][1])
        words.append(word.model_copy(update={"start": start, "end": end}))
    return _ordered(words)


def _clipped(segment: Segment, speech: Sequence[Span]) -> list[Span]:
    index = bisect_left(speech, segment.start, key=lambda span: span[1])
    found = []
    while index < len(speech) and speech[index][0] < segment.end:
        start, end = max(speech[index][0], segment.start), min(speech[index][1], segment.end)
        if end > start:
            found.append((start, end))
        index += 1
    return found


def _ordered(words: list[Word]) -> list[Word]:
    """Limit the end of each word to the start of the next one."""
    limited = [
        word if word.end <= following.start else word.model_copy(update={"end": following.start})
        for word, following in pairwise(words)
    ]
    return [*limited, *words[-1:]]
