"""Registration of one file of a watch folder.

The file stays where it is: its bytes go to the bucket, and no copy is made in the folder of videos. It is
opened without following links out of the watch folder, because others may replace it after the scan. Files
whose bytes the library has, or had until a user deleted them, are not registered again.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    DatabaseError,
    FileChangedError,
    FileStillWrittenError,
    IdentifierConflictError,
    InternalError,
    LimitReachedError,
    LocalFileNotFoundError,
    StorageError,
    VideoMomentsError,
)
from app.database.models import Video, WatchedFile
from app.database.session import transaction
from app.repositories import video_db_repository, watched_file_repository as files
from app.repositories.watched_file_repository import SeenFile
from app.services.library.content import LocalContent, find_same_content
from app.services.library.identity import identifier_of, path_below, renamed
from app.services.library.registration import register_video
from app.services.storage.checksums import Digest, StableFile, digest_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.transcripts.sidecars import keep_sidecars
from app.services.watch_folders.states import add_file_problem, as_problem

logger = logging.getLogger(__name__)

REST_LIMIT_SECONDS = 0.5

StartRun = Callable[[str], Awaitable[None]]
"""Starts the search for moments of a video."""


class ThrottledContent(LocalContent):
    """The content of a file, read at half the speed of its disk."""

    async def digest(self) -> Digest:
        if self._digest is None:
            self._digest = await run_cancellable_in_thread(
                lambda check: digest_file(self.path, _throttled(check), within=self.within)
            )
        return self._digest


@dataclass(frozen=True, slots=True)
class Intake:
    """Registers complete files.

    Attributes:
        start_run: None to register only.
    """

    settings: Settings
    uploader: GCSUploader
    start_run: StartRun | None = None

    async def process(self, folder: Path, file: SeenFile) -> None:
        """Register a file, or record why not.

        Raises:
            StorageError, DatabaseError, LimitReachedError: bucket, database or queue cannot take it now; the
                file is processed again by a later scan.
        """
        path = folder / file.path
        try:
            await self._register(folder, file, path)
        except (FileStillWrittenError, FileChangedError, LocalFileNotFoundError):
            async with transaction() as session:  # compared with the next scan once more
                await files.set_states(session, str(folder), [file.path], "waiting", now=utc_now())
        except VideoMomentsError as error:
            if is_outage(error):
                raise
            await add_file_problem(folder, file, error)
        except Exception:  # recorded, or it would keep all other files from being registered
            logger.exception("File of a watch folder failed", extra={"path": file.path})
            await add_file_problem(folder, file, InternalError())

    async def _register(self, folder: Path, file: SeenFile, path: Path) -> None:
        await run_in_thread(_ensure_within, folder, path)
        content = ThrottledContent(path, within=folder)
        known, digest = await self._find_known(content, file)
        if known is None and digest is not None and await self._was_deleted(file, digest):
            await self._save(folder, file, "known", digest.md5_hex, None)
            return
        relative_path = path_below(self.settings.videos_dir, path) or file.path
        video = known or await self._add(content, relative_path)
        # A scan that was interrupted after the registration is completed by the next one.
        is_new = video.relative_path == relative_path and video.deleted_at is None
        moved = None if is_new else await self._find_moved(folder, file, video)
        if moved is not None:
            await self._move(folder, file, moved, video)
        else:
            await self._save(folder, file, "added" if is_new else "known", video.md5, video.id)
        if is_new:
            logger.info("Video added from a watch folder", extra={"video_id": video.identifier})
            await self._finish(video, path)

    async def _find_known(
        self, content: ThrottledContent, file: SeenFile
    ) -> tuple[Video | None, Digest | None]:
        """Return the video with these bytes, and the digest if a file of this size was seen before."""
        same = await find_same_content(content, self.uploader)
        if same is not None:
            return same, await content.digest()
        async with transaction() as session:
            is_seen = await files.has_size(session, file.size)
        return None, await content.digest() if is_seen else None

    async def _was_deleted(self, file: SeenFile, digest: Digest) -> bool:
        """Return whether a video with these bytes was added from a watch folder and deleted since."""
        async with transaction() as session:
            return bool(await files.list_same(session, file.size, digest.md5_hex))

    async def _add(self, content: ThrottledContent, relative_path: str) -> Video:
        """Register the file; a name that another video has gets digits of the MD5."""
        register = partial(
            register_video,
            content.path,
            uploader=self.uploader,
            settings=self.settings,
            within=content.within,
            relative_path=relative_path,
        )
        identifier = identifier_of(relative_path)
        try:
            return (await register(identifier=identifier)).video
        except IdentifierConflictError:
            identifier = renamed(identifier, (await content.digest()).md5_hex)
            return (await register(identifier=identifier)).video

    async def _find_moved(self, folder: Path, file: SeenFile, video: Video) -> WatchedFile | None:
        """Return the row of the same file at its former path, which has no file any more."""
        async with transaction() as session:
            same = await files.list_same(session, file.size, video.md5 or "")
        own = (str(folder), file.path)
        return next(
            (
                row
                for row in same
                if row.state == "missing" and row.video_id == video.id and (row.folder, row.path) != own
            ),
            None,
        )

    async def _move(self, folder: Path, file: SeenFile, moved: WatchedFile, video: Video) -> None:
        """Record the new path of a file; the video's folder follows unless it was changed otherwise."""
        async with transaction() as session:
            await files.delete_files(session, moved.folder, [moved.path])
            await _save_in(session, folder, file, "added", video.md5, video.id)
            if video.relative_path == moved.path:
                await video_db_repository.update(session, video.id, relative_path=file.path)
        logger.info(
            "File of a watch folder was moved",
            extra={"video_id": video.identifier, "from": moved.path, "to": file.path},
        )

    async def _save(
        self, folder: Path, file: SeenFile, state: str, md5: str | None, video_id: int | None
    ) -> None:
        async with transaction() as session:
            await _save_in(session, folder, file, state, md5, video_id)

    async def _finish(self, video: Video, path: Path) -> None:
        """Keep the captions beside the file and start a run; the video is complete without either."""
        try:
            await keep_sidecars(video.identifier, path, settings=self.settings, uploader=self.uploader)
            if self.start_run is not None:
                await self.start_run(video.identifier)
        except VideoMomentsError as error:
            logger.warning(
                "Captions or run of a watched file failed: %s",
                error.cause,
                extra={"video_id": video.identifier, "problem": as_problem(error)["type"]},
            )


async def _save_in(
    session: AsyncSession, folder: Path, file: SeenFile, state: str, md5: str | None, video_id: int | None
) -> None:
    await files.save_result(
        session,
        str(folder),
        file,
        state=state,
        md5=md5,
        video_id=video_id,
        error=None,
        changed_at=utc_now(),
    )


def _ensure_within(folder: Path, path: Path) -> None:
    """Check before any program reads the file that it is still one of the folder."""
    with StableFile(path, within=folder):
        pass


def is_outage(error: VideoMomentsError) -> bool:
    """Return whether a later attempt with the same file can succeed without a change of the file."""
    return isinstance(error, (DatabaseError, LimitReachedError, StorageError))


def _throttled(check: CancelCheck) -> CancelCheck:
    """Return a check that rests after each block for as long as the block took."""
    last = time.monotonic()

    def rest() -> None:
        nonlocal last
        check()
        time.sleep(min(time.monotonic() - last, REST_LIMIT_SECONDS))
        last = time.monotonic()

    return rest
