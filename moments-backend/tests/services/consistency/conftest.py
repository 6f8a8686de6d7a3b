"""The comparison of table, bucket and disk, on a database and bucket of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.services.consistency.check import Options, Report, StorageCheck
from app.services.storage.gcs_uploader import GCSUploader

Compare = Callable[..., Awaitable[Report]]


@pytest.fixture
async def uploader(
    settings: Settings, session_factory: async_sessionmaker[AsyncSession]
) -> AsyncIterator[GCSUploader]:
    running = GCSUploader(settings)
    yield running
    await running.close()


@pytest.fixture
def compare(settings: Settings, uploader: GCSUploader) -> Compare:
    """Return a function that compares everything; what is young counts as settled."""

    async def run(*, checksums: bool = False, min_age: float = 0.0) -> Report:
        return await StorageCheck(settings, uploader, Options(checksums, min_age)).run()

    return run
