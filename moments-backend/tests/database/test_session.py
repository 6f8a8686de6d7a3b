"""Request sessions, the read pool, and their timeouts."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.exceptions import DatabaseError, DatabaseUnavailableError, SchemaMissingError
from app.database import session as database
from app.database.dependencies import get_db
from app.database.read_pool import CONNECTIONS, ReadPool
from app.repositories import video_db_repository
from tests.fixtures.library import Library

Sessions = async_sessionmaker[AsyncSession]
request_session = asynccontextmanager(get_db)


async def test_session_is_committed_on_return(session_factory: Sessions, library: Library) -> None:
    async with request_session() as session:
        await video_db_repository.create(session, "talk", "gs://b/talk")
        assert library.rows() == {}
    assert set(library.rows()) == {"talk"}


async def test_session_is_rolled_back_on_error(session_factory: Sessions, library: Library) -> None:
    async def fail() -> None:
        async with request_session() as session:
            await video_db_repository.create(session, "talk", "gs://b/talk")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert library.rows() == {}


async def test_driver_errors_are_mapped(session_factory: Sessions, library: Library) -> None:
    with pytest.raises(SchemaMissingError):
        async with database.transaction() as session:
            await session.execute(text("SELECT * FROM nowhere"))
    with pytest.raises(DatabaseError, match="division by zero"):
        async with database.transaction() as session:
            await session.execute(text("SELECT 1 / 0"))


async def test_other_errors_pass_through(session_factory: Sessions) -> None:
    with pytest.raises(TimeoutError, match="of other code"):
        async with database.transaction():
            raise TimeoutError("of other code")


async def test_slow_statement_times_out(
    session_factory: Sessions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    default = database.TIMEOUT_SECONDS
    monkeypatch.setattr(database, "TIMEOUT_SECONDS", 0.2)
    pool = ReadPool(settings)
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailableError, match=r"within 0\.2 seconds"):
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_sleep(30)"))
    with pytest.raises(DatabaseUnavailableError, match=r"within 0\.2 seconds"):
        await pool.rows("SELECT pg_sleep(30)", {})
    assert time.monotonic() - started < 5
    monkeypatch.setattr(database, "TIMEOUT_SECONDS", default)
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    assert await pool.rows("SELECT 1", {}) == [(1,)]
    await pool.close()


@pytest.fixture
async def silent_server() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Yield the URL of a server that never answers, and an event set when a client closes its connection."""
    closed = asyncio.Event()

    async def read_silently(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        closed.set()
        writer.close()

    async with await asyncio.start_server(read_silently, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql+psycopg://user:secret@127.0.0.1:{port}/x", closed


async def use_session(settings: Settings) -> None:
    async with database.database_timeout(), AsyncSession(database.create_engine(settings)) as session:
        await session.execute(text("SELECT 1"))


async def use_read_pool(settings: Settings) -> None:
    await ReadPool(settings).rows("SELECT 1", {})


@pytest.mark.parametrize("query", [use_session, use_read_pool])
async def test_cancelled_connect_closes_its_socket(
    query: Callable[[Settings], Awaitable[None]],
    silent_server: tuple[str, asyncio.Event],
    clean_environment: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, closed = silent_server
    monkeypatch.setattr(database, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(DatabaseUnavailableError) as caught:
        await query(Settings(database_url=url))
    async with asyncio.timeout(5):
        await closed.wait()
    assert caught.value.__cause__  # its traceback does not keep the socket open


async def test_read_pool_limits_connections(settings: Settings, library: Library) -> None:
    pool = ReadPool(settings)
    statement = "SELECT pg_sleep(0.05), pg_backend_pid()"
    found = await asyncio.gather(*(pool.rows(statement, {}) for _ in range(5 * CONNECTIONS)))
    assert len({rows[0][1] for rows in found}) == CONNECTIONS
    await pool.close()


async def test_read_pool_replaces_dead_connections(settings: Settings, library: Library) -> None:
    pool = ReadPool(settings)
    await asyncio.gather(*(pool.rows("SELECT pg_sleep(0.05)", {}) for _ in range(CONNECTIONS)))
    with library.connection() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'videomoments' AND datname = current_database()"
        )
    assert await pool.rows("SELECT 1", {}) == [(1,)]
    with pytest.raises(SchemaMissingError):
        await pool.rows("SELECT * FROM nowhere", {})
    assert await pool.rows("SELECT 2", {}) == [(2,)]
    await pool.close()
