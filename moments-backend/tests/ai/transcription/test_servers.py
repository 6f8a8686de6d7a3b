"""Both remote transcribers against a scripted HTTP server."""

import asyncio
import io
import wave
from pathlib import Path
from typing import Any

import pytest

from app.ai.transcription import http_service
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
from app.core.retry import RetryPolicy
from app.models.transcript import Segment, Word
from tests.ai.transcription.conftest import KEY, LINK, SECONDS, settings_for
from tests.ai.transcription.support.audio import audio_at, noise
from tests.ai.transcription.support.speech_server import Reply, SpeechServer

RETRY_SOON = {"retry-after": "0.01", "retry-after-ms": "10"}
"""Headers that request an early retry; the second is OpenAI's."""

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


@pytest.fixture(autouse=True)
def _fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = http_service.RETRY.attempts
    monkeypatch.setattr(http_service, "RETRY", RetryPolicy(attempts, base_delay=0.01))


def test_factory_creates_the_selected_engine(server: SpeechServer) -> None:
    assert isinstance(create_transcriber(settings_for("openai", server)), OpenAITranscriber)
    assert isinstance(create_transcriber(settings_for("http", server)), HTTPTranscriber)
    assert isinstance(create_transcriber(Settings(transcription_engine="whisper")), Whisper)


@pytest.mark.parametrize("response", [VERBOSE, NEMO], ids=["OpenAI", "NeMo"])
async def test_response_formats(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource, response: dict[str, Any]
) -> None:
    server.script = [Reply.json(response)]

    transcript = await transcriber.transcribe(audio)

    assert [word.word for word in transcript.word_timestamps] == WORDS
    assert [segment.text for segment in transcript.segment_timestamps] == ["Hello there.", "Good night!"]
    assert transcript.text == "Hello there. Good night!"
    assert transcript.word_timestamps[0] == Word(word="Hello", start=0.5, end=0.9)
    assert transcript.word_timestamps[-1].end <= SECONDS, "times are limited to the audio"
    assert transcript.language == ("en" if response is VERBOSE else "und")
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_own_transcript_format(server: SpeechServer, audio: AudioSource) -> None:
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


async def test_words_are_interpolated_from_segments(
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


async def test_segments_are_derived_from_words(
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


async def test_transient_errors_are_retried(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [
        Reply.json({"error": {"message": "loading"}}, 503, **RETRY_SOON),
        Reply.json({"error": {"message": "too many"}}, 429, **RETRY_SOON),
        Reply.json(VERBOSE),
    ]

    assert (await transcriber.transcribe(audio)).word_timestamps
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("reply", "error", "cause"),
    [
        (Reply.json({"error": {"message": "busy"}}, 503, **RETRY_SOON), ModelUnavailableError, "503: busy"),
        (
            Reply(502, b"<html><h1>Bad Gateway</h1></html>", RETRY_SOON),
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
        (Reply(200, b"Sure! Here is your transcript.", {}), InvalidModelResponseError, "not JSON: 'Sure!"),
        (Reply(200, b"", {}), InvalidModelResponseError, "empty response"),
        (Reply.json({"result": "ok"}), InvalidModelResponseError, "text: field required"),
        (Reply.json([1, 2]), InvalidModelResponseError, "did not return a transcript"),
        (Reply.json({"text": "No times."}), InvalidModelResponseError, "without timestamps"),
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
        "empty",
        "shape",
        "list",
        "no times",
        "negative",
        "nan",
    ],
)
async def test_failures_have_cause_and_remedy(
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


async def test_exhausted_quota_is_a_rejection(server: SpeechServer, audio: AudioSource) -> None:
    server.script = [
        Reply.json({"error": {"message": "pay", "code": "insufficient_quota"}}, 429, x_should_retry="false")
    ]
    transcriber = OpenAITranscriber(settings_for("openai", server))

    with pytest.raises(ModelRequestRejectedError, match="pay"):
        await transcriber.transcribe(audio)
    await transcriber.close()


@pytest.mark.slow
async def test_truncated_response_is_retried(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    truncated = Reply.json(VERBOSE)
    truncated.truncated = True
    server.script = [Reply(disconnect=True), truncated, Reply.json(VERBOSE)]

    assert (await transcriber.transcribe(audio)).word_timestamps
    assert len(server.requests) == 3


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["openai", "http"])
async def test_refused_connection_is_unavailable(engine: str, audio: AudioSource) -> None:
    async with SpeechServer().running() as server:
        settings = settings_for(engine, server)
    transcriber = create_transcriber(settings)

    with pytest.raises(ModelUnavailableError, match="connection to 127") as caught:
        await transcriber.transcribe(audio)

    assert caught.value.retryable
    await transcriber.close()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["openai", "http"])
async def test_slow_server_times_out(engine: str, server: SpeechServer, audio: AudioSource) -> None:
    server.script = [Reply(delay=60)]
    transcriber = create_transcriber(settings_for(engine, server, transcription_timeout_seconds=0.1))

    with pytest.raises(ModelUnavailableError, match=r"did not respond within 0\.1 s"):
        await transcriber.transcribe(audio)
    await transcriber.close()


async def test_cancellation_disconnects(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [Reply(delay=60)]
    call = asyncio.create_task(transcriber.transcribe(audio))
    while not server.requests:
        await asyncio.sleep(0.01)

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    while not server.disconnects:
        await asyncio.sleep(0.01)


async def test_long_audio_is_sent_in_pieces(server: SpeechServer, tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    path.write_bytes(as_wav(noise(10)))
    server.script = [Reply.json({"text": "So it is.", "language": "dutch", "segments": [SEGMENT]})]
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
    assert forms[1]["language"] == [b"nl"], "the first piece determines the language"
    assert forms[0]["response_format"] == [b"verbose_json"]
    assert forms[0]["timestamp_granularities[]"] == [b"word", b"segment"]


async def test_configured_language_is_sent(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [Reply.json({"text": "So it is.", "segments": [SEGMENT]})]
    engine = "openai" if isinstance(transcriber, OpenAITranscriber) else "http"
    dutch = create_transcriber(settings_for(engine, server, transcription_language="nl"))

    transcript = await dutch.transcribe(audio)
    await dutch.close()

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
def test_invalid_settings_are_named(engine: str, changes: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="TRANSCRIPTION") as caught:
        create_transcriber(settings_for(engine, None, **changes))

    assert caught.value.remedy


SEGMENT = {"text": "So it is.", "start": 0.5, "end": 1.5}


def _seconds(content: bytes) -> float:
    with wave.open(io.BytesIO(content), "rb") as file:
        return file.getnframes() / file.getframerate()
