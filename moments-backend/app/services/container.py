"""Composition root: builds the clients and services of the API, the worker and the CLI.

    async with ApiContainer(settings) as container: ...

Constructors do no I/O and nothing connects before it is used. Leaving the block closes every client.
"""

import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.files.private_folder import make_static_dir_private
from app.core.periodic import PeriodicTask, PeriodicTasks
from app.core.redis import create_redis
from app.database.read_pool import ReadPool
from app.database.session import close_db, init_db, transaction
from app.repositories import video_db_repository
from app.services.access.access import ApiAccess
from app.services.bulk.actions import bulk_actions
from app.services.bulk.runner import BulkRunner
from app.services.bulk.service import BulkService
from app.services.chapters.service import ChapterService
from app.services.consistency.trash import STORAGE_TRASH_SECONDS, StorageTrash
from app.services.consistency.usage import StorageUsageService
from app.services.consistency.verification import TICK_SECONDS, Verification
from app.services.downloads.pinned_transport import PinnedTransport
from app.services.downloads.ssrf_guard import SsrfGuard
from app.services.duplicates.hashing import HASH_SECONDS, FrameHasher
from app.services.duplicates.merging import DuplicateMerger
from app.services.duplicates.service import DuplicateService
from app.services.exports.files import ExportFiles
from app.services.exports.markers.service import MarkerService
from app.services.exports.service import ExportService
from app.services.library.deletion import VideoDeletion
from app.services.library.local_files import VideoFileCache
from app.services.library.storyboards import StoryboardStore
from app.services.library.thumbnails import ThumbnailStore
from app.services.library.trash import TrashService
from app.services.metrics.exposition import MetricsExposition
from app.services.metrics.worker_metrics import WorkerMetricsPublisher
from app.services.moments.clips import ClipService
from app.services.moments.deleted_moments import DeletedMomentService
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.moments.editing import MomentEditingService
from app.services.pipeline.playback_runs import PlaybackRuns
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.resource_limits import ResourceLimits
from app.services.pipeline.run_context import WorkerResources
from app.services.pipeline.run_reader import RunReader
from app.services.pipeline.run_service import RunService
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.search.meaning import SEARCH_SETTINGS
from app.services.search.passage_backlog import PassageBacklogProcessor
from app.services.search.passage_index import PassageIndexer
from app.services.search.reindex import SearchBacklogProcessor
from app.services.search.service import SearchService
from app.services.sharing.service import SharingService
from app.services.sidecars.writer import CHECK_SECONDS, SidecarWriter
from app.services.storage.gcs_uploader import GCSUploader
from app.services.subscriptions.checker import POLL_SECONDS as SUBSCRIPTION_SECONDS, SubscriptionChecker
from app.services.subscriptions.service import SubscriptionService
from app.services.system import SystemService
from app.services.transcripts.store import TranscriptStore
from app.services.uploads.service import UploadService
from app.services.watch_folders.watcher import FolderWatcher
from app.services.webhooks.delivery import POLL_SECONDS, WebhookDelivery
from app.services.webhooks.sender import WebhookSender
from app.services.webhooks.service import WebhookService

logger = logging.getLogger(__name__)

PURGE_SECONDS = 600.0
"""Interval of the search for deleted moments and videos older than `TRASH_DAYS`."""


def create_sender(settings: Settings) -> WebhookSender:
    """Return the client of webhooks, which reaches public addresses and `WEBHOOK_ALLOWED_NETWORKS`."""
    guard = SsrfGuard(
        settings.webhook_allowed_networks,
        purpose="webhooks to",
        remedy="use a public address, or allow the network with WEBHOOK_ALLOWED_NETWORKS",
    )
    return WebhookSender(PinnedTransport(guard), guard)


