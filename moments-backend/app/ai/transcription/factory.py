"""The transcriber that the settings ask for."""

from app.ai.transcription.base import Transcriber
from app.ai.transcription.http_service import HTTPTranscriber
from app.ai.transcription.openai_compatible import OpenAITranscriber
from app.ai.transcription.whisper import Whisper
from app.core.config import Settings


def create_transcriber(settings: Settings) -> Transcriber:
    """Cheap: models are loaded, and connections made, by the first call.

    Raises:
        ConfigurationError: an address or a key that this engine needs is missing, or cannot be used.
    """
    match settings.transcription_engine:
        case "whisper":
            return Whisper(settings)
        case "openai":
            return OpenAITranscriber(settings)
        case "http":
            return HTTPTranscriber(settings)
