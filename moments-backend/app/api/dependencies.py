"""What endpoints ask for in their signatures."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import AfterValidator
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.database.dependencies import get_db
from app.database.reader import Reader
from app.services.originals import Originals
from app.services.pipeline.upload_service import GCSUploader
from app.services.thumbnails import ThumbnailStore


@dataclass(frozen=True, slots=True)
class Clients:
    """What lives as long as the application, made at its start."""

    settings: Settings
    reader: Reader
    redis: Redis
    uploader: GCSUploader
    originals: Originals
    thumbnails: ThumbnailStore


async def _clients(request: Request) -> Clients:
    clients: Clients = request.app.state.clients
    return clients


def without_nul(text: str) -> str:
    """PostgreSQL and the file system know no NUL, and must not be asked about one."""
    if "\0" in text:
        raise ValueError("must not contain NUL")
    return text


ClientsDep = Annotated[Clients, Depends(_clients)]
SessionDep = Annotated[AsyncSession, Depends(get_db, scope="function")]
VideoId = Annotated[str, Path(description="The video's identifier."), AfterValidator(without_nul)]
