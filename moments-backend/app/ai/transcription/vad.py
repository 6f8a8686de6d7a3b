"""Voice activity detection by Silero VAD, which faster-whisper bundles.

Whisper derives word times from attention, so a word before a pause may extend up to 1.2 s into it. Trimmed
to the voice, ends are accurate to 0.1 s (docs/decisions/0010).
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
    """Disjoint spans of speech in order, in seconds."""

    spans: tuple[tuple[float, float], ...]

    @classmethod
    def detect(cls, samples: NDArray[np.float32]) -> "SpeechSpans":
        """Detect speech in 16 kHz samples from -1 to 1. Blocks for about 1/350 of their duration."""
        vad: Any = importlib.import_module("faster_whisper.vad")  # imported late, since it takes a second
        options = vad.VadOptions(min_silence_duration_ms=MIN_SILENCE_MS, speech_pad_ms=PADDING_MS)
        found: list[dict[str, int]] = vad.get_speech_timestamps(samples, options)
        return cls(tuple((span["start"] / SAMPLE_RATE, span["end"] / SAMPLE_RATE) for span in found))

    def trimmed(self, start: float, end: float) -> tuple[float, float]:
        """Return the part of `start … end` in the span that covers most of it, or all without speech."""
        best, most = (start, end), 0.0
        index = bisect_left(self.spans, start, key=lambda span: span[1])
        while index < len(self.spans) and self.spans[index][0] < end:
            low, high = max(start, self.spans[index][0]), min(end, self.spans[index][1])
            if high - low > most:
                best, most = (low, high), high - low
            index += 1
        return best
