"""Both remote transcribers against a server that speaks real HTTP."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.ai.transcription.base import AudioSource, Transcriber
from app.ai.transcription.factory import create_transcriber
from app.ai.transcription.http_service import HTTPTranscriber
from app.ai.transcription.openai_compatible import OpenAITranscriber
from app.ai.transcription.wav import as_wav
from app.ai.transcription.whisper import Whisper
from app.core.config import Settings
from app.core.exceptions import (
    ConfigurationError,
    EngineError,
    InvalidModelResponseError,
    ModelRequestRejectedError,
    ModelUnavailableError,
)
from app.models.transcript import Segment, Word
from tests.ai.transcription.support.audio import audio_at, noise
from tests.ai.transcription.support.speech_server import Reply, SpeechServer

KEY = "sk-a-secret-that-no-error-shows"
LINK = "https://storage.example/audio/talk.wav?signature=abc"
SECONDS = 4.0
AT_ONCE = {"retry-after": "0.01", "retry-after-ms": "10"}
"""What a server says that may be asked again soon; the second is OpenAI's."""

VERBOSE = {
    "task": "transcribe",
    "language": "english",
    "duration": SECONDS,
    "text": " Hello there. Good night!",
    "words": [
        {"word": "Hello", "start": 0.5, "end": 0.9},
        {"word": "there", "start": 0.9, "end": 1.3},
        {"word": "Good", "start": 2.0, "end": 2.4},
        {"word": "night", "start": 2.4, "end": 9.0},
    ],
    "segments": [
        {"id": 0, "seek": 0, "text": " Hello there.", "start": 0.4, "end": 1.4, "tokens": [1]},
        {"id": 1, "seek": 0, "text": " Good night!", "start": 1.9, "end": 3.0, "tokens": [2]},
    ],
}
NEMO = {
    "text": "Hello there. Good night!",
    "timestamp": {
        "word": [
            {"word": "Hello", "start_offset": 6, "end_offset": 11, "start": 0.5, "end": 0.9},
            {"word": "there.", "start_offset": 11, "end_offset": 16, "start": 0.9, "end": 1.3},
            {"word": "Good", "start_offset": 25, "end_offset": 30, "start": 2.0, "end": 2.4},
            {"word": "night!", "start_offset": 30, "end_offset": 37, "start": 2.4, "end": 3.0},
        ],
        "segment": [
            {"segment": "Hello there.", "start": 0.5, "end": 1.3},
            {"segment": "Good night!", "start": 2.0, "end": 3.0},
        ],
    },
}
WORDS = ["Hello", "there.", "Good", "night!"]


def settings_for(engine: str, server: SpeechServer | None, **changes: object) -> Settings:
    url = {"openai": "/v1", "http": "/transcribe"}
    fixed = {
        "transcription_engine": engine,
        "transcription_base_url": server.url + url[engine] if server else None,
        "transcription_api_key": KEY,
        "transcription_model": "whisper-1",
        "transcription_language": None,
        "transcription_timeout_seconds": 20,
    }
    return Settings.model_validate(fixed | changes)


@pytest.fixture
def audio(tmp_path: Path) -> AudioSource:
    path = tmp_path / "talk.wav"
    path.write_bytes(as_wav(noise(SECONDS)))
    return audio_at(path, url=LINK)


@pytest.fixture(params=["openai", "http"])
async def transcriber(request: pytest.FixtureRequest, server: SpeechServer) -> AsyncIterator[Transcriber]:
    made = create_transcriber(settings_for(request.param, server))
    yield made
    await made.close()


def test_the_factory_makes_what_the_settings_name(server: SpeechServer) -> None:
    assert isinstance(create_transcriber(settings_for("openai", server)), OpenAITranscriber)
    assert isinstance(create_transcriber(settings_for("http", server)), HTTPTranscriber)
    assert isinstance(create_transcriber(Settings(transcription_engine="whisper")), Whisper)


