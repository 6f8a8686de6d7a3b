"""What a stage works with: one run, its video's files wherever they are, and its progress."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.ai.moments.base import MomentEngine
from app.ai.transcription.base import Transcriber
from app.core.config import Settings
from app.core.exceptions import RunOwnershipLostError, VideoNotFoundError
from app.database.models import Video
from app.database.session import transaction
from app.models.moment import MomentRead
from app.models.pipeline import RunState, StageState
from app.repositories import directory_listing, pipeline_run_repository, video_db_repository
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.pipeline.resource_limits import ResourceLimits
from app.services.storage.gcs_uploader import GCSUploader, clip_filename, clip_ids
from app.services.storage.object_names import parse_cloud_url


@dataclass(frozen=True)
class WorkerResources:
    """What lives as long as the worker, and all its runs share."""

    settings: Settings
    uploader: GCSUploader
    documents: VideoDocumentStores
    transcriber: Transcriber
    engine: MomentEngine
    limits: ResourceLimits


@dataclass
class RunContext:
    """One run in the hands of one worker.

    `folder` is the run's own and goes with it. `show` puts the state where people see it; stages call it
    through `progress`, as often as they like.
    """

    tools: WorkerResources
    state: RunState
    token: str
    folder: Path
    show: Callable[[], None]
    fetch_url: str | None = None
    """The link with its signature or password, for as long as the video is not fetched."""
    moments_key: str | None = None
    _fetched: dict[str, Path] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.tools.settings

    @property
    def video_id(self) -> str:
        return self.state.video_id

    @property
    def stage(self) -> StageState:
        """The stage that is at work."""
        assert self.state.current_stage is not None  # noqa: S101 - set before any stage is called
        return self.state.stages[self.state.current_stage]

    # Progress

    def progress(self, percent: float, *, sent: int | None = None, total: int | None = None) -> None:
        """Show how far the stage is, in percent and where it moves bytes in bytes too."""
        self.stage.percent = round(min(max(percent, 0.0), 100.0), 1)
        self.stage.bytes_done, self.stage.bytes_total = sent, total
        self.show()

    def set_item_progress(self, done: float, total: int) -> None:
        """Show how many of its items, such as clips, the stage has done; a fraction of one counts."""
        self.stage.items_done, self.stage.items_total = int(done), total
        self.progress(100 * done / total if total else 100)

    def set_activity(self, what: str) -> None:
        """Say in words what the stage does just now."""
        self.stage.reason = what
        self.show()

    # What is there

    async def video(self) -> Video | None:
        """The video's row."""
        async with transaction() as session:
            return await video_db_repository.get_by_identifier(session, self.video_id)

    async def local_video(self) -> Path | None:
        """The original on this machine."""
        folder = self.settings.videos_dir
        names = await asyncio.to_thread(directory_listing.find_video, folder, self.video_id)
        if len(names) > 1 and (row := await self.video()) is not None:
            named = row.cloud_url.rpartition("/")[2]
            names = [name for name in names if name == named] or names
        return folder / names[0] if names else None

    async def video_file(self) -> Path:
        """The original: on this machine, or fetched from the bucket into the run's folder.

        Raises:
            VideoNotFoundError, ObjectNotFoundError, StorageError, LocalFileError.
        """
        local = await self.local_video()
        if local is not None:
            return local
        row = await self.video()
        if row is None:
            raise VideoNotFoundError(self.video_id)
        return await self._fetch(parse_cloud_url(row.cloud_url)[1])

    @property
    def local_audio(self) -> Path:
        return self.settings.audios_dir / f"{self.video_id}.wav"

    async def audio_file(self) -> Path:
        """The sound: on this machine, or fetched from the bucket into the run's folder.

        Raises:
            ObjectNotFoundError, StorageError, LocalFileError.
        """
        if await asyncio.to_thread(self.local_audio.is_file):
            return self.local_audio
        return await self._fetch(self.tools.uploader.audio_path(self.video_id))

    async def audio_url(self) -> str:
        """A signed link to the sound's object."""
        return await self.tools.uploader.generate_signed_url(self.tools.uploader.audio_path(self.video_id))

    async def moments(self) -> list[MomentRead] | None:
        """The moments, refined ones among them, as users have left them."""
        return await EditedMomentsReader(self.tools.documents.moments).load_authoritative(self.video_id)

    async def source_moments(self) -> list[MomentRead]:
        """The moments as they were found, kept or edited: those that get a clip."""
        return [moment for moment in await self.moments() or () if not moment.is_refined]

    def local_clip(self, moment_id: str) -> Path:
        return self.settings.moment_clips_dir / clip_filename(self.video_id, moment_id)

    async def local_clip_ids(self) -> set[str]:
        """The ids of the moments whose clip is on this machine."""
        names = await asyncio.to_thread(directory_listing.names, self.settings.moment_clips_dir)
        return clip_ids(self.video_id, names)

    async def stored_clip_ids(self) -> set[str]:
        """The ids of the moments whose clip is in the bucket."""
        return await self.tools.uploader.list_clips(self.video_id)

    async def _fetch(self, gcs_path: str) -> Path:
        if gcs_path not in self._fetched:
            copy = self.folder / gcs_path.rpartition("/")[2]
            self.set_activity("fetching the file from the bucket")
            await self.tools.uploader.download(gcs_path, copy, self._fetching)
            self.stage.reason = self.stage.bytes_done = self.stage.bytes_total = None
            self.show()
            self._fetched[gcs_path] = copy
        return self._fetched[gcs_path]

    def _fetching(self, received: int, total: int) -> None:
        self.stage.bytes_done, self.stage.bytes_total = received, total
        self.show()

    # Fencing

    async def ensure_owned(self) -> None:
        """Look, before a result gets its place, whether the run is still ours.

        Raises:
            RunOwnershipLostError: another worker has it.
        """
        async with transaction() as session:
            current = await pipeline_run_repository.holds_token(session, self.state.request_id, self.token)
        if not current:
            raise RunOwnershipLostError(
                f"run {self.state.request_id} of {self.video_id!r} is another worker's now"
            )


StageFunction = Callable[[RunContext], Awaitable[str | None]]
"""Does a stage's work. A text that it returns is the reason why there was nothing to do."""