class AppContainer:
    """Clients and services that the API, the worker and the CLI share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redis = create_redis(settings)
        self.uploader = GCSUploader(settings)
        self.documents = VideoDocumentStores.of(settings, self.uploader)
        self.sentence_encoder = SentenceEncoder(settings.embedding_model_path)
        self.passages = PassageIndexer(self.sentence_encoder)
        self.transcripts = TranscriptStore(self.documents, self.passages)
        self.chapters = ChapterService(settings, self.uploader)
        self.moments = EditedMomentsReader(self.documents.moments)
        self.clips = ClipService(settings, self.uploader, self.moments)
        self.markers = MarkerService(settings, self.moments, self.transcripts)
        self.deleted_moments = DeletedMomentService(settings, self.uploader, self.documents, self.clips)
        self.run_queue = RunQueue(settings)
        self.run_status_store = RunStatusStore(self.redis, settings)
        self.run_service = RunService(settings, self.run_queue, self.run_status_store)
        self.run_reader = RunReader(settings, self.run_status_store)
        self.exports = ExportService(
            settings, self.uploader, self.run_queue, self.moments, self.documents.transcripts
        )
        self.export_files = ExportFiles(settings, self.uploader)
        self.deletion = VideoDeletion(settings, self.uploader, self.run_service.delete_runs)
        self.trash = TrashService(
            settings, self.deletion, (self.run_service.cancel_active, self.exports.cancel_active)
        )
        self.bulk = BulkService(self.run_queue, self.trash)
        self.playback = PlaybackRuns(settings, self.run_queue, self.run_status_store, self.run_reader)
        self.webhook_sender = create_sender(settings)
        self.subscription_checker = SubscriptionChecker(settings, self.run_service.submit)
        self.verification = Verification(settings, self.uploader)

    async def rebuild_index(self, video_id: str) -> None:
        """Rebuild the words of a video from its documents; embedding its passages would take much longer."""
        await TranscriptStore(self.documents).reindex(video_id)
        async with transaction() as session:
            video = await video_db_repository.get_by_identifier(session, video_id, include_deleted=True)
            if video is not None:
                await self.chapters.reindex(session, video)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _open(self, stack: AsyncExitStack) -> None:
        if message := await run_in_thread(make_static_dir_private, self.settings):
            logger.warning(message)
        await init_db(self.settings)
        stack.push_async_callback(close_db)
        stack.push_async_callback(self.redis.aclose)
        stack.push_async_callback(self.uploader.close)
        stack.push_async_callback(self.trash.close)
        stack.push_async_callback(self.webhook_sender.close)


class ApiContainer(AppContainer):
    """The container of the API."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.read_pool = ReadPool(settings)
        self.search_pool = ReadPool(settings, name="search", setup=SEARCH_SETTINGS)
        self.search = SearchService(self.search_pool, settings, encoder=self.sentence_encoder)
        self.access = ApiAccess(settings, self.redis)
        self.video_files = VideoFileCache(settings)
        self.storyboards = StoryboardStore(settings, self.uploader)
        self.thumbnails = ThumbnailStore(settings, self.uploader)
        self.deletion = replace(self.deletion, stop_making=(self.thumbnails.cancel, self.storyboards.cancel))
        self.trash = replace(self.trash, deletion=self.deletion)
        self.bulk = replace(self.bulk, trash=self.trash)
        self.moment_editing = MomentEditingService(self.documents)
        self.duplicates = DuplicateService(DuplicateMerger(self.documents, self.trash))
        self.uploads = UploadService(settings, self.uploader, self.run_service)
        self.sharing = SharingService(
            *(self.redis, self.uploader, self.exports, self.transcripts, self.chapters),
            self.playback.describe,
        )
        self.system = SystemService(
            settings, self.read_pool, self.redis, self.uploader, self.run_queue.count_workers
        )
        self.webhooks = WebhookService(self.webhook_sender)
        self.storage_usage = StorageUsageService(settings, self.uploader, self.redis)
        self.subscriptions = SubscriptionService(settings, self.subscription_checker)
        self.metrics = MetricsExposition(
            self.redis, self.run_queue.count_workers, self.uploads.count_by_status
        )

    async def _open(self, stack: AsyncExitStack) -> None:
        await super()._open(stack)
        stack.push_async_callback(self.read_pool.close)
        stack.push_async_callback(self.search_pool.close)
        stack.push_async_callback(self.access.close)
        stack.push_async_callback(self.thumbnails.close)
        stack.push_async_callback(self.storyboards.close)
        stack.push_async_callback(self.uploads.close)
        stack.push_async_callback(self.storage_usage.close)
        stack.push_async_callback(self.metrics.close)
        await self.uploads.start()
        self.access.start()


