"""Whisper with the bundled model, loaded once, and a remote transcription server."""

from collections.abc import AsyncIterator

import pytest

from app.ai.transcription.whisper import Whisper
from app.core.config import Settings
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


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    async with SpeechServer().running() as running:
        yield running
