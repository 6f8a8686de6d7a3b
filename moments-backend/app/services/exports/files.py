"""The files of exports: links, captions, and all of a video as one archive."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from app.core.clock import utc_now
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    ExportFileMissingError,
    ExportNotFoundError,
    ExportNotReadyError,
    ExportStateError,
    LocalFileError,
    ResultNotFoundError,
)
from app.database.models import Export
from app.database.session import transaction
from app.repositories import export_repository as exports
from app.repositories.export_repository import ExportOfVideo
from app.services.exports.mapper import SIDECAR_EXTENSIONS, options_of, to_error
from app.services.exports.naming import stem_from, unique_stems
from app.services.exports.selection import video_title
from app.services.exports.zip_stream import ZipEntry, stream_zip
from app.services.library.local_files import get_video_or_404
from app.services.storage.checksums import digest_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import export_prefix, exports_prefix
from app.services.storage.object_store import StoredObject
from app.services.storage.timeouts import with_request_timeout

SidecarExtension = Literal[".vtt", ".srt"]


@dataclass(frozen=True)
class ExportArchive:
    """An archive of exports, ready to be streamed."""

    filename: str
    blocks: AsyncIterator[bytes]


class ExportFiles:
    """Reads the objects of exports; a missing one makes its export failed, so that it can be retried."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader

    async def signed_url(self, export_id: str, *, method: str, as_download: bool) -> str:
        """Return a signed URL of the file, which browsers save under the export's file name.

        Args:
            method: the only HTTP method that the URL allows.

        Raises:
            ExportNotFoundError, ExportNotReadyError, ExportStateError: the export has no file.
            ExportFileMissingError: the bucket does not contain the file.
            StorageError, DatabaseError: as named.
        """
        row = (await _completed(export_id)).export
        stored = await self._describe(row, row.gcs_path or "")
        return await with_request_timeout(
            self._uploader.generate_signed_url(stored.name, method, as_download=as_download)
        )

    async def captions(self, export_id: str, extension: SidecarExtension) -> str:
        """Return the captions of an export with `sidecar`.

        Raises:
            ExportNotFoundError, ExportNotReadyError, ExportStateError: the export has no file.
            ExportFileMissingError: the bucket does not contain the captions.
            StorageError, DatabaseError: as named.
        """
        found = await _completed(export_id)
        if options_of(found.export).captions != "sidecar":
            raise ExportStateError(
                f"export {export_id} has no caption files",
                remedy="request an export with captions set to sidecar",
            )
        stored = await self._describe(found.export, _beside(found.export, extension))
        blocks = [block async for block in self._uploader.read_blocks(stored)]
        return b"".join(blocks).decode()

    async def save(self, export_id: str, folder: Path) -> list[Path]:
        """Download the video and its captions to a folder; return the files, the video first.

        A file of the same name is kept: if its content is the same, it is returned, else the new files get a
        number.

        Raises:
            ExportNotFoundError, ExportNotReadyError, ExportStateError: the export has no file.
            ExportFileMissingError: the bucket does not contain the file.
            StorageError, DatabaseError, DiskFullError, LocalFileError: as named.
        """
        found_row = await _completed(export_id)
        row, prefix = found_row.export, export_prefix(self._settings, found_row.video_id, export_id)
        stored = await self._uploader.list_objects(prefix)
        files = {found.name: found for found in stored}
        if row.gcs_path not in files:
            raise await self._missing(row, row.gcs_path or "")
        extensions = [end for end in (".mp4", *SIDECAR_EXTENSIONS) if _beside(row, end) in files]
        wanted = {end: files[_beside(row, end)] for end in extensions}
        stem, is_saved = await run_in_thread(_free_stem, folder, row.filename.removesuffix(".mp4"), wanted)
        targets = {end: folder / f"{stem}{end}" for end in extensions}
        if not is_saved:
            for end, target in targets.items():
                await self._uploader.download(wanted[end].name, target, generation=wanted[end].generation)
        return list(targets.values())

    async def archive(self, video_id: str, ids: Collection[str] | None = None) -> ExportArchive:
        """Return the completed exports of a video as a ZIP archive, with the captions of `sidecar`.

        Every file is looked up first, so that a missing one is an error and no incomplete archive.

        Args:
            ids: only these exports; each must be complete.

        Raises:
            VideoNotFoundError: no row has this identifier.
            ExportNotFoundError, ExportNotReadyError, ExportStateError: one of `ids` has no file.
            ResultNotFoundError: the video has no completed export.
            ExportFileMissingError: the bucket does not contain the file of an export.
            StorageError, DatabaseError: as named.
        """
        video = await get_video_or_404(video_id)
        async with transaction() as session:
            rows = await exports.list_completed(session, video_id, ids)
        for missing in set(ids or ()) - {row.id for row in rows}:
            found = await _completed(missing)
            raise ExportNotFoundError(found.export.id)  # of another video
        if not rows:
            raise ResultNotFoundError("finished export", video_id)
        stored = await with_request_timeout(
            self._uploader.list_objects(exports_prefix(self._settings, video_id))
        )
        files = {found.name: found for found in stored}
        for row in rows:
            if row.gcs_path not in files:
                raise await self._missing(row, row.gcs_path or "")
        entries = _entries(rows, files, self._uploader)
        return ExportArchive(f"{stem_from(video_title(video))}.zip", stream_zip(entries))

    async def _describe(self, row: Export, gcs_path: str) -> StoredObject:
        stored = await with_request_timeout(self._uploader.describe_object(gcs_path))
        if stored is None:
            raise await self._missing(row, gcs_path)
        return stored

    async def _missing(self, row: Export, gcs_path: str) -> ExportFileMissingError:
        """Record that the object is missing, unless another worker has made it again; return the error."""
        error = ExportFileMissingError(row.id, self._uploader.cloud_url(gcs_path))
        async with transaction() as session:
            now = await exports.get(session, row.id, lock=True)
            if now is not None and (now.state, now.finished_at) == ("completed", row.finished_at):
                now.state, now.finished_at = "failed", utc_now()
                now.error = to_error(error).model_dump(mode="json")
        return error


