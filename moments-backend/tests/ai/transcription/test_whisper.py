"""Whisper with its real model on synthesized speech."""

import asyncio
import gc
import sys
import threading
import traceback
import weakref
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.ai.transcription import whisper_model
from app.ai.transcription.base import TranscriptionOptions
from app.ai.transcription.decoding import Decoder, Excerpt
from app.ai.transcription.vad import SpeechSpans, as_float
from app.ai.transcription.wav import SAMPLE_RATE, as_wav
from app.ai.transcription.whisper import Whisper
from app.core.exceptions import (
    CancelledByUserError,
    ConfigurationError,
    CorruptFileError,
    EngineError,
    LocalFileNotFoundError,
    ModelMissingError,
)
from app.models.transcript import Transcript
from tests.ai.transcription.conftest import whisper_settings
from tests.ai.transcription.support.audio import (
    SENTENCES,
    Speech,
    audio_at,
    melody,
    noise,
    normalized_words,
    silence,
    synthesize,
)

NAMES = ("Procrastinate", "Valkey", "Quellstadt")

TOLERANCE_SECONDS = 0.4


def assert_consistent(transcript: Transcript, seconds: float) -> None:
    """Assert ordered times within the audio and trimmed words."""
    for parts in (transcript.word_timestamps, transcript.segment_timestamps):
        previous = 0.0
        for part in parts:
            assert previous <= part.start <= part.end <= seconds
            previous = part.end
    assert all(word.word and word.word == word.word.strip() for word in transcript.word_timestamps)
    assert " ".join(word.word for word in transcript.word_timestamps) == transcript.text


def assert_matches(
    transcript: Transcript, sentences: Sequence[str], times: Sequence[tuple[float, float]]
) -> None:
    """Assert that at most 5 % of the words differ and each sentence has its time."""
    expected = [normalized_words(sentence) for sentence in sentences]
    spoken = [word for sentence in expected for word in sentence]
    transcribed = [" ".join(normalized_words(word.word)) for word in transcript.word_timestamps]
    # Whisper samples if it is uncertain, so that words may be replaced or merged.
    matching = SequenceMatcher(None, spoken, transcribed, autojunk=False)
    positions = {
        block.a + n: block.b + n for block in matching.get_matching_blocks() for n in range(block.size)
    }
    assert len(positions) >= 0.95 * max(len(spoken), len(transcribed)), transcript.text
    position = 0
    for sentence, (start, end) in zip(expected, times, strict=True):
        first, last = positions.get(position), positions.get(position + len(sentence) - 1)
        position += len(sentence)
        if first is not None:
            assert transcript.word_timestamps[first].start == pytest.approx(start, abs=TOLERANCE_SECONDS)
        if last is not None:
            assert transcript.word_timestamps[last].end == pytest.approx(end, abs=TOLERANCE_SECONDS)


@pytest.mark.slow
async def test_words_have_the_times_of_the_speech(whisper: Whisper, tmp_path: Path) -> None:
    spoken = synthesize(pause=1.5)

    transcript = await whisper.transcribe(audio_at(spoken.write(tmp_path / "speech.wav")))

    assert_consistent(transcript, spoken.seconds)
    assert transcript.language == "en"
    assert_matches(transcript, SENTENCES, spoken.times)


@pytest.mark.slow
async def test_pieces_do_not_lose_or_repeat_words(tmp_path: Path) -> None:
    spoken = synthesize(SENTENCES * 2, pause=0.6)
    in_pieces = Whisper(whisper_settings(), piece_seconds=8, search_seconds=5)
    progress: list[tuple[float, float]] = []

    transcript = await in_pieces.transcribe(
        audio_at(spoken.write(tmp_path / "speech.wav")),
        on_progress=lambda done, total: progress.append((done, total)),
    )

    assert_consistent(transcript, spoken.seconds)
    assert_matches(transcript, SENTENCES * 2, spoken.times)
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)
    assert len(progress) > spoken.seconds / 8
    assert progress[-1] == (spoken.seconds, spoken.seconds)


@pytest.mark.slow
@pytest.mark.parametrize(
    "samples",
    [silence(0), silence(1 / SAMPLE_RATE), silence(3), noise(3), silence(20), noise(20)],
    ids=["no sample", "one sample", "3 s of silence", "3 s of noise", "20 s of silence", "20 s of noise"],
)
async def test_no_speech_yields_no_words(
    whisper: Whisper, tmp_path: Path, samples: np.ndarray[tuple[int], np.dtype[np.int16]]
) -> None:
    path = tmp_path / "quiet.wav"
    path.write_bytes(as_wav(samples))

    transcript = await whisper.transcribe(audio_at(path))

    assert (transcript.text, transcript.word_timestamps, transcript.segment_timestamps) == ("", [], [])


@pytest.mark.slow
async def test_nothing_is_invented_in_ten_minutes(whisper: Whisper, tmp_path: Path) -> None:
    path = tmp_path / "quiet.wav"
    path.write_bytes(as_wav(np.concatenate([silence(200), noise(200), melody(200)])))

    transcript = await whisper.transcribe(audio_at(path), options=TranscriptionOptions(vocabulary=NAMES))

    assert transcript.word_timestamps == []
    assert [
        (part.kind, round(part.start, -1)) for part in transcript.sections if part.end - part.start > 5
    ] == [
        ("silence", 0),
        ("music", 400),
    ]


