"""The bucket, read once in the order of its names and joined with the rows of the table."""

import base64
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.core.config import Settings
from app.models.sidecar import MAX_SIDECAR_BYTES
from app.repositories.consistency_repository import CheckedRow
from app.services.consistency.disk import too_young
from app.services.consistency.findings import Finding, Kind
from app.services.consistency.parts import EXPORTS, ORIGINALS, OTHER, PLAYBACK, SIDECARS, TRASH, ObjectParts
from app.services.consistency.table import SEPARATOR, HashedNames, RowStream
from app.services.storage.bucket_listing import ListedObject
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url, playback_path, sidecar_path

OnObjects = Callable[[int], None]
"""Called with the number of objects read."""


@dataclass(slots=True)
class BucketTotals:
    """Number and bytes of objects by part."""

    objects: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sizes: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, kind: str, size: int) -> None:
        self.objects[kind] += 1
        self.sizes[kind] += size

    def of_library(self) -> tuple[int, int]:
        """Return number and bytes of the objects that belong to videos."""
        ours = [kind for kind in self.objects if kind not in {TRASH, OTHER}]
        return sum(self.objects[kind] for kind in ours), sum(self.sizes[kind] for kind in ours)


@dataclass(slots=True)
class KnownVideos:
    """Compact sets of what the table has, read before the bucket."""

    identifiers: HashedNames = field(default_factory=HashedNames)
    exports: HashedNames = field(default_factory=HashedNames)
    with_copy: HashedNames = field(default_factory=HashedNames)
    """Videos whose playback copy should exist."""
    without_copy: HashedNames = field(default_factory=HashedNames)
    """Videos whose copy, if one exists, is of another original, or not needed."""

    def add(self, rows: Sequence[CheckedRow]) -> None:
        for row in rows:
            self.identifiers.add(row.identifier)
            if row.playback_state == "ready":
                self.with_copy.add(row.identifier)
            elif row.playback_state is not None:  # None: not decided yet
                self.without_copy.add(row.identifier)


