"""Creates a backup: all rows in one snapshot, the documents, and the local videos on request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import SchemaMissingError
from app.core.files.disk_space import ensure_free_space
from app.database.errors import SCHEMA_REMEDY
from app.database.migrations import current_revision, driver_connection, open_connection
from app.database.table_data import list_tables, read_sequences, read_table
from app.services.backup.archive import BackupWriter, Manifest, TableEntry, file_blocks
from app.services.backup.library_files import document_files, video_files

Report = Callable[[str], None]


@dataclass(frozen=True)
class BackupSummary:
    file: Path
    tables: int
    documents: int
    videos: int
    size: int


def default_name(now: datetime) -> str:
    return f"videomoments-{now:%Y%m%d-%H%M%S}.zip"


def create_backup(settings: Settings, target: Path, *, videos: bool, report: Report) -> BackupSummary:
    """Write a backup to `target`, or to a new file in it if it is a directory.

    The rows are those of one moment; documents that change meanwhile may be newer.

    Raises:
        ConflictError: the file exists.
        DatabaseError, DatabaseUnavailableError, SchemaMissingError: the rows cannot be read.
        DiskFullError, LocalFileError: the file cannot be written.
    """
    now = datetime.now(UTC)
    file = target / default_name(now) if target.is_dir() else target
    documents = document_files(settings)
    originals = video_files(settings) if videos else {}
    with BackupWriter(file) as writer:
        ensure_free_space(file.parent, sum(path.stat().st_size for path in originals.values()))
        manifest = _write_rows(settings, writer, now, report)
        for name, path in documents.items():
            writer.add(name, file_blocks(path))
        report(f"{len(documents)} documents")
        for number, (name, path) in enumerate(originals.items(), start=1):
            report(f"video {number}/{len(originals)}: {path.name}")
            writer.add(name, file_blocks(path), compress=False)
        writer.finish(manifest)
    return BackupSummary(file, len(manifest.tables), len(documents), len(originals), file.stat().st_size)


def _write_rows(settings: Settings, writer: BackupWriter, now: datetime, report: Report) -> Manifest:
    with open_connection(settings.database_url, isolation_level="REPEATABLE READ") as opened:
        revision = current_revision(opened)
        if revision is None:
            raise SchemaMissingError("the database has no tables", remedy=SCHEMA_REMEDY)
        connection = driver_connection(opened)
        tables = list_tables(connection)
        for table in tables:
            size = writer.add(f"database/{table.name}.copy", _blocks(read_table(connection, table)))
            report(f"table {table.name}: {size / 1000:.1f} kB")
        sequences = read_sequences(connection)
    return Manifest(
        created_at=now.isoformat(timespec="seconds"),
        revision=revision,
        bucket=settings.gcs_bucket_name,
        tables={table.name: TableEntry(columns=list(table.columns)) for table in tables},
        sequences=sequences,
    )


def _blocks(rows: Iterator[bytes], size: int = 256 * 1024) -> Iterator[bytes]:
    """Join rows into blocks: the archive takes a fixed time for each block."""
    buffer = bytearray()
    for row in rows:
        buffer += row
        if len(buffer) >= size:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer)
