"""Exports on real servers with real FFmpeg; tests process their jobs themselves, without a worker."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.database.models import Export
from app.database.session import transaction
from app.models.export import ExportCreate, ExportRead
from app.repositories import export_repository as exports
from app.services.exports.files import ExportFiles
from app.services.exports.service import ExportService
from app.services.library.registration import register_video
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.pipeline.export_recovery import ExportRecovery
from app.services.pipeline.export_runner import ExportRunner
from app.services.pipeline.queue import RunQueue
from app.services.storage.gcs_uploader import GCSUploader
from app.services.transcripts.store import TranscriptStore
from tests.fixtures.media import make_video

SECONDS = 4.0


@dataclass
class Machine:
    """The services of the API and the worker on one machine."""

    settings: Settings
    uploader: GCSUploader
    documents: VideoDocumentStores
    service: ExportService
    files: ExportFiles
    recovery: ExportRecovery
    runner: ExportRunner

    async def request(self, video: str = "talk", **wanted: object) -> list[ExportRead]:
        return await self.service.request(video, ExportCreate.model_validate(wanted))

    async def request_range(self, start: float = 1.0, end: float = 2.0, **wanted: object) -> ExportRead:
        (export,) = await self.request(start_time=start, end_time=end, **wanted)
        return export

    async def work(self, export_id: str, *, interrupted: Callable[[], bool] = lambda: False) -> ExportRead:
        """Process the export, and return its state."""
        await self.runner(export_id, interrupted)
        return await self.service.get(export_id)

    async def export(self, start: float = 1.0, end: float = 2.0, **wanted: object) -> ExportRead:
        """Request a range, process it, and return its final state."""
        return await self.work((await self.request_range(start, end, **wanted)).id)

    async def row(self, export_id: str) -> Export:
        async with transaction() as session:
            row = await exports.get(session, export_id)
        assert row is not None
        return row

    async def change(self, export_id: str, **columns: object) -> None:
        """Set columns of the row, as another worker would."""
        async with transaction() as session:
            row = await exports.get(session, export_id, lock=True)
            for name, value in columns.items():
                setattr(row, name, value)

    async def objects(self, prefix: str = "exports/") -> set[str]:
        return {stored.name for stored in await self.uploader.list_objects(prefix)}

    def work_files(self) -> list[str]:
        folder = self.settings.work_dir
        return [path.name for path in folder.rglob("*")] if folder.exists() else []


@pytest.fixture
async def make_machine(
    settings: Settings, session_factory: async_sessionmaker[AsyncSession]
) -> AsyncIterator[Callable[..., Machine]]:
    """Create machines from the settings of the test and changes of them."""
    made: list[Machine] = []

    def make(**changes: object) -> Machine:
        own = settings.model_copy(update=changes)
        uploader, queue = GCSUploader(own), RunQueue(own)
        documents, recovery = VideoDocumentStores.of(own, uploader), ExportRecovery(queue)
        machine = Machine(
            own,
            uploader,
            documents,
            ExportService(
                own, uploader, queue, EditedMomentsReader(documents.moments), documents.transcripts
            ),
            ExportFiles(own, uploader),
            recovery,
            ExportRunner(own, uploader, TranscriptStore(documents), recovery),
        )
        made.append(machine)
        return machine

    yield make
    for machine in made:
        await machine.runner.close()
        await machine.uploader.close()


@pytest.fixture
async def machine(make_machine: Callable[..., Machine]) -> Machine:
    """Return a machine whose library has the video `talk`."""
    made = make_machine()
    path = make_video(made.settings.videos_dir / "talk.mp4", seconds=SECONDS)
    await register_video(path, identifier="talk", uploader=made.uploader, settings=made.settings)
    return made
