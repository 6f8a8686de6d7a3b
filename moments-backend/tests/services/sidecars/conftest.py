"""An uploader and the writer of sidecars, on a database and bucket of their own."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.services.sidecars.writer import SidecarWriter
from app.services.storage.gcs_uploader import GCSUploader


@pytest.fixture
async def uploader(
    settings: Settings, session_factory: async_sessionmaker[AsyncSession]
) -> AsyncIterator[GCSUploader]:
    running = GCSUploader(settings)
    yield running
    await running.close()


@pytest.fixture
def writer(settings: Settings, uploader: GCSUploader) -> SidecarWriter:
    return SidecarWriter(settings, uploader)
