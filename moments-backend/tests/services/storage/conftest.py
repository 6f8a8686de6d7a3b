"""An uploader that reaches the storage server through a fault proxy."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.core.config import Settings
from app.services.storage.gcs_uploader import GCSUploader
from tests.services.storage.support.fault_proxy import FaultProxy, fault_proxy
from tests.services.storage.support.files import BIG, SMALL, write_random


@pytest.fixture
def proxy(settings: Settings) -> Iterator[FaultProxy]:
    assert settings.storage_emulator_host is not None
    with fault_proxy(settings.storage_emulator_host) as running:
        yield running


@pytest.fixture
def short_timeout_settings(settings: Settings, proxy: FaultProxy) -> Settings:
    """Return settings with the proxy's URL and short timeouts."""
    return settings.model_copy(
        update={
            "storage_emulator_host": proxy.url,
            "gcs_max_retries": 3,
            "gcs_retry_base_delay": 0.01,
            "gcs_stall_timeout_seconds": 5.0,
            "gcs_upload_timeout_seconds": 60.0,
            "gcs_chunk_size_mib": 8,
            "gcs_resumable_uploads": 8,
        }
    )


@pytest.fixture
async def uploader(short_timeout_settings: Settings) -> AsyncIterator[GCSUploader]:
    running = GCSUploader(short_timeout_settings)
    yield running
    await running.close()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a file that is sent in one request."""
    return write_random(tmp_path / "small.mp4", SMALL)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """Return a file that is sent in three chunks of a resumable session."""
    return write_random(tmp_path / "big.mp4", BIG)