class WorkerContainer(AppContainer):
    """The container of a worker, with the clients of the transcription and moment models."""

    def __init__(self, settings: Settings) -> None:
        # Imported here: loading the model clients takes seconds, and only workers use them.
        from app.ai.moments.factory import create_engine  # noqa: PLC0415
        from app.ai.transcription.factory import create_transcriber  # noqa: PLC0415

        super().__init__(settings)
        self.metrics = WorkerMetricsPublisher(self.redis)
        self.search_backlog = SearchBacklogProcessor(self.rebuild_index)
        self.passage_backlog = PassageBacklogProcessor(self.passages)
        self.frame_hasher = FrameHasher(settings, self.uploader)
        self.bulk_runner = BulkRunner(
            bulk_actions(settings, self.uploader, self.deletion, self.run_service.submit)
        )
        self.transcriber = create_transcriber(settings)
        self.engine = create_engine(settings)
        self.resources = WorkerResources(
            settings,
            self.uploader,
            self.documents,
            self.transcripts,
            self.chapters,
            self.transcriber,
            self.engine,
            ResourceLimits(settings),
        )
        self.webhook_delivery = WebhookDelivery(self.webhook_sender)
        self.watcher = FolderWatcher.create(settings, self.uploader, self.run_service.submit)
        self.sidecars = SidecarWriter(settings, self.uploader)
        self.storage_trash = StorageTrash(settings, self.uploader)
        self.periodic = PeriodicTasks(self.periodic_tasks())

    def periodic_tasks(self) -> tuple[PeriodicTask, ...]:
        """Return the periodic tasks of this worker, which it runs besides the jobs of its queues."""
        return (
            PeriodicTask("sidecar objects", CHECK_SECONDS, self.sidecars.write_due),
            PeriodicTask("frame hashes", HASH_SECONDS, self.frame_hasher.hash_missing),
            PeriodicTask("purge of the trash", PURGE_SECONDS, self.trash.clean_up),
            PeriodicTask("verification of the bucket", TICK_SECONDS, self.verification.tick),
            PeriodicTask("purge of the storage trash", STORAGE_TRASH_SECONDS, self.storage_trash.purge),
            PeriodicTask("purge of deleted moments", PURGE_SECONDS, self.deleted_moments.purge_expired),
            PeriodicTask("delivery of webhooks", POLL_SECONDS, self.webhook_delivery.start_due),
            PeriodicTask("purge of webhook deliveries", PURGE_SECONDS, self.webhook_delivery.delete_old),
            PeriodicTask("subscriptions", SUBSCRIPTION_SECONDS, self.subscription_checker.check_due),
            PeriodicTask("watch folders", self.settings.watch_interval_seconds, self.watcher.poll),
        )

    async def _open(self, stack: AsyncExitStack) -> None:
        await super()._open(stack)
        stack.push_async_callback(self.transcriber.close)
        stack.push_async_callback(self.engine.close)
        stack.push_async_callback(self.passage_backlog.close)
        stack.push_async_callback(self.search_backlog.close)
        self.search_backlog.start()
        self.passage_backlog.start()
        stack.push_async_callback(self.webhook_delivery.close)
        stack.push_async_callback(self.sidecars.flush)
        stack.push_async_callback(self.periodic.close)
        self.periodic.start()
        if self.settings.metrics_enabled:
            stack.push_async_callback(self.metrics.close)
            self.metrics.start()
