"""Splitting of audio at quiet positions, and trimming of times to speech."""

from pathlib import Path

import numpy as np
import pytest

from app.ai.transcription.vad import SpeechSpans
from app.ai.transcription.wav import SAMPLE_RATE, Wav, as_wav
from tests.ai.transcription.support.audio import noise, silence


def test_piece_ends_in_a_pause(tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    path.write_bytes(as_wav(np.concatenate([noise(6), silence(1), noise(6)])))
    wav = Wav.open(path)

    end = wav.end_of_piece(0, longest=9, search=5)

    assert 6 <= end / SAMPLE_RATE <= 7
    assert wav.end_of_piece(end, longest=9, search=5) == wav.length


@pytest.mark.parametrize(("longest", "search"), [(2, 1), (2, 2), (2, 50), (0.1, 0.05)])
def test_pieces_cover_the_audio_once(tmp_path: Path, longest: float, search: float) -> None:
    path = tmp_path / "speech.wav"
    samples = noise(7.3)
    path.write_bytes(as_wav(samples))
    wav = Wav.open(path)

    pieces, first = [], 0
    while first < wav.length:
        last = wav.end_of_piece(first, longest=longest, search=search)
        assert first < last <= first + longest * SAMPLE_RATE
        pieces.append(wav.read(first, last))
        first = last

    assert np.array_equal(np.concatenate(pieces), samples)


def test_times_are_trimmed_to_speech() -> None:
    speech = SpeechSpans(((1.0, 2.0), (3.0, 5.0)))

    assert speech.trimmed(0.5, 2.5) == (1.0, 2.0)
    assert speech.trimmed(1.8, 3.5) == (3.0, 3.5)
    assert speech.trimmed(1.2, 1.4) == (1.2, 1.4)
    assert speech.trimmed(2.2, 2.8) == (2.2, 2.8), "unchanged without speech"
    assert speech.trimmed(6.0, 7.0) == (6.0, 7.0)