@pytest.mark.parametrize("answer", [VERBOSE, NEMO], ids=["OpenAI's names", "NeMo's names"])
async def test_an_answer_becomes_a_transcript(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource, answer: dict[str, Any]
) -> None:
    server.script = [Reply.json(answer)]

    transcript = await transcriber.transcribe(audio)

    assert [word.word for word in transcript.word_timestamps] == WORDS
    assert [segment.text for segment in transcript.segment_timestamps] == ["Hello there.", "Good night!"]
    assert transcript.text == "Hello there. Good night!"
    assert transcript.word_timestamps[0] == Word(word="Hello", start=0.5, end=0.9)
    assert transcript.word_timestamps[-1].end <= SECONDS, "a time past the end"
    assert transcript.language == ("en" if answer is VERBOSE else "und")
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_the_contracts_own_shape_is_understood(server: SpeechServer, audio: AudioSource) -> None:
    server.script = [
        Reply.json(
            {
                "text": "Hi.",
                "language": "de-DE",
                "word_timestamps": [{"word": "Hi.", "start": 1, "end": 2}],
                "segment_timestamps": [{"text": "Hi.", "start": 1, "end": 2}],
            }
        )
    ]

    transcriber = HTTPTranscriber(settings_for("http", server))

    transcript = await transcriber.transcribe(audio)
    await transcriber.close()

    assert transcript.language == "de"
    assert transcript.segment_timestamps == [Segment(text="Hi.", start=1, end=2)]
    assert server.requests[0].json == {"audio_url": LINK}


