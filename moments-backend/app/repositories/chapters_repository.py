"""Files `static/chapters/{video_id}.json`."""

from pydantic import TypeAdapter

from app.core.config import Settings
from app.models.chapter import ChapterDocument
from app.repositories.base import JsonFileRepository


class ChaptersRepository(JsonFileRepository[ChapterDocument]):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.chapters_dir, TypeAdapter(ChapterDocument))
