"""States of watch folders and of files that could not be registered, with their events."""

import logging
from pathlib import Path
from typing import Any

from app.core.clock import utc_now
from app.core.exceptions import VideoMomentsError
from app.database.session import transaction
from app.repositories import watched_file_repository as files
from app.repositories.watched_file_repository import SeenFile
from app.services.migration.scanner import NOT_A_VIDEO, Scan
from app.services.watch_folders.changes import storable
from app.services.webhooks import events

logger = logging.getLogger(__name__)

MAX_IGNORED = 100
"""Ignored entries that are listed with their reason."""


def as_problem(error: VideoMomentsError) -> dict[str, Any]:
    """Return the type, cause and remedy of an error for a JSON column."""
    return {"type": error.type, "detail": storable(error.cause), "remedy": error.remedy}


async def add_file_problem(folder: Path, file: SeenFile, error: VideoMomentsError) -> None:
    """Record why a file cannot be registered, and report it."""
    problem = as_problem(error)
    async with transaction() as session:
        await files.save_result(
            session, str(folder), file, state="failed", error=problem, changed_at=utc_now()
        )
        payload = {"folder": str(folder), "path": file.path, "error": problem}
        await events.record(session, "watch_folder.failed", payload)
    logger.warning("File of a watch folder not added: %s", problem["detail"], extra={"path": file.path})


async def set_unavailable(folder: Path, error: VideoMomentsError) -> None:
    """Record that a folder is unavailable; reported once, until it is available again."""
    now, problem = utc_now(), as_problem(error)
    async with transaction() as session:
        before = await files.get_folder(session, str(folder))
        if before is not None and before.state == "unavailable":
            await files.save_folder(session, str(folder), state="unavailable", checked_at=now, error=problem)
            return
        await files.save_folder(
            session, str(folder), state="unavailable", error=problem, checked_at=now, changed_at=now
        )
        await events.record(session, "watch_folder.failed", {"folder": str(folder), "error": problem})
    logger.warning("%s", error.cause, extra={"folder": str(folder)})


async def set_available(folder: Path, found: Scan, error: VideoMomentsError | None = None) -> None:
    """Record the result of a scan.

    Args:
        error: why no files can be registered now.
    """
    now = utc_now()
    entries = sorted(found.ignored, key=lambda entry: entry.reason == NOT_A_VIDEO)[:MAX_IGNORED]
    fields: dict[str, Any] = {
        "state": "available",
        "error": None if error is None else as_problem(error),
        "ignored": [{"path": storable(entry.relative_path), "reason": entry.reason} for entry in entries],
        "ignored_count": len(found.ignored),
        "checked_at": now,
    }
    async with transaction() as session:
        before = await files.get_folder(session, str(folder))
        is_back = before is None or before.state != "available"
        if is_back:
            fields["changed_at"] = now
        await files.save_folder(session, str(folder), **fields)
    if before is not None and is_back:
        logger.info("Watch folder is available again", extra={"folder": str(folder)})
