"""Files `static/moments/{video_id}.json`: arrays of moments, in the order they were written."""

from pydantic import TypeAdapter

from app.core.config import Settings
from app.models.moment import Moment
from app.repositories.base import JsonFileRepository


class MomentsRepository(JsonFileRepository[list[Moment]]):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.moments_dir, TypeAdapter(list[Moment]))
