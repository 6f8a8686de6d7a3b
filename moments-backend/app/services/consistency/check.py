"""`doctor --storage`: compares table, bucket and disk in both directions, in one pass over each."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from app.core.clock import utc_now
from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.database.session import transaction
from app.repositories import consistency_repository
from app.repositories.consistency_repository import CheckedRow
from app.services.consistency.bucket import BucketComparison, BucketTotals, KnownVideos
from app.services.consistency.confirmation import Confirmation
from app.services.consistency.disk import (
    LocalOriginals,
    check_checksum,
    count_derived,
    find_derived,
    find_leftovers,
)
from app.services.consistency.findings import Finding
from app.services.consistency.table import iterate_rows
from app.services.library.identity import identifier_of
from app.services.storage.gcs_uploader import GCSUploader

READ_SIDECARS_UP_TO = 1000
"""Videos up to which every sidecar is read; reading more takes longer than listing the bucket."""

MIN_AGE_SECONDS = 60.0
"""Age from which on something without a row is not work in progress; a row follows its object at once."""

OnProgress = Callable[[str], None]
"""Called with a description of the progress."""


@dataclass(frozen=True, slots=True)
class Options:
    """Extent of a comparison.

    Attributes:
        checksums: hash local originals, and read every sidecar.
        min_age: seconds until an object or file without a row may be removed.
    """

    checksums: bool = False
    min_age: float = MIN_AGE_SECONDS


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a comparison."""

    bucket: str
    started_at: datetime
    finished_at: datetime
    rows: int
    files: int
    file_bytes: int
    derived_files: int
    totals: BucketTotals
    findings: Sequence[Finding]

    @property
    def is_consistent(self) -> bool:
        return not self.findings

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by kind."""
        return dict(sorted(Counter(finding.kind.value for finding in self.findings).items()))

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.is_consistent,
            "bucket": self.bucket,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat(),
            "rows": self.rows,
            "objects": sum(self.totals.objects.values()),
            "objects_by_part": dict(self.totals.objects),
            "bytes_by_part": dict(self.totals.sizes),
            "local_originals": self.files,
            "local_bytes": self.file_bytes,
            "local_derived_files": self.derived_files,
            "counts": self.counts,
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(slots=True)
class StorageCheck:
    """One comparison."""

    settings: Settings
    uploader: GCSUploader
    options: Options = field(default_factory=Options)
    on_progress: OnProgress = lambda _: None

    async def run(self) -> Report:
        """Compare everything.

        Raises:
            StorageError, DatabaseError, ConfigurationError: bucket, table or folder cannot be read.
        """
        started = utc_now()
        known, findings, originals, rows = await self._check_disk()
        comparison = BucketComparison(
            self.settings,
            known,
            reads_sidecars=self.options.checksums or rows <= READ_SIDECARS_UP_TO,
            min_age=self.options.min_age,
        )
        await comparison.run(self.uploader, lambda count: self.on_progress(f"{count:,} objects listed"))
        confirmation = Confirmation(self.settings, self.uploader, originals, self.options.min_age)
        findings += await confirmation.confirm(comparison, self.on_progress)
        findings.sort(key=lambda finding: (finding.kind, finding.subject))
        return Report(
            self.settings.gcs_bucket_name,
            started,
            utc_now(),
            rows,
            len(originals.files),
            originals.size,
            await run_in_thread(count_derived, self.settings),
            comparison.totals,
            findings,
        )

    async def _check_disk(self) -> tuple[KnownVideos, list[Finding], LocalOriginals, int]:
        """Read the table and compare it with the disk."""
        self.on_progress("reading the local folders")
        originals = await run_in_thread(LocalOriginals.scan, self.settings)
        known = KnownVideos()
        findings: list[Finding] = []
        rows = 0
        async for page in iterate_rows():
            known.add(page)
            rows += len(page)
            self.on_progress(f"{rows:,} rows compared with the disk")
            work = partial(self._match, originals, page)
            findings += await run_cancellable_in_thread(work)
        async with transaction() as session:
            for export_id in await consistency_repository.list_export_ids(session):
                known.exports.add(export_id)
        findings += originals.findings()
        findings += await run_in_thread(self._find_removable, known, originals)
        return known, findings, originals, rows

    def _match(
        self, originals: LocalOriginals, rows: Sequence[CheckedRow], check: CancelCheck
    ) -> list[Finding]:
        """Find the files of rows, and hash them if the options require it. Blocks."""
        findings = []
        for row in rows:
            file = originals.match(row)
            if file is not None and self.options.checksums and row.md5 is not None:
                self.on_progress(f"hashing {file.relative_path}")
                finding = check_checksum(row, file, check)
                findings += [finding] if finding else []
        return findings

    def _find_removable(self, known: KnownVideos, originals: LocalOriginals) -> list[Finding]:
        """Find files that nothing needs. Blocks."""
        local = {identifier_of(file.relative_path) for file in originals.unregistered()}
        derived = find_derived(self.settings, known.identifiers, local, min_age=self.options.min_age)
        return [*derived, *find_leftovers(self.settings)]
