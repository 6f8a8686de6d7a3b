"""Whisper with the bundled model, loaded once, and a remote transcription server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.ai.transcription.base import AudioSource, Transcriber
from app.ai.transcription.factory import create_transcriber
from app.ai.transcription.wav import as_wav
from app.ai.transcription.whisper import Whisper
from app.core.config import Settings
from tests.ai.transcription.support.audio import audio_at, noise
from tests.ai.transcription.support.speech_server import SpeechServer


def whisper_settings(**changes: object) -> Settings:
    """Return settings of Whisper that do not depend on the environment."""
    defaults = {
        "transcription_engine": "whisper",
        "transcription_language": None,
        "whisper_model": None,
        "whisper_beam_size": 5,
        "whisper_compute_type": "int8",
        "whisper_device": "cpu",
        "whisper_threads": 0,
    }
    return Settings.model_validate(defaults | changes)


@pytest.fixture(scope="session")
async def whisper() -> AsyncIterator[Whisper]:
    transcriber = Whisper(whisper_settings())
    yield transcriber
    await transcriber.close()


KEY = "sk-a-secret-key"
LINK = "https://storage.example/audio/a.wav?signature=abc"
SECONDS = 4.0


def settings_for(engine: str, server: SpeechServer | None, **changes: object) -> Settings:
    url = {"openai": "/v1", "http": "/transcribe"}
    defaults = {
        "transcription_engine": engine,
        "transcription_base_url": server.url + url[engine] if server else None,
        "transcription_api_key": KEY,
        "transcription_model": "whisper-1",
        "transcription_language": None,
        "transcription_timeout_seconds": 20,
    }
    return Settings.model_validate(defaults | changes)


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    async with SpeechServer().running() as running:
        yield running


@pytest.fixture
def audio(tmp_path: Path) -> AudioSource:
    path = tmp_path / "speech.wav"
    path.write_bytes(as_wav(noise(SECONDS)))
    return audio_at(path, url=LINK)


@pytest.fixture(params=["openai", "http"])
async def transcriber(request: pytest.FixtureRequest, server: SpeechServer) -> AsyncIterator[Transcriber]:
    created = create_transcriber(settings_for(request.param, server))
    yield created
    await created.close()
