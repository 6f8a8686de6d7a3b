"""What endpoints ask for in their signatures."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.tus.protocol import TusProtocol
from app.core.config import Settings
from app.database.dependencies import get_db
from app.database.read_pool import ReadPool
from app.models.pipeline import RunState
from app.models.text import NoNulStr
from app.services.library.local_files import VideoFileCache
from app.services.library.thumbnails import ThumbnailStore
from app.services.moments.clips import ClipService
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.moments.editing import MomentEditingService
from app.services.pipeline.run_reader import RunReader
from app.services.pipeline.run_service import RunService
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.service import UploadService


@dataclass(frozen=True, slots=True)
class AppContainer:
    """What lives as long as the application, made at its start."""

    settings: Settings
    reader: ReadPool
    redis: Redis
    uploader: GCSUploader
    originals: VideoFileCache
    thumbnails: ThumbnailStore
    live: RunStatusStore
    submission: RunService
    watching: RunReader
    documents: VideoDocumentStores
    clips: ClipService
    moments: EditedMomentsReader
    editing: MomentEditingService
    uploads: UploadService
    tus: TusProtocol


async def _clients(request: Request) -> AppContainer:
    clients: AppContainer = request.app.state.clients
    return clients


ContainerDep = Annotated[AppContainer, Depends(_clients)]
SessionDep = Annotated[AsyncSession, Depends(get_db, scope="function")]
VideoId = Annotated[NoNulStr, Path(description="The video's identifier.")]
Download = Annotated[bool, Query(description="Have browsers save it, wherever it is.")]


async def _run_state(video_id: VideoId, clients: ContainerDep) -> RunState:
    return await clients.watching.state(video_id)


RunStateDep = Annotated[RunState, Depends(_run_state)]


async def _active_runs(clients: ContainerDep) -> list[RunState]:
    return await clients.watching.list_active()


ActiveRunsDep = Annotated[list[RunState], Depends(_active_runs)]
