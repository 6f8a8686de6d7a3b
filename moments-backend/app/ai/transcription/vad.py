"""Where a voice is heard, by silero VAD, which faster-whisper carries.

Whisper's word times come from its attention, which lets a word before a pause reach far into it: by up to
1.2 s in speech of known times. Trimmed to the voice, ends are right within 0.1 s (docs/decisions/0010).
"""

import importlib
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.wav import SAMPLE_RATE

MIN_SILENCE_MS = 100
PADDING_MS = 30


@dataclass(frozen=True, slots=True)
class SpeechSpans:
    """Spans in seconds, in order and apart."""

    spans: tuple[tuple[float, float], ...]

    @classmethod
    def in_samples(cls, samples: NDArray[np.float32]) -> "SpeechSpans":
        """About 1/350 of the samples' time; blocks."""
        vad: Any = importlib.import_module("faster_whisper.vad")  # here, since it takes a second
        options = vad.VadOptions(min_silence_duration_ms=MIN_SILENCE_MS, speech_pad_ms=PADDING_MS)
        found: list[dict[str, int]] = vad.get_speech_timestamps(samples, options)
        return cls(tuple((span["start"] / SAMPLE_RATE, span["end"] / SAMPLE_RATE) for span in found))

    def trimmed(self, start: float, end: float) -> tuple[float, float]:
        """`start … end` without the silence around the voice that fills most of it; as it is without any."""
        best, most = (start, end), 0.0
        index = bisect_left(self.spans, start, key=lambda span: span[1])
        while index < len(self.spans) and self.spans[index][0] < end:
            low, high = max(start, self.spans[index][0]), min(end, self.spans[index][1])
            if high - low > most:
                best, most = (low, high), high - low
            index += 1
        return best
