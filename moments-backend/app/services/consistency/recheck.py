"""Checks of the items of a plan, right before each is removed."""

from pathlib import Path, PurePosixPath

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.database.session import transaction
from app.repositories import consistency_repository, directory_listing
from app.repositories.consistency_repository import CheckedRow
from app.services.consistency.confirmation import find_copy
from app.services.consistency.disk import PARTIAL, is_unlocked, upload_leftover
from app.services.consistency.findings import Kind
from app.services.consistency.parts import (
    EXPORTS,
    ORIGINALS,
    OTHER,
    PLAYBACK,
    SIDECARS,
    TRASH,
    ObjectParts,
    Part,
    part_of_file,
)
from app.services.consistency.plan import PlanItem
from app.services.library.object_proof import read_digest
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import exports_prefix, parse_cloud_url, sidecar_path, video_path
from app.services.storage.object_store import StoredObject

NOT_PROVEN = "it is an original, and these bytes are not proven to exist elsewhere"
NOT_REMOVABLE = "a plan may not remove it"
_PARTS = {
    Kind.OBJECT_WITHOUT_ROW: ORIGINALS,
    Kind.STALE_PLAYBACK_COPY: PLAYBACK,
    Kind.BROKEN_SIDECAR: SIDECARS,
}


class Recheck:
    """Reads table, bucket and disk again for single items; returns why one must stay, or None.

    Every method raises `StorageError` and `DatabaseError`.
    """

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader
        self._parts = ObjectParts(settings)

    async def check_object(self, item: PlanItem, stored: StoredObject) -> str | None:
        if not self._is_named(item):
            return NOT_REMOVABLE
        row, is_busy = await self._row(item)
        if is_busy:
            return "a run or an export of its video is active"
        match item.kind:
            case Kind.OBJECT_WITHOUT_ROW:
                return await self._check_original(row, stored)
            case Kind.DERIVED_OBJECT_WITHOUT_PARENT:
                return await self._check_derived(item, row)
            case Kind.STALE_PLAYBACK_COPY if row is not None:
                is_used = row.playback_state in {"ready", None}
                return "the copy is in use" if is_used else None
            case Kind.BROKEN_SIDECAR if row is not None:
                return None
        return "its video has changed"

    async def check_file(self, item: PlanItem, path: Path) -> str | None:
        if item.kind is Kind.DERIVED_FILE_WITHOUT_PARENT:
            if part_of_file(item.subject) != Part(item.part or "", item.identifier):
                return NOT_REMOVABLE
            row, is_busy = await self._row(item)
            if row is not None or is_busy:
                return f"the video {item.identifier!r} exists now"
            find = directory_listing.find_video
            local = await run_in_thread(find, self._settings.videos_dir, item.identifier or "")
            return f"the file of this video exists: {local[0]}" if local else None
        if item.kind is not Kind.UPLOAD_LEFTOVER:
            return NOT_REMOVABLE
        match PurePosixPath(item.subject).parts[0]:
            case "uploads":
                is_leftover = await run_in_thread(upload_leftover, self._settings, path) is not None
                return None if is_leftover else "its upload is active"
            case ".work":
                return None if await run_in_thread(is_unlocked, path) else "its run is active"
        return None if PARTIAL.fullmatch(path.name) else NOT_REMOVABLE

    def _is_named(self, item: PlanItem) -> bool:
        """Return whether the name of an object is one of the kind and the video that the plan states."""
        part = self._parts.of(item.subject)
        if item.kind is Kind.DERIVED_OBJECT_WITHOUT_PARENT:
            is_kind = part.kind not in {ORIGINALS, TRASH, OTHER}
        else:
            is_kind = part.kind == _PARTS.get(item.kind)
        return is_kind and part == Part(item.part or "", item.identifier)

    async def _row(self, item: PlanItem) -> tuple[CheckedRow | None, bool]:
        async with transaction() as session:
            rows = await consistency_repository.list_by_identifier(session, [item.identifier or ""])
            busy = await consistency_repository.list_busy(session)
        return (rows[0] if rows else None), item.identifier in busy

    async def _check_original(self, row: CheckedRow | None, stored: StoredObject) -> str | None:
        if row is not None and parse_cloud_url(row.cloud_url) == (self._uploader.bucket_name, stored.name):
            return "a row names it now"
        copy = await find_copy(self._settings, self._uploader, stored)
        if copy is None:
            return NOT_PROVEN
        if self._settings.storage_emulator_host is None:
            return None
        # The checksums of an emulator are those of the upload; its files may have been damaged since.
        other = await self._uploader.describe_object(copy)
        if other is None or not other.matches(await read_digest(self._uploader, other)):
            return NOT_PROVEN
        return None

    async def _check_derived(self, item: PlanItem, row: CheckedRow | None) -> str | None:
        identifier = item.identifier or ""
        if row is not None:
            if item.part != EXPORTS:
                return f"the video {identifier!r} exists now"
            prefix = exports_prefix(self._settings, identifier)
            async with transaction() as session:
                export_id = item.subject.removeprefix(prefix).partition("/")[0]
                exists = await consistency_repository.has_export(session, export_id)
            return f"the export {export_id!r} exists now" if exists else None
        objects = await self._uploader.list_objects(video_path(self._settings, identifier, ""))
        sidecar = sidecar_path(self._settings, identifier)
        original = next((found.name for found in objects if found.name != sidecar), None)
        return f"its original is in the bucket: {original}" if original else None