async def test_segments_alone_yield_words_in_proportion(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [
        Reply.json({"text": "I am here", "segments": [{"text": "I am here", "start": 1, "end": 2.4}]})
    ]

    transcript = await transcriber.transcribe(audio)

    assert transcript.word_timestamps == [
        Word(word="I", start=1.0, end=1.2),
        Word(word="am", start=1.2, end=1.6),
        Word(word="here", start=1.6, end=2.4),
    ]


async def test_words_alone_yield_a_segment_for_each_sentence(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [Reply.json({"text": VERBOSE["text"], "words": VERBOSE["words"]})]

    transcript = await transcriber.transcribe(audio)

    assert [segment.text for segment in transcript.segment_timestamps] == ["Hello there.", "Good night!"]


async def test_silence_is_an_empty_transcript(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [Reply.json({"text": "", "language": "english", "segments": [], "words": []})]

    transcript = await transcriber.transcribe(audio)

    assert (transcript.text, transcript.word_timestamps, transcript.segment_timestamps) == ("", [], [])


async def test_what_passes_is_asked_again(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [
        Reply.json({"error": {"message": "loading"}}, 503, **AT_ONCE),
        Reply.json({"error": {"message": "too many"}}, 429, **AT_ONCE),
        Reply.json(VERBOSE),
    ]

    assert (await transcriber.transcribe(audio)).word_timestamps
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("reply", "error", "cause"),
    [
        (Reply.json({"error": {"message": "busy"}}, 503, **AT_ONCE), ModelUnavailableError, "503: busy"),
        (
            Reply(502, b"<html><h1>Bad Gateway</h1></html>", AT_ONCE),
            ModelUnavailableError,
            "502: Bad Gateway",
        ),
        (
            Reply.json({"error": {"message": f"wrong key {KEY}"}}, 401),
            ModelRequestRejectedError,
            "401: wrong key …",
        ),
        (Reply.json({"detail": "no such model"}, 404), ModelRequestRejectedError, "404: no such model"),
        (Reply(413), ModelRequestRejectedError, "413"),
        (Reply(200, b"Sure! Here is your transcript.", {}), InvalidModelResponseError, "it says 'Sure!"),
        (Reply(200, b"", {}), InvalidModelResponseError, "it says nothing"),
        (Reply.json({"result": "ok"}), InvalidModelResponseError, "text: field required"),
        (Reply.json([1, 2]), InvalidModelResponseError, "does not answer with a transcript"),
        (Reply.json({"text": "No times."}), InvalidModelResponseError, "without times"),
        (
            Reply.json({"text": "a", "words": [{"word": "a", "start": -1, "end": 2}]}),
            InvalidModelResponseError,
            "greater than or equal to 0",
        ),
        (
            Reply(200, b'{"text": "a", "words": [{"word": "a", "start": 1, "end": NaN}]}'),
            InvalidModelResponseError,
            "transcript",
        ),
    ],
    ids=[
        "busy",
        "gateway",
        "key",
        "model",
        "size",
        "prose",
        "nothing",
        "shape",
        "list",
        "no times",
        "past",
        "nan",
    ],
)
async def test_failures_are_named(
    transcriber: Transcriber,
    server: SpeechServer,
    audio: AudioSource,
    reply: Reply,
    error: type[EngineError],
    cause: str,
) -> None:
    server.script = [reply]

    with pytest.raises(error) as caught:
        await transcriber.transcribe(audio)

    assert cause in str(caught.value)
    assert KEY not in f"{caught.value} {caught.value.remedy}"
    assert caught.value.remedy
    assert caught.value.retryable is (error is not ModelRequestRejectedError)


async def test_an_exhausted_account_is_a_refusal(server: SpeechServer, audio: AudioSource) -> None:
    server.script = [
        Reply.json({"error": {"message": "pay", "code": "insufficient_quota"}}, 429, x_should_retry="false")
    ]
    transcriber = OpenAITranscriber(settings_for("openai", server))

    with pytest.raises(ModelRequestRejectedError, match="pay"):
        await transcriber.transcribe(audio)
    await transcriber.close()


async def test_an_answer_cut_off_is_asked_for_again(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    cut = Reply.json(VERBOSE)
    cut.cut = True
    server.script = [Reply(hang_up=True), cut, Reply.json(VERBOSE)]

    assert (await transcriber.transcribe(audio)).word_timestamps
    assert len(server.requests) == 3


@pytest.mark.parametrize("engine", ["openai", "http"])
async def test_a_server_that_is_away_is_named(engine: str, audio: AudioSource) -> None:
    async with SpeechServer().running() as server:
        settings = settings_for(engine, server)
    transcriber = create_transcriber(settings)

    with pytest.raises(ModelUnavailableError, match="connection to 127") as caught:
        await transcriber.transcribe(audio)

    assert caught.value.retryable
    await transcriber.close()


@pytest.mark.parametrize("engine", ["openai", "http"])
async def test_a_slow_server_is_not_waited_for_for_ever(
    engine: str, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [Reply(delay=60)]
    transcriber = create_transcriber(settings_for(engine, server, transcription_timeout_seconds=0.1))

    with pytest.raises(ModelUnavailableError, match=r"had not answered after 0\.1 s"):
        await transcriber.transcribe(audio)
    await transcriber.close()


async def test_a_cancelled_call_hangs_up(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [Reply(delay=60)]
    call = asyncio.create_task(transcriber.transcribe(audio))
    while not server.requests:
        await asyncio.sleep(0.01)

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    while not server.hung_up_on:
        await asyncio.sleep(0.01)


async def test_long_sound_goes_in_pieces_and_comes_back_in_one(server: SpeechServer, tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(as_wav(noise(10)))
    server.script = [Reply.json({"text": "So it is.", "language": "dutch", "segments": [_SO_IT_IS]})]
    transcriber = OpenAITranscriber(settings_for("openai", server), piece_seconds=4, search_seconds=1)
    progress: list[float] = []

    transcript = await transcriber.transcribe(
        audio_at(path), on_progress=lambda done, _: progress.append(done)
    )
    await transcriber.close()

    forms = [request.form() for request in server.requests]
    lengths = [_seconds(form["file"][0]) for form in forms]
    assert sum(lengths) == pytest.approx(10)
    assert max(lengths) <= 4
    starts = [segment.start for segment in transcript.segment_timestamps]
    assert starts == pytest.approx([0.5 + sum(lengths[:index]) for index in range(len(lengths))], abs=0.001)
    assert progress == pytest.approx([sum(lengths[: index + 1]) for index in range(len(lengths))])
    assert transcript.language == "nl"
    assert "language" not in forms[0]
    assert forms[1]["language"] == [b"nl"], "the first piece's language is kept"
    assert forms[0]["response_format"] == [b"verbose_json"]
    assert forms[0]["timestamp_granularities[]"] == [b"word", b"segment"]


async def test_the_language_of_the_settings_is_told(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [Reply.json({"text": "So it is.", "segments": [_SO_IT_IS]})]
    engine = "openai" if isinstance(transcriber, OpenAITranscriber) else "http"
    told = create_transcriber(settings_for(engine, server, transcription_language="nl"))

    transcript = await told.transcribe(audio)
    await told.close()

    assert transcript.language == "nl"
    request = server.requests[0]
    assert (request.form()["language"] == [b"nl"]) if engine == "openai" else request.json["language"] == "nl"


@pytest.mark.parametrize(
    ("engine", "changes"),
    [
        ("openai", {"transcription_api_key": None}),
        ("http", {}),
        ("http", {"transcription_base_url": "not an address"}),
        ("openai", {"transcription_base_url": "http://[broken"}),
        ("openai", {"transcription_api_key": "with a\nline end"}),
    ],
    ids=["no key", "no address", "no scheme", "broken", "unsendable key"],
)
def test_what_the_settings_lack_is_named(engine: str, changes: dict[str, object]) -> None:
    with pytest.raises(
        ConfigurationError, match=r"TRANSCRIPTION|OpenAI needs a key|no transcription"
    ) as caught:
        create_transcriber(settings_for(engine, None, **changes))

    assert caught.value.remedy


_SO_IT_IS = {"text": "So it is.", "start": 0.5, "end": 1.5}


def _seconds(content: bytes) -> float:
    with wave.open(io.BytesIO(content), "rb") as file:
        return file.getnframes() / file.getframerate()
