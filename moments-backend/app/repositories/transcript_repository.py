"""Files `static/transcripts/{video_id}.json`, and the recognised versions of corrected transcripts."""

from pydantic import TypeAdapter

from app.core.config import Settings
from app.models.transcript import Transcript
from app.repositories.base import JsonFileRepository

RECOGNISED = "recognised"
"""Subfolder of the transcripts. No document collides with it, since their names end in `.json`."""


class TranscriptRepository(JsonFileRepository[Transcript]):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.transcripts_dir, TypeAdapter(Transcript))


class RecognisedTranscriptRepository(JsonFileRepository[Transcript]):
    """Results of the last run for videos whose transcript a user corrected or replaced."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.transcripts_dir / RECOGNISED, TypeAdapter(Transcript))