@pytest.mark.slow
async def test_short_sentence_is_transcribed(whisper: Whisper, tmp_path: Path) -> None:
    spoken = synthesize(SENTENCES[:1], pause=0.5)

    transcript = await whisper.transcribe(audio_at(spoken.write(tmp_path / "short.wav")))

    assert normalized_words(transcript.text) == normalized_words(SENTENCES[0])
    assert len(transcript.segment_timestamps) == 1


@pytest.mark.slow
async def test_speech_at_the_end_of_music_is_found(whisper: Whisper, tmp_path: Path) -> None:
    spoken = synthesize(SENTENCES[:2], pause=0.5)
    music = Speech(melody(60), ())
    path = (music + spoken).write(tmp_path / "speech.wav")

    transcript = await whisper.transcribe(audio_at(path), options=TranscriptionOptions(vocabulary=NAMES))

    assert normalized_words(transcript.text) == normalized_words(" ".join(SENTENCES[:2])), "no invented words"
    assert {part.kind for part in transcript.sections if part.start < 55} == {"music"}
    assert transcript.sections[-1].end == pytest.approx(60 + spoken.seconds, abs=0.001)
    gaps = [later.start - earlier.end for earlier, later in pairwise(transcript.sections)]
    assert max(map(abs, gaps)) < 0.001
    assert any(part.kind == "speech" for part in transcript.sections)
    assert all(0.3 < (part.confidence or 0) <= 1 for part in transcript.segment_timestamps)
    assert (transcript.source, transcript.languages) == ("whisper", ["en"])


@pytest.mark.slow
async def test_voice_without_words_is_unintelligible(whisper: Whisper, tmp_path: Path) -> None:
    # Reversed speech is a voice, but has no words.
    reversed_speech = synthesize(SENTENCES, pause=0.2).samples[::-1]
    path = Speech(reversed_speech, ()).write(tmp_path / "reversed.wav")

    transcript = await whisper.transcribe(audio_at(path), options=TranscriptionOptions(language="en"))

    assert "unintelligible" in {part.kind for part in transcript.sections}


@pytest.mark.slow
async def test_vocabulary_decides_the_spelling(whisper: Whisper, tmp_path: Path) -> None:
    sentence = "Our database is Valkey, and our queue is Procrastinate."
    path = synthesize((sentence,), pause=0.5).write(tmp_path / "names.wav")

    without = await whisper.transcribe(audio_at(path))
    transcript = await whisper.transcribe(audio_at(path), options=TranscriptionOptions(vocabulary=NAMES))

    assert "Valkey" not in without.text
    assert "Valkey" in transcript.text


@pytest.mark.slow
async def test_concurrent_calls_share_the_model(whisper: Whisper, tmp_path: Path) -> None:
    other = Whisper(whisper_settings())
    first = synthesize(SENTENCES[:2]).write(tmp_path / "first.wav")
    second = synthesize(SENTENCES[2:]).write(tmp_path / "second.wav")

    one, two = await asyncio.gather(whisper.transcribe(audio_at(first)), other.transcribe(audio_at(second)))

    assert normalized_words(one.text) == normalized_words(" ".join(SENTENCES[:2]))
    assert normalized_words(two.text) == normalized_words(" ".join(SENTENCES[2:]))
    assert whisper._models.configured is other._models.configured


@pytest.mark.slow
async def test_cancellation_leaves_no_work_running(tmp_path: Path) -> None:
    spoken = synthesize(SENTENCES * 6)
    path = spoken.write(tmp_path / "speech.wav")
    started = asyncio.Event()
    reported: list[float] = []

    def on_progress(done: float, _: float) -> None:
        reported.append(done)
        started.set()

    transcriber = Whisper(whisper_settings(), piece_seconds=10, search_seconds=5)
    call = asyncio.create_task(transcriber.transcribe(audio_at(path), on_progress=on_progress))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert reported[-1] < spoken.seconds / 2
    decoding = [frame for frame in _thread_frames() if "faster_whisper" in frame]
    assert decoding == []


@pytest.mark.slow
def test_stop_is_checked_before_each_decoding(whisper: Whisper) -> None:
    # An uncertain window is decoded up to six times.
    samples = as_float(synthesize(SENTENCES[:1]).samples)
    stop = threading.Event()
    stop.set()
    decoder = Decoder(beam_size=1, vocabulary=(), stop=stop)
    span = (0.0, len(samples) / SAMPLE_RATE)
    excerpt = Excerpt((span,), samples, "en")

    with pytest.raises(CancelledByUserError):
        list(decoder.decode(whisper._models.configured, excerpt, SpeechSpans((span,))))


