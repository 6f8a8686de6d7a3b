"""Rebuilds table and index from the bucket alone.

The bucket is listed once. Sidecars are read concurrently and inserted in batches, each in one transaction
with all rows of its videos, so that an interrupted adoption leaves complete videos only. Videos that have a
row are skipped, which makes it safe to repeat. Videos without a sidecar are downloaded and registered.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.core.config import Settings
from app.core.exceptions import (
    DatabaseError,
    ExitCode,
    InvalidRequestError,
    LibraryInUseError,
    MismatchError,
    VideoMomentsError,
)
from app.database.exclusive import try_exclusive_for_long
from app.database.session import transaction
from app.models.sidecar import LibrarySidecar
from app.repositories import (
    adoption_repository,
    sidecar_repository,
    trash_repository,
    video_identity_repository,
)
from app.repositories.video_identity_repository import VideoIdentity
from app.services.sidecars.adopted_rows import AdoptedVideo, RowBuilder
from app.services.sidecars.adoption_report import AdoptionReport
from app.services.sidecars.chapter_documents import ChapterDocuments
from app.services.sidecars.document import parse, parse_as
from app.services.sidecars.folders import VideoFolder, find_original, group_objects
from app.services.sidecars.reader import read_content
from app.services.sidecars.unlisted import OriginalRegistration
from app.services.storage.checksums import to_hex
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import ensure_usable_name, parse_cloud_url
from app.services.storage.object_store import StoredObject

logger = logging.getLogger(__name__)

PARALLEL_READS = 8
BATCH_VIDEOS = 200
BATCH_BYTES = 4 * 1024**2
"""Size of the sidecars of a batch, so that its transaction stays short."""


@dataclass
class Adoption:
    """One run of `videomoments adopt`.

    Attributes:
        prefix: only objects whose names start with it; it starts with `GCS_VIDEOS_PREFIX`.
        dry_run: read and check everything, but write nothing.
    """

    settings: Settings
    uploader: GCSUploader
    prefix: str = ""
    dry_run: bool = False
    report: AdoptionReport = field(default_factory=AdoptionReport)

    def __post_init__(self) -> None:
        videos = self.settings.gcs_videos_prefix
        self.prefix = self.prefix or videos
        if not self.prefix.startswith(videos):
            raise InvalidRequestError(
                f"{self.prefix!r} is not below {videos!r}, where the originals are",
                remedy="set GCS_VIDEOS_PREFIX, or leave out the option",
            )
        self._reads = asyncio.Semaphore(PARALLEL_READS)
        self._chapters = ChapterDocuments(self.settings, self.uploader)
        self._originals = OriginalRegistration(self.settings, self.uploader)

    async def run(self) -> AdoptionReport:
        """Adopt all videos; errors of single videos are in the report.

        Raises:
            LibraryInUseError: another adoption is running.
            StorageError: the bucket could not be listed, or is unavailable.
            DatabaseError: the database is unavailable.
        """
        async with try_exclusive_for_long("adopt") as is_ours:
            if not is_ours:
                raise LibraryInUseError("another adoption is running", remedy="wait until it has ended")
            await self._run()
        return self.report

    async def _run(self) -> None:
        content = group_objects(self.settings, await self.uploader.list_objects(self.prefix))
        self.report.found(content)
        async with transaction() as session:
            known = {row.identifier: row for row in await video_identity_repository.list_all(session)}
            purged = await trash_repository.list_purged(session)
        new = []
        for folder in content.folders.values():
            if row := known.get(folder.identifier):
                self._compare(folder, row)
            elif folder.identifier in purged:
                self.report.skip()  # a worker removes its objects
            else:
                new.append(folder)
        del known
        self._rows = await self._row_builder() if new else None
        for batch in _batches([folder for folder in new if folder.sidecar]):
            await self._adopt(batch)
        if content.library is not None:
            await self._adopt_library(content.library)
        for folder in new:
            if folder.sidecar is None:
                await self._register(folder)

    def _compare(self, folder: VideoFolder, row: VideoIdentity) -> None:
        """Report how the row of a video differs from its object."""
        self.report.skip()
        bucket, gcs_path = parse_cloud_url(row.cloud_url)
        stored = next((found for found in folder.originals.values() if found.name == gcs_path), None)
        cause = None
        if bucket != self.settings.gcs_bucket_name or stored is None:
            cause = f"the row names {row.cloud_url}, which is not in the folder"
        elif row.size_bytes not in {None, stored.size}:
            cause = f"the row states {row.size_bytes} bytes, the object has {stored.size}"
        elif row.md5 and stored.md5 and row.md5 != to_hex(stored.md5):
            cause = f"the row states the MD5 {row.md5}, the object has {to_hex(stored.md5)}"
        if cause is not None:
            error = MismatchError(cause, remedy="see `videomoments doctor --storage`")
            self.report.differ(folder.identifier, error)

    async def _row_builder(self) -> RowBuilder:
        copies = await self.uploader.list_objects(self.settings.gcs_playback_prefix)
        return RowBuilder(self.settings, self.uploader, frozenset(stored.name for stored in copies))

    async def _adopt(self, batch: Sequence[VideoFolder]) -> None:
        read = await asyncio.gather(*map(self._read, batch))
        videos = [video for video in read if video is not None]
        if self.dry_run:
            self.report.adopt(len(videos))
            return
        await self._insert([video for video in videos if await self._restore_chapters(video)])

    async def _restore_chapters(self, video: AdoptedVideo) -> bool:
        """Restore the document of a video's chapters; return False after an error, which is reported."""
        try:
            await self._chapters.restore(video)
        except VideoMomentsError as error:
            if _ends_all(error):
                raise
            self.report.fail(video.identifier, video.sidecar_name, error)
            return False
        return True

    async def _read(self, folder: VideoFolder) -> AdoptedVideo | None:
        assert folder.sidecar is not None and self._rows is not None  # noqa: S101, PT018 - the caller checked
        name = folder.sidecar.name
        try:
            ensure_usable_name(folder.identifier, name)
            async with self._reads:
                content = await read_content(self.uploader, folder.sidecar)
            sidecar = parse(content, name)
            original, remark = find_original(folder, sidecar, name)
        except VideoMomentsError as error:
            if _ends_all(error):
                raise
            self.report.fail(folder.identifier, name, error)
            return None
        if remark is not None:
            self.report.remark(folder.identifier, remark)
        return self._rows.build(folder.identifier, sidecar, original, is_exact=remark is None)

    async def _insert(self, videos: Sequence[AdoptedVideo]) -> None:
        """Insert a batch; after an error each video by itself, so that only the broken one is left out."""
        try:
            await self._insert_at_once(videos)
        except DatabaseError as error:
            if _ends_all(error):
                raise
            if len(videos) == 1:
                self.report.fail(videos[0].identifier, videos[0].sidecar_name, error)
                return
            for video in videos:
                await self._insert([video])

    async def _insert_at_once(self, videos: Sequence[AdoptedVideo]) -> None:
        if not videos:
            return
        async with transaction() as session:
            inserted = await adoption_repository.insert_videos(session, [video.row for video in videos])
            new = [(video, inserted[video.identifier]) for video in videos if video.identifier in inserted]
            await adoption_repository.insert_details(
                session,
                marks=[row for video, _ in new for row in video.marks()],
                chapters=[row for video, number in new for row in video.chapters(number)],
                corrections=[row for video, _ in new for row in video.corrections()],
                feedback=[row for video, number in new for row in video.feedback(number)],
                exports=[row for video, number in new for row in video.exports(number)],
            )
            await adoption_repository.queue_index(session, inserted.values())
            # The triggers queued all of them, but their sidecars are what was just read.
            current = [number for video, number in new if video.is_exact]
            await sidecar_repository.remove_videos(session, current)
        self.report.adopt(len(new))
        self.report.skip(len(videos) - len(new))

    async def _adopt_library(self, stored: StoredObject) -> None:
        try:
            content = await read_content(self.uploader, stored)
            library = parse_as(LibrarySidecar, content, stored.name)
            if self.dry_run:
                return
            async with transaction() as session:
                self.report.library_rows = await adoption_repository.insert_library(
                    session,
                    terms=[term.model_dump() for term in library.vocabulary],
                    views=[view.model_dump() for view in library.views],
                    distinct=[pair.model_dump() for pair in library.distinct],
                )
        except VideoMomentsError as error:
            if _ends_all(error):
                raise
            self.report.fail("", stored.name, error)

    async def _register(self, folder: VideoFolder) -> None:
        """Register a video that has no sidecar from its original."""
        try:
            original = self._originals.choose(folder)
            if not self.dry_run:
                await self._originals.register(folder.identifier, original)
        except VideoMomentsError as error:
            if _ends_all(error):
                raise
            name = next(iter(folder.originals.values())).name
            self.report.fail(folder.identifier, name, error)
        else:
            self.report.register(folder.identifier)


def _ends_all(error: VideoMomentsError) -> bool:
    """Return whether the error, such as an unavailable bucket, would fail all further videos."""
    # Of the database's errors, the plain one means that a row was rejected.
    return error.exit_code is ExitCode.CONFIGURATION and type(error) is not DatabaseError


def _batches(folders: Sequence[VideoFolder]) -> Iterator[list[VideoFolder]]:
    batch: list[VideoFolder] = []
    size = 0
    for folder in folders:
        added = folder.sidecar.size if folder.sidecar else 0
        if batch and (len(batch) == BATCH_VIDEOS or size + added > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(folder)
        size += added
    if batch:
        yield batch
