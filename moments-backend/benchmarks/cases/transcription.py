"""Speed and word error rate of the bundled Whisper model."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from app.ai.transcription.base import AudioSource, Transcriber
from app.ai.transcription.factory import create_transcriber
from app.core.config import Settings
from app.models.transcript import Transcript
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import BenchmarkError
from benchmarks.speech import Recording, add_noise, record
from benchmarks.workbench import Workbench
from evaluation.word_errors import split_words, word_errors

DEFAULT_BEAM, FAST_BEAM = 5, 1
NOISE_DECIBELS = 10
REAL_TIME = 1.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of audio per second of wall-clock time and of processor time."""

    per_second: float
    per_cpu_second: float


def measure(bench: Workbench) -> list[Measurement]:
    clean = record(bench.folder("speech"), sections=bench.size(6, quick=1), voices=bench.size(3, quick=1))
    folder = bench.folder("noise")
    noisy = [add_noise(recording, folder, decibels=NOISE_DECIBELS) for recording in clean]
    default, fast = _transcriber(DEFAULT_BEAM), _transcriber(FAST_BEAM)
    longest = max(clean, key=lambda recording: recording.seconds)
    _transcript(default, longest)  # loads the model
    rounds = take_turns(bench.rounds, lambda: _speed(default, longest), lambda: _speed(fast, longest))
    words = sum(len(split_words(recording.text)) for recording in clean)
    return [
        *(
            Measurement(
                what=f"transcription by Whisper tiny.en, beam {beam}, {longest.seconds:.0f} s of speech",
                peer_name="real time",
                unit="seconds of audio per second",
                pairs=[(speed.per_second, REAL_TIME) for speed in speeds],
                target=Target(Bound.AT_LEAST, 10),
                note=f"{median(speed.per_cpu_second for speed in speeds):.1f} s of it per second of one core",
            )
            for beam, speeds in zip((DEFAULT_BEAM, FAST_BEAM), zip(*rounds, strict=True), strict=True)
        ),
        *(
            Measurement(
                what=f"word error rate of beam {DEFAULT_BEAM}, {condition}",
                peer_name=f"beam {FAST_BEAM}",
                unit="% of words",
                pairs=[(_error_rate(default, recordings), _error_rate(fast, recordings))],
                note=f"{words} words, {len(recordings)} eSpeak NG voices, harder than people",
            )
            for condition, recordings in (
                ("clean speech", clean),
                (f"white noise {NOISE_DECIBELS} dB below it", noisy),
            )
        ),
    ]


def _transcriber(beam_size: int) -> Transcriber:
    return create_transcriber(
        Settings(transcription_engine="whisper", whisper_model=None, whisper_beam_size=beam_size)
    )


def _speed(transcriber: Transcriber, recording: Recording) -> Speed:
    clock, processor = time.perf_counter(), time.process_time()
    _transcript(transcriber, recording)
    return Speed(
        recording.seconds / (time.perf_counter() - clock),
        recording.seconds / (time.process_time() - processor),
    )


def _error_rate(transcriber: Transcriber, recordings: Sequence[Recording]) -> float:
    """Return the word error rate in percent."""
    errors = sum(
        word_errors(recording.text, _transcript(transcriber, recording).text) for recording in recordings
    )
    return 100 * errors / sum(len(split_words(recording.text)) for recording in recordings)


def _transcript(transcriber: Transcriber, recording: Recording) -> Transcript:
    async def file() -> Path:
        return recording.path

    async def link() -> str:
        raise BenchmarkError("the bundled transcriber requested a link instead of the file")

    return asyncio.run(transcriber.transcribe(AudioSource(file, link)))
