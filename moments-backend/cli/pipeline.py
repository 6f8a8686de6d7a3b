"""Clients and services for commands about runs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from app.core.config import Settings
from app.core.exceptions import RunNotFoundError, RunStateError
from app.core.redis import create_redis
from app.database.session import close_db, init_db, transaction
from app.repositories import video_db_repository
from app.services.moments.clips import ClipService
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.run_reader import RunReader
from app.services.pipeline.run_service import RunService
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.storage.gcs_uploader import GCSUploader


@dataclass(frozen=True)
class Pipeline:
    """Clients and services of one command."""

    settings: Settings
    queue: RunQueue
    run_service: RunService
    run_reader: RunReader
    uploader: GCSUploader
    moments: EditedMomentsReader
    clips: ClipService

    async def has_video(self, identifier: str) -> bool:
        """Return whether the video has a row.

        Raises:
            DatabaseError: the database is unavailable.
        """
        async with transaction() as session:
            return await video_db_repository.get_by_identifier(session, identifier) is not None

    async def count_workers(self) -> int:
        """Return the number of live workers on all machines.

        Raises:
            DatabaseError: the database is unavailable.
        """
        async with transaction() as session:
            return await self.queue.count_workers(session)


@asynccontextmanager
async def open_pipeline(settings: Settings) -> AsyncIterator[Pipeline]:
    """Create the services; each connects at its first use."""
    async with AsyncExitStack() as closing:
        closing.enter_context(_remedies_as_commands())
        await init_db(settings)
        closing.push_async_callback(close_db)
        redis = create_redis(settings)
        closing.push_async_callback(redis.aclose)
        uploader = GCSUploader(settings)
        closing.push_async_callback(uploader.close)
        queue, status_store = RunQueue(settings), RunStatusStore(redis, settings)
        moments = EditedMomentsReader(VideoDocumentStores.of(settings, uploader).moments)
        yield Pipeline(
            settings=settings,
            queue=queue,
            run_service=RunService(settings, queue, status_store),
            run_reader=RunReader(settings, status_store),
            uploader=uploader,
            moments=moments,
            clips=ClipService(settings, uploader, moments),
        )


@contextmanager
def _remedies_as_commands() -> Iterator[None]:
    """Replace a remedy that names an API request by the equivalent command."""
    try:
        yield
    except (RunNotFoundError, RunStateError) as error:
        if error.remedy and "/api/generate_moments" in error.remedy:
            error.remedy = "start one with: videomoments add FILE, LINK or ID"
        raise
