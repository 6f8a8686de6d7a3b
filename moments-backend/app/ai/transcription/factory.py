"""Factory of the transcriber selected by `TRANSCRIPTION_ENGINE`."""

from app.ai.transcription.base import Transcriber
from app.ai.transcription.http_service import HTTPTranscriber
from app.ai.transcription.openai_compatible import OpenAITranscriber
from app.ai.transcription.whisper import Whisper
from app.core.config import Settings


def create_transcriber(settings: Settings) -> Transcriber:
    """Create the transcriber; models are loaded and connections opened on first use.

    Raises:
        ConfigurationError: the engine's URL or key is missing or invalid.
    """
    match settings.transcription_engine:
        case "whisper":
            return Whisper(settings)
        case "openai":
            return OpenAITranscriber(settings)
        case "http":
            return HTTPTranscriber(settings)
