"""The real model on real speech."""

import asyncio
import gc
import sys
import threading
import traceback
import weakref
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

from app.ai.transcription import whisper_model
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
from tests.ai.transcription.support.audio import SENTENCES, audio_at, bare, noise, silence, talk

TOLERANCE_SECONDS = 0.4


def assert_sane(transcript: Transcript, seconds: float) -> None:
    """Times in order and within the sound, words without spaces around them."""
    for parts in (transcript.word_timestamps, transcript.segment_timestamps):
        previous = 0.0
        for part in parts:
            assert previous <= part.start <= part.end <= seconds
            previous = part.end
    assert all(word.word and word.word == word.word.strip() for word in transcript.word_timestamps)
    assert " ".join(word.word for word in transcript.word_timestamps) == transcript.text


def assert_said_at(
    transcript: Transcript, sentences: Sequence[str], times: Sequence[tuple[float, float]]
) -> None:
    """No word lost or doubled, hardly one misheard, each sentence where it was said."""
    expected = [bare(sentence) for sentence in sentences]
    said = [word for sentence in expected for word in sentence]
    heard = [" ".join(bare(word.word)) for word in transcript.word_timestamps]
    # Whisper draws lots where it is not sure, so one word may come out as another, or two as one.
    matching = SequenceMatcher(None, said, heard, autojunk=False)
    place = {block.a + n: block.b + n for block in matching.get_matching_blocks() for n in range(block.size)}
    assert len(place) >= 0.95 * max(len(said), len(heard)), transcript.text
    position = 0
    for sentence, (start, end) in zip(expected, times, strict=True):
        first, last = place.get(position), place.get(position + len(sentence) - 1)
        position += len(sentence)
        if first is not None:
            assert transcript.word_timestamps[first].start == pytest.approx(start, abs=TOLERANCE_SECONDS)
        if last is not None:
            assert transcript.word_timestamps[last].end == pytest.approx(end, abs=TOLERANCE_SECONDS)


async def test_words_come_with_the_times_at_which_they_are_said(whisper: Whisper, tmp_path: Path) -> None:
    spoken = talk(pause=1.5)

    transcript = await whisper.transcribe(audio_at(spoken.write(tmp_path / "talk.wav")))

    assert_sane(transcript, spoken.seconds)
    assert transcript.language == "en"
    assert_said_at(transcript, SENTENCES, spoken.times)


async def test_pieces_neither_lose_nor_double_a_word(tmp_path: Path) -> None:
    spoken = talk(SENTENCES * 2, pause=0.6)
    in_pieces = Whisper(whisper_settings(), piece_seconds=8, search_seconds=5)
    progress: list[tuple[float, float]] = []

    transcript = await in_pieces.transcribe(
        audio_at(spoken.write(tmp_path / "talk.wav")),
        on_progress=lambda done, total: progress.append((done, total)),
    )

    assert_sane(transcript, spoken.seconds)
    assert_said_at(transcript, SENTENCES * 2, spoken.times)
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)
    assert len(progress) > spoken.seconds / 8
    assert progress[-1] == (spoken.seconds, spoken.seconds)


@pytest.mark.parametrize(
    "samples",
    [silence(0), silence(1 / SAMPLE_RATE), silence(3), noise(3), silence(20), noise(20)],
    ids=["no sample", "one sample", "3 s of silence", "3 s of noise", "20 s of silence", "20 s of noise"],
)
async def test_where_nothing_is_said_there_are_no_words(
    whisper: Whisper, tmp_path: Path, samples: np.ndarray[tuple[int], np.dtype[np.int16]]
) -> None:
    path = tmp_path / "quiet.wav"
    path.write_bytes(as_wav(samples))

    assert await whisper.transcribe(audio_at(path)) == Transcript(
        text="", language="en", word_timestamps=[], segment_timestamps=[]
    )


async def test_one_short_sentence_is_heard(whisper: Whisper, tmp_path: Path) -> None:
    spoken = talk(SENTENCES[:1], pause=0.5)

    transcript = await whisper.transcribe(audio_at(spoken.write(tmp_path / "short.wav")))

    assert bare(transcript.text) == bare(SENTENCES[0])
    assert len(transcript.segment_timestamps) == 1


async def test_two_at_once_share_the_model_and_do_not_mix(whisper: Whisper, tmp_path: Path) -> None:
    other = Whisper(whisper_settings())
    first = talk(SENTENCES[:2]).write(tmp_path / "first.wav")
    second = talk(SENTENCES[2:]).write(tmp_path / "second.wav")

    one, two = await asyncio.gather(whisper.transcribe(audio_at(first)), other.transcribe(audio_at(second)))

    assert bare(one.text) == bare(" ".join(SENTENCES[:2]))
    assert bare(two.text) == bare(" ".join(SENTENCES[2:]))
    assert whisper._model is other._model


async def test_a_cancelled_call_ends_and_leaves_no_work_behind(tmp_path: Path) -> None:
    spoken = talk(SENTENCES * 6)
    path = spoken.write(tmp_path / "talk.wav")
    begun = asyncio.Event()
    seen: list[float] = []

    def note(done: float, _: float) -> None:
        seen.append(done)
        begun.set()

    transcriber = Whisper(whisper_settings(), piece_seconds=10, search_seconds=5)
    call = asyncio.create_task(transcriber.transcribe(audio_at(path), on_progress=note))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert seen[-1] < spoken.seconds / 2
    decoding = [frame for frame in _thread_frames() if "faster_whisper" in frame]
    assert decoding == []


