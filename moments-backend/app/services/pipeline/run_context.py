"""The context that a stage works in: one run, the files of its video, and its progress."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.ai.moments.base import MomentEngine
from app.ai.transcription.base import Transcriber
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import RunOwnershipLostError, VideoNotFoundError
from app.database.models import Video
from app.database.session import transaction
from app.models.moment import MomentRead
from app.models.pipeline import RunState, StageState
from app.repositories import (
    directory_listing,
    moment_edit_repository,
    pipeline_run_repository,
    video_db_repository,
)
from app.services.chapters.service import ChapterService
from app.services.library.local_files import OpenedFile, open_file
from app.services.library.originals import find_local_original, find_original
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.pipeline.resource_limits import ResourceLimits
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import clip_filename, clip_ids, parse_cloud_url
from app.services.transcripts.store import TranscriptStore


@dataclass(frozen=True)
class WorkerResources:
    """Clients and engines that all runs of a worker share."""

    settings: Settings
    uploader: GCSUploader
    documents: VideoDocumentStores
    transcripts: TranscriptStore
    chapters: ChapterService
    transcriber: Transcriber
    engine: MomentEngine
    limits: ResourceLimits


@dataclass
class RunContext:
    """One run while a worker processes it.

    Attributes:
        token: proves that this worker owns the run.
        folder: temporary directory of the run, deleted with it.
        publish: publishes `state`; cheap, because it is throttled.
        notice: remark on the result of the current stage, which it keeps when it is completed.
        fetch_url: the link with its signature or password, until the video is downloaded.
    """

    resources: WorkerResources
    state: RunState
    token: str
    folder: Path
    publish: Callable[[], None]
    fetch_url: str | None = None
    moments_key: str | None = None
    notice: str | None = None
    _downloads: dict[str, Path] = field(default_factory=dict)
    _local: OpenedFile | None = None

    @property
    def settings(self) -> Settings:
        return self.resources.settings

    @property
    def video_id(self) -> str:
        return self.state.video_id

    @property
    def stage(self) -> StageState:
        assert self.state.current_stage is not None  # noqa: S101 - set before any stage is called
        return self.state.stages[self.state.current_stage]

    # Progress

    def progress(self, percent: float, *, sent: int | None = None, total: int | None = None) -> None:
        """Publish the progress of the stage; `sent` and `total` are bytes."""
        self.stage.percent = round(min(max(percent, 0.0), 100.0), 1)
        self.stage.bytes_done, self.stage.bytes_total = sent, total
        self.publish()

    def set_item_progress(self, done: float, total: int) -> None:
        """Publish how many items, such as clips, are done; fractions count for the percentage."""
        self.stage.items_done, self.stage.items_total = int(done), total
        self.progress(100 * done / total if total else 100)

    def set_activity(self, description: str) -> None:
        self.stage.reason = description
        self.publish()

    # Files and documents

    async def video(self) -> Video | None:
        async with transaction() as session:
            return await video_db_repository.get_by_identifier(session, self.video_id)

    async def local_video(self) -> Path | None:
        """Return the original if it is on this machine."""
        row = await self.video()
        if row is not None:
            if self._local is None or not await run_in_thread(self._local.is_unchanged):
                path = await find_local_original(self.settings, row)
                self._local = None if path is None else await run_in_thread(open_file, path)
            return None if self._local is None else self._local.path
        return await run_in_thread(find_original, self.settings.videos_dir, self.video_id, None)

    async def video_file(self) -> Path:
        """Return the original; download it to `folder` if it is not on this machine."""
        local = await self.local_video()
        if local is not None:
            return local
        row = await self.video()
        if row is None:
            raise VideoNotFoundError(self.video_id)
        return await self._download(parse_cloud_url(row.cloud_url)[1])

    @property
    def local_audio(self) -> Path:
        return self.settings.audios_dir / f"{self.video_id}.wav"

    async def audio_file(self) -> Path:
        """Return the audio; download it to `folder` if it is not on this machine."""
        if await run_in_thread(self.local_audio.is_file):
            return self.local_audio
        return await self._download(self.resources.uploader.audio_path(self.video_id))

    async def audio_url(self) -> str:
        uploader = self.resources.uploader
        return await uploader.generate_signed_url(uploader.audio_path(self.video_id))

    async def moments(self) -> list[MomentRead] | None:
        """Return the moments, refined ones included, with the user's edits."""
        return await EditedMomentsReader(self.resources.documents.moments).load_authoritative(self.video_id)

    async def source_moments(self) -> list[MomentRead]:
        """Return the moments that get a clip: all but the refined ones."""
        return [moment for moment in await self.moments() or () if not moment.is_refined]

    async def restorable_moment_ids(self) -> set[str]:
        """Return the ids of deleted moments that can be restored, with their clips."""
        async with transaction() as session:
            return await moment_edit_repository.find_restorable(session, self.video_id)

    def local_clip(self, moment_id: str) -> Path:
        return self.settings.moment_clips_dir / clip_filename(self.video_id, moment_id)

    async def local_clip_ids(self) -> set[str]:
        """Return the ids of the moments with a clip on this machine."""
        names = await run_in_thread(directory_listing.names, self.settings.moment_clips_dir)
        return clip_ids(self.video_id, names)

    async def stored_clip_ids(self) -> set[str]:
        """Return the ids of the moments with a clip in the bucket."""
        return await self.resources.uploader.list_clips(self.video_id)

    async def _download(self, gcs_path: str) -> Path:
        if gcs_path not in self._downloads:
            copy = self.folder / gcs_path.rpartition("/")[2]
            self.set_activity("downloading the file from the bucket")
            await self.resources.uploader.download(gcs_path, copy, self._set_bytes)
            self.stage.reason = self.stage.bytes_done = self.stage.bytes_total = None
            self.publish()
            self._downloads[gcs_path] = copy
        return self._downloads[gcs_path]

    def _set_bytes(self, received: int, total: int) -> None:
        self.stage.bytes_done, self.stage.bytes_total = received, total
        self.publish()

    # Ownership

    async def ensure_owned(self) -> None:
        """Check that this worker still owns the run; call it before a result is moved into place.

        Raises:
            RunOwnershipLostError: another worker owns the run.
        """
        async with transaction() as session:
            is_owned = await pipeline_run_repository.holds_token(session, self.state.request_id, self.token)
        if not is_owned:
            raise ownership_lost(self.state)


StageFunction = Callable[[RunContext], Awaitable[str | None]]
"""Executes a stage; returns the reason if there was nothing to do."""


def ownership_lost(state: RunState) -> RunOwnershipLostError:
    return RunOwnershipLostError(
        f"run {state.request_id} of {state.video_id!r} was taken over by another worker"
    )
