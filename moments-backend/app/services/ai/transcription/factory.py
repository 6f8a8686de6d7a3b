"""The transcriber that the settings ask for."""

from app.core.config import Settings
from app.services.ai.transcription.http_service import HTTPTranscriber
from app.services.ai.transcription.interface import Transcriber
from app.services.ai.transcription.openai_compatible import OpenAITranscriber
from app.services.ai.transcription.whisper import Whisper


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