async def test_a_stop_is_seen_before_the_next_decoding(whisper: Whisper, tmp_path: Path) -> None:
    """Within a window too, which a doubtful one is decoded up to six times for."""
    path = talk(SENTENCES[:1]).write(tmp_path / "talk.wav")
    await whisper.transcribe(audio_at(path))
    stop = threading.Event()
    stop.set()

    with pytest.raises(CancelledByUserError):
        list(whisper._listen(whisper._model, path, stop))


async def test_closing_gives_the_model_back(tmp_path: Path) -> None:
    """Threads are part of the model's identity: this one is nobody else's."""
    path = talk(SENTENCES[:1]).write(tmp_path / "talk.wav")
    transcriber = Whisper(whisper_settings(whisper_threads=1))
    before = await transcriber.transcribe(audio_at(path))
    model = weakref.ref(transcriber._model)

    await transcriber.close()
    gc.collect()

    assert model() is None
    assert await transcriber.transcribe(audio_at(path)) == before, "it can be used again"
    await transcriber.close()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "no WAV file"),
        (b"no sound at all, but prose", "no WAV file"),
        (as_wav(noise(1))[:20], "no WAV file"),
        (as_wav(noise(1))[:-1000], "the end of talk.wav is missing"),
        (
            as_wav(noise(1)).replace((16_000).to_bytes(4, "little"), (8_000).to_bytes(4, "little"), 1),
            "8000 Hz",
        ),
    ],
    ids=["empty", "prose", "half a head", "cut short", "another rate"],
)
async def test_a_damaged_file_is_named(whisper: Whisper, tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(content)

    with pytest.raises(CorruptFileError, match=cause) as caught:
        await whisper.transcribe(audio_at(path))

    assert caught.value.remedy
    assert not caught.value.retryable


async def test_a_file_that_is_gone_is_named(whisper: Whisper, tmp_path: Path) -> None:
    with pytest.raises(LocalFileNotFoundError, match=r"talk\.wav is gone"):
        await whisper.transcribe(audio_at(tmp_path / "talk.wav"))


async def test_a_missing_wheel_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper_model, "BUNDLE", "a_wheel_that_is_not_there")
    path = talk(SENTENCES[:1]).write(tmp_path / "talk.wav")

    with pytest.raises(ModelMissingError, match="bundled Whisper model is not installed") as caught:
        await Whisper(whisper_settings(whisper_compute_type="float32")).transcribe(audio_at(path))

    assert "make setup" in str(caught.value.remedy)


async def test_a_model_that_is_not_here_is_never_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = talk(SENTENCES[:1]).write(tmp_path / "talk.wav")
    (tmp_path / "empty").mkdir()
    for name, cause in {
        "large-v3": "large-v3 is not on this machine",
        "somebody/a-model-of-theirs": "is not on this machine",
        "grand-piano": "neither a folder nor a model",
        str(tmp_path / "empty"): "holds no model.bin",
    }.items():
        with pytest.raises(ModelMissingError, match=cause):
            await Whisper(whisper_settings(whisper_model=name)).transcribe(audio_at(path))


def test_the_bundled_model_may_be_named_or_pointed_to() -> None:
    bundled = whisper_model.find(None)

    assert whisper_model.find("tiny.en") == bundled
    assert whisper_model.find(str(bundled)) == bundled
    assert Whisper(whisper_settings()).name == "whisper tiny.en"


async def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"no weights")
    path = talk(SENTENCES[:1]).write(tmp_path / "talk.wav")

    with pytest.raises(EngineError, match="cannot be loaded"):
        await Whisper(whisper_settings(whisper_model=str(tmp_path / "model"))).transcribe(audio_at(path))


@pytest.mark.parametrize(
    "changes", [{"whisper_compute_type": "int3"}, {"whisper_device": "abacus"}], ids=["type", "device"]
)
async def test_what_the_machine_cannot_do_is_named(tmp_path: Path, changes: dict[str, object]) -> None:
    path = talk(SENTENCES[:1]).write(tmp_path / "talk.wav")

    with pytest.raises(ConfigurationError, match="Whisper cannot run") as caught:
        await Whisper(whisper_settings(**changes)).transcribe(audio_at(path))

    assert "WHISPER_DEVICE" in str(caught.value.remedy)


async def test_languages_the_model_does_not_know_are_refused(whisper: Whisper, tmp_path: Path) -> None:
    path = talk(SENTENCES[:1]).write(tmp_path / "talk.wav")

    with pytest.raises(ModelMissingError, match="'de'"):
        await Whisper(whisper_settings(transcription_language="de")).transcribe(audio_at(path))
    english = await Whisper(whisper_settings(transcription_language="en-GB")).transcribe(audio_at(path))

    assert english.language == "en"


def _thread_frames() -> list[str]:
    """The files that the other threads are in."""
    own = threading.get_ident()
    tops = [frame for identity, frame in sys._current_frames().items() if identity != own]
    return [frame.f_code.co_filename for top in tops for frame, _ in traceback.walk_stack(top)]