@pytest.mark.slow
async def test_close_releases_the_model(tmp_path: Path) -> None:
    # The number of threads is part of the model's identity, so no other test shares this one.
    path = synthesize(SENTENCES[:1]).write(tmp_path / "speech.wav")
    transcriber = Whisper(whisper_settings(whisper_threads=1))
    before = await transcriber.transcribe(audio_at(path))
    model = weakref.ref(transcriber._models.configured)

    await transcriber.close()
    gc.collect()

    assert model() is None
    assert await transcriber.transcribe(audio_at(path)) == before, "usable after closing"
    await transcriber.close()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "not a WAV file"),
        (b"no audio but prose", "not a WAV file"),
        (as_wav(noise(1))[:20], "not a WAV file"),
        (as_wav(noise(1))[:-1000], "speech.wav is truncated"),
        (
            as_wav(noise(1)).replace((16_000).to_bytes(4, "little"), (8_000).to_bytes(4, "little"), 1),
            "8000 Hz",
        ),
    ],
    ids=["empty", "prose", "half a header", "truncated", "another rate"],
)
async def test_corrupt_file_raises(whisper: Whisper, tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "speech.wav"
    path.write_bytes(content)

    with pytest.raises(CorruptFileError, match=cause) as caught:
        await whisper.transcribe(audio_at(path))

    assert caught.value.remedy
    assert not caught.value.retryable


async def test_missing_file_raises(whisper: Whisper, tmp_path: Path) -> None:
    with pytest.raises(LocalFileNotFoundError, match=r"speech\.wav no longer exists"):
        await whisper.transcribe(audio_at(tmp_path / "speech.wav"))


async def test_missing_wheel_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whisper_model, "BUNDLE", "a_missing_wheel")
    path = synthesize(SENTENCES[:1]).write(tmp_path / "speech.wav")

    with pytest.raises(ModelMissingError, match="bundled Whisper model is not installed") as caught:
        await Whisper(whisper_settings(whisper_compute_type="float32")).transcribe(audio_at(path))

    assert "make setup" in str(caught.value.remedy)


@pytest.mark.slow
async def test_missing_model_is_not_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = synthesize(SENTENCES[:1]).write(tmp_path / "speech.wav")
    (tmp_path / "empty").mkdir()
    for name, cause in {
        "large-v3": "large-v3 is not on this machine",
        "another/model": "is not on this machine",
        "grand-piano": "neither a directory nor a model",
        str(tmp_path / "empty"): "contains no model.bin",
    }.items():
        with pytest.raises(ModelMissingError, match=cause):
            await Whisper(whisper_settings(whisper_model=name)).transcribe(audio_at(path))


def test_bundled_model_by_name_or_directory() -> None:
    bundled = whisper_model.find(None)

    assert whisper_model.find("tiny.en") == bundled
    assert whisper_model.find(str(bundled)) == bundled
    assert Whisper(whisper_settings()).name == "whisper tiny.en"


async def test_corrupt_model_raises(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"no weights")
    path = synthesize(SENTENCES[:1]).write(tmp_path / "speech.wav")

    with pytest.raises(EngineError, match="cannot be loaded"):
        await Whisper(whisper_settings(whisper_model=str(tmp_path / "model"))).transcribe(audio_at(path))


@pytest.mark.parametrize(
    "changes", [{"whisper_compute_type": "int3"}, {"whisper_device": "abacus"}], ids=["type", "device"]
)
async def test_unsupported_device_or_type_raises(tmp_path: Path, changes: dict[str, object]) -> None:
    path = synthesize(SENTENCES[:1]).write(tmp_path / "speech.wav")

    with pytest.raises(ConfigurationError, match="Whisper cannot run") as caught:
        await Whisper(whisper_settings(**changes)).transcribe(audio_at(path))

    assert "WHISPER_DEVICE" in str(caught.value.remedy)


async def test_unsupported_language_raises(whisper: Whisper, tmp_path: Path) -> None:
    path = tmp_path / "quiet.wav"
    path.write_bytes(as_wav(silence(1)))

    with pytest.raises(ModelMissingError, match="'tlh'"):
        await whisper.transcribe(audio_at(path), options=TranscriptionOptions(language="tlh"))
    english = Whisper(whisper_settings(transcription_language="en-GB"))

    assert (await english.transcribe(audio_at(path))).language == "en"


@pytest.mark.slow
async def test_english_model_alone_transcribes_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper_model, "MULTILINGUAL_PARTS", ("a_missing_wheel",))
    path = synthesize(SENTENCES[1:2]).write(tmp_path / "speech.wav")
    transcriber = Whisper(whisper_settings())

    transcript = await transcriber.transcribe(audio_at(path))

    assert (transcript.language, normalized_words(transcript.text)) == ("en", normalized_words(SENTENCES[1]))
    with pytest.raises(ModelMissingError, match="'de'"):
        await transcriber.transcribe(audio_at(path), options=TranscriptionOptions(language="de"))


def _thread_frames() -> list[str]:
    """Return the source files on the stacks of the other threads."""
    own = threading.get_ident()
    tops = [frame for identity, frame in sys._current_frames().items() if identity != own]
    return [frame.f_code.co_filename for top in tops for frame, _ in traceback.walk_stack(top)]