async def _completed(export_id: str) -> ExportOfVideo:
    """Return a completed export.

    Raises:
        ExportNotFoundError: it does not exist.
        ExportNotReadyError: it is active.
        ExportStateError: it failed or was cancelled.
    """
    async with transaction() as session:
        found = await exports.get_with_video(session, export_id)
    if found is None:
        raise ExportNotFoundError(export_id)
    row = found.export
    if row.state in exports.ACTIVE:
        raise ExportNotReadyError(
            f"export {export_id} is {row.state}, {row.percent:.0f} % done", remedy="retry later"
        )
    if row.state != "completed":
        raise ExportStateError(
            f"export {export_id} is {row.state}",
            remedy=f"make the file again: POST /api/exports/{export_id}/retry",
        )
    return found


async def _entries(
    rows: Sequence[Export], files: dict[str, StoredObject], uploader: GCSUploader
) -> AsyncIterator[ZipEntry]:
    """Yield the video of each export, then its captions, under names that are unique in the archive."""
    stems = unique_stems(row.filename.removesuffix(".mp4") for row in rows)
    for stem, row in zip(stems, rows, strict=True):
        for extension in (".mp4", *SIDECAR_EXTENSIONS):
            stored = files.get(_beside(row, extension))
            if stored is not None:
                changed_at = row.finished_at or row.created_at
                yield ZipEntry(f"{stem}{extension}", changed_at, partial(uploader.read_blocks, stored))


def _free_stem(folder: Path, stem: str, wanted: Mapping[str, StoredObject]) -> tuple[str, bool]:
    """Return a stem for the files in a folder, and whether they exist with the same content. Blocks."""
    number, name = 1, stem
    while any((folder / f"{name}{extension}").exists() for extension in wanted):
        if all(_is_saved(folder / f"{name}{extension}", stored) for extension, stored in wanted.items()):
            return name, True
        number += 1
        name = f"{stem} ({number})"
    return name, False


def _is_saved(file: Path, stored: StoredObject) -> bool:
    try:
        return file.stat().st_size == stored.size and stored.matches(digest_file(file))
    except (OSError, LocalFileError):
        return False


def _beside(row: Export, extension: str) -> str:
    return f"{(row.gcs_path or '').removesuffix('.mp4')}{extension}"
