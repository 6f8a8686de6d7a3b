"""Restores a backup: everything in one transaction, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection as DriverConnection
from sqlalchemy import Connection

from app.core.config import Settings
from app.core.exceptions import IncompatibleBackupError, LibraryInUseError, LibraryNotEmptyError
from app.database.migrations import (
    current_revision,
    driver_connection,
    head_revision,
    known_revisions,
    open_connection,
    upgrade_connection,
)
from app.database.table_data import (
    Table,
    count_other_clients,
    drop_everything,
    filled_tables,
    list_tables,
    replace_rows,
    write_sequences,
)
from app.services.backup.archive import FORMAT, BackupReader
from app.services.backup.library_files import RestoredFiles

LOCK_SECONDS = 10
PASSAGE_TABLES = frozenset({"transcript_passages", "passage_backlog"})
"""Tables that need pgvector: a backup or the database may lack them, and workers rebuild their rows."""
FORCE_REMEDY = "restore into an empty database, or replace existing data with --force"

Report = Callable[[str], None]


@dataclass(frozen=True)
class RestoreSummary:
    rows: int
    files: int
    created_at: str
    other_bucket: str | None
    """The bucket of the backup, if the settings name another one."""


def restore_backup(settings: Settings, file: Path, *, force: bool, report: Report) -> RestoreSummary:
    """Check `file`, then replace database and documents by its content.

    The tables get the backup's revision, its rows and then all newer revisions, in one transaction.

    Args:
        force: replace existing data, which is refused otherwise.

    Raises:
        InvalidBackupError, LocalFileNotFoundError: the file is missing, incomplete or damaged.
        IncompatibleBackupError: this version does not support the backup's format or revision.
        LibraryNotEmptyError: data exists, and `force` is not set.
        LibraryInUseError: the API or a worker is connected to the database.
        DatabaseError, DatabaseUnavailableError, DiskFullError, LocalFileError: nothing was changed.
    """
    with BackupReader(file) as reader:
        _require_known(reader)
        files = RestoredFiles(settings, reader)
        report("checking the backup …")
        reader.verify()
        if not force:
            files.refuse_conflicts()
        with files.unpacked(), open_connection(settings.database_url) as connection:
            rows = _restore_rows(connection, reader, force=force, report=report)
            placed = files.place()
            connection.commit()
        bucket = reader.manifest.bucket
        other_bucket = bucket if bucket != settings.gcs_bucket_name else None
        return RestoreSummary(rows, placed, reader.manifest.created_at, other_bucket)


def _require_known(reader: BackupReader) -> None:
    manifest = reader.manifest
    if manifest.format != FORMAT or manifest.revision not in known_revisions():
        raise IncompatibleBackupError(
            f"the backup has format {manifest.format} and revision {manifest.revision}, this version has "
            f"{FORMAT} and {head_revision()}",
            remedy="restore it with the version that created it or a newer one",
        )


def _restore_rows(connection: Connection, reader: BackupReader, *, force: bool, report: Report) -> int:
    manifest = reader.manifest
    driver = driver_connection(connection)
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
    if clients := count_other_clients(driver):
        raise LibraryInUseError(
            f"the API or a worker uses the database ({clients} connections)",
            remedy="stop all API processes and workers first",
        )
    if not force and (filled := filled_tables(driver)):
        raise LibraryNotEmptyError(f"the database has rows in {', '.join(filled)}", remedy=FORCE_REMEDY)
    if current_revision(connection) != manifest.revision:
        drop_everything(driver)
        upgrade_connection(connection, manifest.revision)
    missing = PASSAGE_TABLES - {table.name for table in list_tables(driver)}
    contents = (
        (Table(name, tuple(entry.columns)), reader.read(f"database/{name}.copy"))
        for name, entry in manifest.tables.items()
        if name not in missing
    )
    total = 0
    for table, rows in replace_rows(driver, contents):
        report(f"table {table.name}: {rows} rows")
        total += rows
    write_sequences(driver, manifest.sequences)
    upgrade_connection(connection, "head")
    _suspend_deletions(driver, manifest.created_at)
    # The sidecars in the bucket may describe the replaced rows.
    driver.execute("TRUNCATE sidecar_backlog")
    driver.execute("INSERT INTO sidecar_backlog (video_id) SELECT 0 UNION ALL SELECT id FROM videos")
    if not manifest.tables.keys() >= PASSAGE_TABLES:
        driver.execute("INSERT INTO search_backlog SELECT id FROM videos ON CONFLICT DO NOTHING")
    return total


def _suspend_deletions(connection: DriverConnection[Any], created_at: str) -> None:
    """Let nothing be deleted for good because of a decision before the backup.

    What was restored or added again after the backup is in the trash again, perhaps with its days over, or
    among the deletions in progress. So the age of the backup is added to the times, and these deletions end:
    their videos are in the trash, and objects without a row are left to `doctor --storage`.
    """
    connection.execute("UPDATE videos SET purge_scope = NULL WHERE purge_scope IS NOT NULL")
    connection.execute("TRUNCATE video_purges")
    age = "greatest(now() - %s::timestamptz, interval '0')"
    for table, condition in (
        ("videos", "deleted_at IS NOT NULL"),
        ("moment_marks", "is_deleted AND NOT is_purged"),
    ):
        statement = f"UPDATE {table} SET deleted_at = deleted_at + {age} WHERE {condition}"  # noqa: S608
        connection.execute(statement, [created_at])
