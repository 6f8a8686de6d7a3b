"""Confirmation of findings, since rows and objects change while a bucket is listed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from app.core.concurrency import cancel_and_wait
from app.core.config import Settings
from app.core.exceptions import (
    InvalidSidecarError,
    ObjectChangedError,
    ObjectNotFoundError,
    SidecarVersionError,
)
from app.database.session import transaction
from app.repositories import consistency_repository
from app.repositories.consistency_repository import CheckedRow
from app.services.consistency.bucket import BucketComparison, age_of, broken_sidecar, compare_original
from app.services.consistency.disk import LocalOriginals, too_young
from app.services.consistency.findings import REPAIR, Finding, Kind
from app.services.consistency.parts import ORIGINALS
from app.services.sidecars.document import parse, sidecar_path
from app.services.storage.bucket_listing import ListedObject
from app.services.storage.checksums import to_hex
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url, playback_path
from app.services.storage.object_store import StoredObject

BATCH = 2000
CONCURRENCY = 8
CONFIRMED_SIDECARS = 1000
"""Missing sidecars that are looked up again. More are missing for another reason than a late listing."""

T = TypeVar("T")
ResultT = TypeVar("ResultT")


@dataclass(slots=True)
class Confirmation:
    """Keeps the findings that are still true, and adds those of single objects."""

    settings: Settings
    uploader: GCSUploader
    originals: LocalOriginals
    min_age: float

    async def confirm(
        self, comparison: BucketComparison, on_progress: Callable[[str], None]
    ) -> list[Finding]:
        """Return the confirmed findings of the bucket.

        Raises:
            StorageError, DatabaseError: bucket or table cannot be read.
        """
        on_progress("confirming the findings")
        findings = [finding async for finding in self._still_orphans(comparison)]
        findings += await self._missing_originals([*comparison.missing, *comparison.elsewhere])
        findings += await self._missing_copies(comparison)
        findings += await self._missing_sidecars(comparison.without_sidecar)
        on_progress(f"reading {len(comparison.sidecars):,} sidecars")
        findings += await _gather(self._read_sidecar(*pair) for pair in comparison.sidecars)
        return findings

    async def _still_orphans(self, comparison: BucketComparison) -> AsyncIterator[Finding]:
        async with transaction() as session:
            busy = await consistency_repository.list_busy(session)
        for batch in _batches(comparison.findings):
            rows = await self._rows_of(batch)
            for finding in batch:
                row = rows.get(finding.identifier or "")
                is_new = row is not None and row.identifier not in comparison.known.identifiers
                if finding.target != "object":
                    can_repair = row is not None and self._has_right_file(finding, row)
                    yield replace(finding, remedy=REPAIR) if can_repair else finding
                elif not is_new and finding.identifier not in busy:
                    confirmed = await self._confirm_object(finding, row, comparison)
                    if confirmed is not None:
                        yield confirmed

    def _has_right_file(self, finding: Finding, row: CheckedRow) -> bool:
        """Return whether a wrong object can be replaced by the local file."""
        is_wrong = finding.kind in {Kind.WRONG_SIZE, Kind.WRONG_CHECKSUM}
        return is_wrong and self.originals.match(row) is not None

    async def _confirm_object(
        self, finding: Finding, row: CheckedRow | None, comparison: BucketComparison
    ) -> Finding | None:
        match finding.kind:
            case Kind.OBJECT_WITHOUT_ROW:
                return await self._with_proof(finding)
            case Kind.DERIVED_OBJECT_WITHOUT_PARENT:
                return None if finding.identifier in comparison.adoptable else finding
            case Kind.STALE_PLAYBACK_COPY:
                return None if row is None or row.playback_state == "ready" else finding
        return finding

    async def _with_proof(self, finding: Finding) -> Finding | None:
        """Add the name of an object with the same bytes, or the reason why the original must stay."""
        stored = await self.uploader.describe_object(finding.subject)
        if stored is None or stored.generation != finding.generation:
            return None
        listed = ListedObject(finding.subject, stored.size, stored.md5, stored.generation, _created(finding))
        if reason := too_young(age_of(listed), self.min_age, "stored"):
            return replace(finding, reason=reason)
        proof = await find_copy(self.settings, self.uploader, stored)
        if proof is None:
            return replace(finding, reason="these bytes are not known to exist elsewhere")
        return replace(finding, proof=proof)

    async def _missing_originals(self, rows: Sequence[CheckedRow]) -> list[Finding]:
        current: dict[str, CheckedRow] = {}
        for batch in _batches(rows):
            async with transaction() as session:
                found = await consistency_repository.list_by_identifier(
                    session, [row.identifier for row in batch]
                )
            current.update((row.identifier, row) for row in found)
        return await _gather(self._look_up(row) for row in current.values())

    async def _look_up(self, row: CheckedRow) -> Finding | None:
        if row.is_being_deleted:
            return None
        bucket, path = parse_cloud_url(row.cloud_url)
        stored = None
        if bucket == self.uploader.bucket_name:
            stored = await self.uploader.describe_object(path)
        if stored is not None:
            return compare_original(row, stored.size, stored.md5)
        local = self.originals.match(row)
        where = f"; the local file {local.relative_path} has its size" if local else "; no local file either"
        return Finding(
            Kind.ROW_WITHOUT_OBJECT,
            "row",
            row.identifier,
            f"{row.cloud_url or 'the object without a name'} does not exist{where}",
            row.identifier,
            ORIGINALS,
            remedy=REPAIR if local else "",
            evidence={"local_path": local.relative_path if local else None},
        )

    async def _missing_copies(self, comparison: BucketComparison) -> list[Finding]:
        rows = [row for row in comparison.without_copy if row.identifier not in comparison.copies]

        async def look_up(row: CheckedRow) -> Finding | None:
            name = playback_path(self.settings, row.identifier)
            if await self.uploader.describe_object(name) is not None:
                return None
            async with transaction() as session:
                current = await consistency_repository.list_by_identifier(session, [row.identifier])
            if not current or current[0].playback_state != "ready":
                return None
            cause = (
                f"{self.uploader.cloud_url(name)} does not exist, but the row states that the copy is ready"
            )
            return Finding(Kind.MISSING_PLAYBACK_COPY, "row", row.identifier, cause, row.identifier)

        return await _gather(map(look_up, rows))

    async def _missing_sidecars(self, rows: Sequence[CheckedRow]) -> list[Finding]:
        found: list[Finding] = []
        late: set[str] = set()
        for batch in _batches(rows):
            async with transaction() as session:
                waiting = await consistency_repository.list_waiting_sidecars(
                    session, [row.id for row in batch]
                )
                current = await consistency_repository.list_by_identifier(
                    session, [row.identifier for row in batch]
                )
            for row in current:
                if row.id not in waiting:
                    name = sidecar_path(self.settings, row.identifier)
                    cause = f"{self.uploader.cloud_url(name)} does not exist"
                    found.append(Finding(Kind.MISSING_SIDECAR, "row", row.identifier, cause, row.identifier))

        async def look_up(finding: Finding) -> None:
            if await self.uploader.describe_object(sidecar_path(self.settings, finding.subject)) is not None:
                late.add(finding.subject)

        await _gather(map(look_up, found[:CONFIRMED_SIDECARS]))
        return [finding for finding in found if finding.subject not in late]

    async def _read_sidecar(self, row: CheckedRow, listed: ListedObject) -> Finding | None:
        stored = StoredObject(listed.name, listed.size, listed.md5, None, listed.generation, None)
        try:
            content = b"".join([block async for block in self.uploader.read_blocks(stored)])
            sidecar = parse(content, listed.name)
        except (ObjectNotFoundError, ObjectChangedError):
            return None  # a newer one was written meanwhile
        except SidecarVersionError as error:
            return broken_sidecar(row.identifier, listed, error.cause, reason="a newer version wrote it")
        except InvalidSidecarError as error:
            return broken_sidecar(row.identifier, listed, error.cause)
        if sidecar.identifier != row.identifier:
            cause = f"it describes the video {sidecar.identifier!r}"
            return broken_sidecar(row.identifier, listed, cause)
        if None not in {row.md5, sidecar.object.md5} and row.md5 != sidecar.object.md5:
            return await self._outdated(row, listed, sidecar.object.md5)
        return None

    async def _outdated(self, row: CheckedRow, listed: ListedObject, md5: str | None) -> Finding | None:
        async with transaction() as session:
            waiting = await consistency_repository.list_waiting_sidecars(session, [row.id])
        if row.id in waiting:
            return None
        cause = f"it states the MD5 {md5} for the original, the row states {row.md5}"
        return broken_sidecar(row.identifier, listed, cause)

    async def _rows_of(self, findings: Iterable[Finding]) -> dict[str, CheckedRow]:
        wanted = {finding.identifier for finding in findings if finding.identifier is not None}
        async with transaction() as session:
            rows = await consistency_repository.list_by_identifier(session, wanted)
        return {row.identifier: row for row in rows}


async def find_copy(settings: Settings, uploader: GCSUploader, stored: StoredObject) -> str | None:
    """Return the name of another object with the same bytes that a row needs; None if there is none.

    Raises:
        StorageError, DatabaseError: bucket or table cannot be read.
    """
    if stored.md5 is None:
        return None
    async with transaction() as session:
        rows = await consistency_repository.list_by_content(session, stored.size, to_hex(stored.md5))
    for row in rows:
        bucket, name = parse_cloud_url(row.cloud_url)
        if bucket != settings.gcs_bucket_name or name == stored.name:
            continue
        copy = await uploader.describe_object(name)
        if copy is not None and (copy.size, copy.md5) == (stored.size, stored.md5):
            return name
    return None


def _created(finding: Finding) -> str:
    return str(finding.evidence["created"])


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


async def _gather(calls: Iterable[Coroutine[Any, Any, ResultT | None]]) -> list[ResultT]:
    """Return the results of the calls that are not None, with `CONCURRENCY` calls at once."""
    limit = asyncio.Semaphore(CONCURRENCY)

    async def run(call: Coroutine[Any, Any, ResultT | None]) -> ResultT | None:
        async with limit:
            return await call

    tasks = [asyncio.create_task(run(call)) for call in calls]
    try:
        return [result for result in await asyncio.gather(*tasks) if result is not None]
    finally:
        await cancel_and_wait(*tasks)
