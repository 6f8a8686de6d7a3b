"""The pipeline on real servers with real models; tests run its stages themselves, without a worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.ai.moments.base import MomentEngine
from app.ai.moments.factory import create_engine
from app.ai.transcription.base import Transcriber
from app.ai.transcription.factory import create_transcriber
from app.core.config import Settings
from app.core.redis import create_redis
from app.database.models import PipelineRun
from app.database.session import transaction
from app.models.pipeline import GenerateMomentsRequest, RunState
from app.repositories import pipeline_run_repository as runs
from app.services.chapters.service import ChapterService
from app.services.moments.documents import VideoDocumentStores
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.resource_limits import ResourceLimits
from app.services.pipeline.run_context import WorkerResources
from app.services.pipeline.run_reader import RunReader
from app.services.pipeline.run_recovery import RunRecovery
from app.services.pipeline.run_service import RunService
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.pipeline.runner import Runner
from app.services.storage.gcs_uploader import GCSUploader
from app.services.transcripts.store import TranscriptStore

SHORT = {"min_moment_length": 2, "max_moment_length": 20, "min_moments": 1, "max_moments": 3}
"""Options for the short talks of the tests."""


@dataclass
class Pipeline:
    """The services of the API and of a worker on one machine."""

    settings: Settings
    resources: WorkerResources
    queue: RunQueue
    status_store: RunStatusStore
    run_service: RunService
    run_reader: RunReader
    recovery: RunRecovery

    @property
    def runner(self) -> Runner:
        return Runner(self.resources, self.status_store, self.recovery)

    async def submit(self, **request: object) -> str:
        """Queue a run and return its request id."""
        created = await self.run_service.submit(GenerateMomentsRequest.model_validate(SHORT | request))
        return created.request_id

    async def run(self, **request: object) -> RunState:
        """Queue a run, process it, and return its final state."""
        return await self.work(await self.submit(**request))

    async def work(self, request_id: str, *, interrupted: Callable[[], bool] = lambda: False) -> RunState:
        await self.runner(request_id, interrupted)
        return await self.run_reader.state((await self.row(request_id)).video_identifier)

    async def row(self, request_id: str) -> PipelineRun:
        async with transaction() as session:
            row = await runs.get(session, request_id)
        assert row is not None
        return row

    def files(self) -> set[str]:
        """Return the paths of all files in `static/`, hidden ones included."""
        root = self.settings.static_path
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    async def objects(self) -> set[str]:
        return {stored.name for stored in await self.resources.uploader.list_objects("")}


@pytest.fixture(scope="session")
async def transcriber() -> AsyncIterator[Transcriber]:
    made = create_transcriber(Settings.model_validate({"transcription_engine": "whisper"}))
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def engine() -> AsyncIterator[MomentEngine]:
    made = create_engine(Settings.model_validate({"moment_engine": "extractive"}))
    yield made
    await made.close()


@pytest.fixture
async def make_pipeline(
    settings: Settings,
    session_factory: async_sessionmaker[AsyncSession],
    transcriber: Transcriber,
    engine: MomentEngine,
) -> AsyncIterator[Callable[..., Pipeline]]:
    """Create pipelines from the settings of the test and changes of them."""
    closing: list[Callable[[], Awaitable[None]]] = []

    def make(**changes: object) -> Pipeline:
        own = settings.model_copy(update=changes)
        own.videos_dir.mkdir(parents=True, exist_ok=True)
        redis, uploader = create_redis(own), GCSUploader(own)
        closing.extend((redis.aclose, uploader.close))
        documents = VideoDocumentStores.of(own, uploader)
        resources = WorkerResources(
            own,
            uploader,
            documents,
            TranscriptStore(documents),
            ChapterService(own, uploader),
            transcriber,
            engine,
            ResourceLimits(own),
        )
        queue, status_store = RunQueue(own), RunStatusStore(redis, own)
        return Pipeline(
            own,
            resources,
            queue,
            status_store,
            RunService(own, queue, status_store),
            RunReader(own, status_store),
            RunRecovery(queue, status_store),
        )

    yield make
    for close in closing:
        await close()


@pytest.fixture
def pipeline(make_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return make_pipeline()


@pytest.fixture
def second_machine(make_pipeline: Callable[..., Pipeline], tmp_path: Path) -> Pipeline:
    """A second machine with the same servers and no common files."""
    return make_pipeline(static_dir=tmp_path / "elsewhere")


def with_resources(pipeline: Pipeline, **changes: object) -> Pipeline:
    """Return the same machine with other clients or engines."""
    return replace(pipeline, resources=replace(pipeline.resources, **changes))  # type: ignore[arg-type]


async def until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
