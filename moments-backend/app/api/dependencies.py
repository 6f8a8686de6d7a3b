"""What endpoints ask for in their signatures."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.tus.protocol import Tus
from app.core.config import Settings
from app.database.dependencies import get_db
from app.database.read_pool import Reader
from app.models.pipeline import RunState
from app.services.library.local_files import Originals
from app.services.library.thumbnails import ThumbnailStore
from app.services.moments.clips import Clips
from app.services.moments.documents import VideoDocuments
from app.services.moments.edited_moments import MarkedMoments
from app.services.moments.editing import MomentEditing
from app.services.pipeline.run_reader import Watching
from app.services.pipeline.run_service import Submission
from app.services.pipeline.run_status_store import LiveStatus
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.service import Uploads


@dataclass(frozen=True, slots=True)
class Clients:
    """What lives as long as the application, made at its start."""

    settings: Settings
    reader: Reader
    redis: Redis
    uploader: GCSUploader
    originals: Originals
    thumbnails: ThumbnailStore
    live: LiveStatus
    submission: Submission
    watching: Watching
    documents: VideoDocuments
    clips: Clips
    moments: MarkedMoments
    editing: MomentEditing
    uploads: Uploads
    tus: Tus


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
Download = Annotated[bool, Query(description="Have browsers save it, wherever it is.")]


async def _run_state(video_id: VideoId, clients: ClientsDep) -> RunState:
    return await clients.watching.state(video_id)


RunStateDep = Annotated[RunState, Depends(_run_state)]


async def _active_runs(clients: ClientsDep) -> list[RunState]:
    return await clients.watching.active()


ActiveRunsDep = Annotated[list[RunState], Depends(_active_runs)]
