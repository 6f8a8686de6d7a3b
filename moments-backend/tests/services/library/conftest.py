"""The storage client that the tests of the library share."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.services.storage.gcs_uploader import GCSUploader


@pytest.fixture
async def uploader(
    settings: Settings, session_factory: async_sessionmaker[AsyncSession]
) -> AsyncIterator[GCSUploader]:
    """Return a client of the test's bucket; the test also has a database."""
    running = GCSUploader(settings)
    yield running
    await running.close()
