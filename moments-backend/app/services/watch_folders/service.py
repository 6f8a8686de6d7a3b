"""State of the watch folders, for the API and the command line."""

from app.core.config import Settings
from app.database.session import transaction
from app.models.watch_folder import FileProblem, IgnoredFile, WatchFolderRecord, WatchProblem
from app.repositories import watched_file_repository as files

MAX_PROBLEMS = 100


async def list_watch_folders(settings: Settings) -> list[WatchFolderRecord]:
    """Return the configured folders in the order of `WATCH_DIR`.

    Raises:
        DatabaseError: PostgreSQL is unavailable.
    """
    records = []
    async with transaction() as session:
        counts = await files.count_by_state(session)
        for path in settings.watch_folders:
            name = str(path)
            row = await files.get_folder(session, name)
            record = WatchFolderRecord(folder=name, state="pending", **counts.get(name, {}))
            if row is not None:
                record = record.model_copy(
                    update={
                        "state": row.state,
                        "error": WatchProblem.of(row.error),
                        "checked_at": row.checked_at,
                        "changed_at": row.changed_at,
                        "ignored": [IgnoredFile.model_validate(entry) for entry in row.ignored],
                        "ignored_count": row.ignored_count,
                    }
                )
            failed = await files.list_failed(session, name, limit=MAX_PROBLEMS)
            record.problems = [FileProblem(path=row.path, **(row.error or {})) for row in failed]
            records.append(record)
    return records
