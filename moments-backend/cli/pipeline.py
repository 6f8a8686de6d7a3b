"""What the commands about runs need of the application, opened and closed again."""

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
    settings: Settings
    queue: RunQueue
    submission: RunService
    watching: RunReader
    uploader: GCSUploader
    moments: EditedMomentsReader
    clips: ClipService

    async def has_video(self, identifier: str) -> bool:
        """Whether the table knows the id.

        Raises:
            DatabaseError.
        """
        async with transaction() as session:
            return await video_db_repository.get_by_identifier(session, identifier) is not None

    async def count_workers(self) -> int:
        """How many workers are alive, on all machines.

        Raises:
            DatabaseError.
        """
        async with transaction() as session:
            return await self.queue.count_workers(session)


@asynccontextmanager
async def open_pipeline(settings: Settings) -> AsyncIterator[Pipeline]:
    """Nothing connects before it is used."""
    async with AsyncExitStack() as closing:
        closing.enter_context(_remedies_as_commands())
        await init_db(settings)
        closing.push_async_callback(close_db)
        redis = create_redis(settings)
        closing.push_async_callback(redis.aclose)
        uploader = GCSUploader(settings)
        closing.push_async_callback(uploader.close)
        queue, live = RunQueue(settings), RunStatusStore(redis, settings)
        moments = EditedMomentsReader(VideoDocumentStores.of(settings, uploader).moments)
        yield Pipeline(
            settings=settings,
            queue=queue,
            submission=RunService(settings, queue, live),
            watching=RunReader(settings, live),
            uploader=uploader,
            moments=moments,
            clips=ClipService(settings, uploader, moments),
        )


@contextmanager
def _remedies_as_commands() -> Iterator[None]:
    """Where the remedy is a request to the API, name the command that does the same."""
    try:
        yield
    except (RunNotFoundError, RunStateError) as error:
        if error.remedy and "/api/generate_moments" in error.remedy:
            error.remedy = "start one with: videomoments add FILE, LINK or ID"
        raise
