"""Results of migrations in the audit log, and the last one of each folder."""

from typing import Any

from app.core.terminal_text import escape_undecodable
from app.database.session import transaction
from app.models.audit import AuditRecord
from app.models.migration import MigrationRecord
from app.models.watch_folder import FileProblem
from app.repositories import audit_repository
from app.services.migration.results import Mode, Outcome, Result, Status

ACTION = "library.migrate"
MAX_PROBLEMS = 50
MAX_TEXT = 300
MAX_DETAILS = MAX_PROBLEMS * 4 * MAX_TEXT
"""Most characters of the details as JSON."""
MAX_FOLDERS = 100
COUNTED = (Status.MIGRATED, Status.SKIPPED, Status.FAILED)


def details_of(result: Result) -> dict[str, Any]:
    """Return what the audit log keeps of a run: the counts, and the first files that failed."""
    return {
        "mode": result.mode.value,
        **{status.value: result.count(status) for status in COUNTED},
        **({"interrupted": True} if result.interrupted else {}),
        **(
            {"problems": [_problem(each) for each in result.failures[:MAX_PROBLEMS]]}
            if result.failures
            else {}
        ),
    }


async def is_worth_recording(result: Result, folder: str) -> bool:
    """Return whether a run changed the library, failed, or shows that earlier failures are resolved.

    Raises:
        DatabaseError: the log could not be read.
    """
    if result.mode not in {Mode.MIGRATE, Mode.REPAIR}:
        return False
    if result.count(Status.MIGRATED) or result.failures:
        return True
    if result.interrupted:
        return False
    async with transaction() as session:
        latest = await audit_repository.list_latest(session, ACTION, target=folder, limit=1)
    return any(entry.details.get("failed") for entry in latest)


async def list_migrations() -> list[MigrationRecord]:
    """Return the last recorded migration of each folder, the latest first, at most `MAX_FOLDERS`.

    Raises:
        DatabaseError: PostgreSQL is unavailable.
    """
    async with transaction() as session:
        latest = await audit_repository.list_latest(session, ACTION, limit=MAX_FOLDERS)
        records = [AuditRecord.model_validate(entry) for entry in latest]
    return [_to_record(record) for record in records]


def _to_record(entry: AuditRecord) -> MigrationRecord:
    counts = {status: int(entry.details.get(status.value, 0)) for status in COUNTED}
    return MigrationRecord(
        folder=entry.target_id or "",
        is_repair=entry.details.get("mode") == Mode.REPAIR,
        finished_at=entry.at,
        added=counts[Status.MIGRATED],
        skipped=counts[Status.SKIPPED],
        failed=counts[Status.FAILED],
        is_interrupted=bool(entry.details.get("interrupted")),
        problems=[FileProblem.model_validate(each) for each in entry.details.get("problems", ())],
    )


def _problem(failure: Outcome) -> dict[str, Any]:
    return FileProblem(
        path=_storable(failure.filename),
        type=failure.error_type or "",
        detail=_storable(failure.reason or ""),
        remedy=None if failure.remedy is None else _storable(failure.remedy),
    ).model_dump()


def _storable(text: str) -> str:
    return escape_undecodable(text).replace("\0", "")[:MAX_TEXT]
