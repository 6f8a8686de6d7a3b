"""Metrics of the connection pools."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.metrics import SHARED_REGISTRY
from app.database import session as database
from app.database.read_pool import CONNECTIONS, ReadPool


def sample(name: str, pool: str) -> float:
    return SHARED_REGISTRY.get_sample_value(f"videomoments_database_pool_{name}", {"pool": pool}) or 0.0


@pytest.fixture
async def small_pool(settings: Settings) -> AsyncIterator[None]:
    """Open an engine with two connections, one of them overflow."""
    own = settings.model_copy(update={"database_pool_size": 1, "database_max_overflow": 1})
    await database.init_db(own)
    yield
    await database.close_db()


async def test_waits_for_a_connection_are_counted(small_pool: None) -> None:
    waits, seconds = sample("waits_total", "sessions"), sample("wait_seconds_total", "sessions")

    async def query() -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT 1"))
            held.release()
            await end.wait()

    held, end = asyncio.Semaphore(0), asyncio.Event()
    queries = [asyncio.create_task(query()) for _ in range(3)]
    for _ in range(2):
        await held.acquire()
    assert sample("size", "sessions") == sample("in_use", "sessions") == 2
    assert SHARED_REGISTRY.get_sample_value("videomoments_database_pool_overflow") == 1
    end.set()
    await asyncio.gather(*queries)
    assert sample("in_use", "sessions") == 0
    assert sample("waits_total", "sessions") - waits == 1
    assert sample("wait_seconds_total", "sessions") > seconds


async def test_waits_of_the_read_pool_are_counted(settings: Settings) -> None:
    waits, pool = sample("waits_total", "reads"), ReadPool(settings)
    reads = [pool.rows("SELECT pg_sleep(0.05)", {}) for _ in range(CONNECTIONS + 2)]
    await asyncio.gather(*reads)
    await pool.close()
    assert sample("size", "reads") == CONNECTIONS
    assert sample("in_use", "reads") == 0
    assert sample("waits_total", "reads") - waits == 2
