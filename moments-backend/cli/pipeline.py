"""Clients and services for commands about runs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from app.core.config import Settings
from app.core.exceptions import RunNotFoundError, RunStateError
from app.database.session import transaction
from app.repositories import video_db_repository
from app.services.container import AppContainer
from cli.audit_record import record_change


class Pipeline(AppContainer):
    """The container of a command, with the queries that commands share."""

    async def has_video(self, identifier: str) -> bool:
        """Return whether the video has a row."""
        async with transaction() as session:
            return await video_db_repository.get_by_identifier(session, identifier) is not None

    async def count_workers(self) -> int:
        """Return the number of live workers on all machines."""
        async with transaction() as session:
            return await self.run_queue.count_workers(session)

    async def record(self, action: str, video_id: str, **details: Any) -> None:
        """Record in the audit log that the command changed a run."""
        await record_change(self.settings, action, "run", video_id, **details)

    async def record_export(self, action: str, video_id: str, **details: Any) -> None:
        """Record in the audit log that the command changed exports of a video."""
        await record_change(self.settings, action, "video", video_id, **details)


@asynccontextmanager
async def open_pipeline(settings: Settings) -> AsyncIterator[Pipeline]:
    """Open the container; remedies in errors of the block name commands instead of API requests."""
    with _remedies_as_commands():
        async with Pipeline(settings) as pipeline:
            yield pipeline


@contextmanager
def _remedies_as_commands() -> Iterator[None]:
    try:
        yield
    except (RunNotFoundError, RunStateError) as error:
        if error.remedy and "/api/generate_moments" in error.remedy:
            error.remedy = "start one with: videomoments add FILE, LINK or ID"
        raise
