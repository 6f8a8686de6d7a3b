"""Audit entries of commands."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.core.config import Settings, get_settings
from app.database.session import close_db, init_db
from app.services.access.audit import MAX_DETAILS, AuditLog
from app.services.access.principal import CLI_ACTOR


@asynccontextmanager
async def open_database() -> AsyncIterator[Settings]:
    """Open the database of the settings for the block, in commands without a container."""
    settings = get_settings()
    await init_db(settings)
    try:
        yield settings
    finally:
        await close_db()


def login_details() -> dict[str, Any]:
    """Return the name of the user who runs the command."""
    try:
        return {"user": getpass.getuser()}
    except (OSError, KeyError):  # a container may have no such user
        return {}


async def record_change(
    settings: Settings,
    action: str,
    target_type: str,
    target_id: str | None,
    *,
    max_details: int = MAX_DETAILS,
    **details: Any,
) -> None:
    """Record a change that a command made; failures are only logged. The database is open."""
    await AuditLog(settings).record(
        actor=CLI_ACTOR,
        action=action,
        target_type=target_type,
        target_id=target_id,
        details=login_details() | details,
        max_details=max_details,
    )
