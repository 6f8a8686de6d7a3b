"""Files `static/transcripts/{video_id}.json`."""

from pydantic import TypeAdapter

from app.core.config import Settings
from app.models.transcript import Transcript
from app.repositories.base import JsonFileRepository


class TranscriptRepository(JsonFileRepository[Transcript]):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.transcripts_dir, TypeAdapter(Transcript))