@dataclass(slots=True)
class BucketComparison:
    """One pass over the bucket. The results are candidates: the bucket may have changed meanwhile.

    Attributes:
        missing: rows whose object was not listed.
        sidecars: rows with the sidecars to read, if `reads_sidecars`.
        without_sidecar: rows without one.
        without_copy: rows whose playback copy was not listed, at least not before the original.
        copies: identifiers of the playback copies, of videos that should have one.
        adoptable: videos without a row whose original is in the bucket.
        elsewhere: rows whose object does not have the usual name.
    """

    settings: Settings
    known: KnownVideos
    reads_sidecars: bool = False
    min_age: float = 0.0
    totals: BucketTotals = field(default_factory=BucketTotals)
    findings: list[Finding] = field(default_factory=list)
    missing: list[CheckedRow] = field(default_factory=list)
    sidecars: list[tuple[CheckedRow, ListedObject]] = field(default_factory=list)
    without_sidecar: list[CheckedRow] = field(default_factory=list)
    without_copy: list[CheckedRow] = field(default_factory=list)
    copies: HashedNames = field(default_factory=HashedNames)
    adoptable: set[str] = field(default_factory=set)
    elsewhere: list[CheckedRow] = field(default_factory=list)

    async def run(self, uploader: GCSUploader, on_objects: OnObjects) -> None:
        """Read the bucket and join it with the table.

        Raises:
            StorageError, DatabaseError: bucket or table cannot be read.
        """
        parts, rows = ObjectParts(self.settings), RowStream()
        group: tuple[str, list[ListedObject]] = ("", [])
        count = 0
        try:
            async for page in uploader.list_pages():
                complete = []
                for found in page:
                    kind, identifier = parts.of(found.name)
                    self.totals.add(kind, found.size)
                    if identifier is None:
                        continue
                    if kind in {ORIGINALS, SIDECARS}:
                        if identifier != group[0]:
                            complete.append(group)
                            group = (identifier, [])
                        group[1].append(found)
                    else:
                        self._check_derived(kind, identifier, found)
                count += len(page)
                await self._join(complete, rows)
                on_objects(count)
            await self._join([group], rows)
            for _, row in await rows.take_before(None):
                self._check_row(row, [])
        finally:
            await rows.close()

    async def _join(self, groups: list[tuple[str, list[ListedObject]]], rows: RowStream) -> None:
        """Compare groups of objects below `videos/`, in order, with the rows up to the last one."""
        for identifier, objects in groups:
            if not identifier:
                continue
            key = identifier + SEPARATOR
            own: list[ListedObject] | None = objects
            for row_key, row in await rows.take_before(key):
                self._check_row(row, objects if row_key == key else [])
                if row_key == key:
                    own = None
            if own is not None:
                self._add_orphans(identifier, own)

    def _check_row(self, row: CheckedRow, objects: list[ListedObject]) -> None:
        if row.is_being_deleted:
            return
        original, has_sidecar = self._check_objects(row, objects)
        if not has_sidecar:
            self.without_sidecar.append(row)
        if row.playback_state == "ready" and row.identifier not in self.copies:
            self.without_copy.append(row)
        bucket, path = parse_cloud_url(row.cloud_url)
        if bucket != self.settings.gcs_bucket_name:
            cause = f"the row names {row.cloud_url}; the configured bucket is {self.settings.gcs_bucket_name}"
            self.findings.append(Finding(Kind.OTHER_BUCKET, "row", row.identifier, cause, row.identifier))
        elif original is not None:
            if (finding := compare_original(row, original.size, original.md5)) is not None:
                self.findings.append(finding)
        elif path.startswith(f"{self.settings.gcs_videos_prefix}{row.identifier}/"):
            self.missing.append(row)
        else:
            self.elsewhere.append(row)

    def _check_objects(
        self, row: CheckedRow, objects: list[ListedObject]
    ) -> tuple[ListedObject | None, bool]:
        """Return the original, and whether a sidecar exists."""
        bucket, path = parse_cloud_url(row.cloud_url)
        sidecar = sidecar_path(self.settings, row.identifier)
        original, has_sidecar = None, False
        for found in objects:
            if found.name == path and bucket == self.settings.gcs_bucket_name:
                original = found
            elif found.name == sidecar:
                has_sidecar = True
                self._check_sidecar(row, found)
            else:
                cause = f"the row of {row.identifier!r} names another object: {row.cloud_url}"
                extra = _object(Kind.OBJECT_WITHOUT_ROW, found, cause, row.identifier, ORIGINALS)
                self.findings.append(extra)
        return original, has_sidecar

    def _add_orphans(self, identifier: str, objects: list[ListedObject]) -> None:
        sidecar = sidecar_path(self.settings, identifier)
        originals = [found for found in objects if found.name != sidecar]
        for found in originals:
            cause = f"no video has the id {identifier!r}"
            self.findings.append(_object(Kind.OBJECT_WITHOUT_ROW, found, cause, identifier, ORIGINALS))
        if originals:
            self.adoptable.add(identifier)
            return
        for found in objects:
            self._add_derived(SIDECARS, identifier, found, f"no video has the id {identifier!r}")

    def _check_derived(self, kind: str, identifier: str, found: ListedObject) -> None:
        if identifier not in self.known.identifiers:
            self._add_derived(kind, identifier, found, f"no video has the id {identifier!r}")
        elif kind == PLAYBACK:
            self._check_copy(identifier, found)
        elif kind == EXPORTS:
            export = found.name.removeprefix(f"{self.settings.gcs_exports_prefix}{identifier}/").partition(
                "/"
            )
            if export[0] not in self.known.exports:
                self._add_derived(kind, identifier, found, f"no export has the id {export[0]!r}")

    def _check_copy(self, identifier: str, found: ListedObject) -> None:
        if found.name == playback_path(self.settings, identifier) and identifier in self.known.with_copy:
            self.copies.add(identifier)
        elif identifier in self.known.without_copy:
            cause = f"the copy is not used: no copy of {identifier!r} is ready"
            self.findings.append(_object(Kind.STALE_PLAYBACK_COPY, found, cause, identifier, PLAYBACK))

    def _check_sidecar(self, row: CheckedRow, found: ListedObject) -> None:
        if not 0 < found.size <= MAX_SIDECAR_BYTES:
            self.findings.append(broken_sidecar(row.identifier, found, f"it has {found.size} bytes"))
        elif self.reads_sidecars:
            self.sidecars.append((row, found))

    def _add_derived(self, kind: str, identifier: str, found: ListedObject, cause: str) -> None:
        reason = too_young(age_of(found), self.min_age, "stored")
        self.findings.append(
            _object(Kind.DERIVED_OBJECT_WITHOUT_PARENT, found, cause, identifier, kind, reason=reason)
        )


def compare_original(row: CheckedRow, size: int, md5: str | None) -> Finding | None:
    """Compare size and MD5 (Base64) of an object with its row."""
    if row.size_bytes not in {None, size}:
        cause = f"{row.cloud_url} has {size} bytes, the row states {row.size_bytes}"
        return Finding(Kind.WRONG_SIZE, "row", row.identifier, cause, row.identifier, ORIGINALS, size)
    if row.md5 is not None and md5 is not None:
        found = base64.b64decode(md5).hex()
        if found != row.md5:
            cause = f"{row.cloud_url} has the MD5 {found}, the row states {row.md5}"
            return Finding(Kind.WRONG_CHECKSUM, "row", row.identifier, cause, row.identifier, ORIGINALS, size)
    return None


def broken_sidecar(identifier: str, found: ListedObject, cause: str, *, reason: str | None = None) -> Finding:
    return _object(Kind.BROKEN_SIDECAR, found, cause, identifier, SIDECARS, reason=reason)


def age_of(found: ListedObject) -> float:
    """Return the seconds since an object was stored."""
    return time.time() - datetime.fromisoformat(found.created).timestamp()


def _object(
    kind: Kind,
    found: ListedObject,
    cause: str,
    identifier: str,
    part: str,
    *,
    reason: str | None = None,
) -> Finding:
    return Finding(
        kind,
        "object",
        found.name,
        cause,
        identifier,
        part,
        found.size,
        found.generation,
        found.md5,
        reason=reason,
        evidence={"created": found.created},
    )
