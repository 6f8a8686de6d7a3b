"""The SQLAlchemy engine and its sessions.

`init_db()` creates the engine at start-up, `close_db()` closes its connections. The engine connects lazily:
an unavailable database fails the request instead of the start, and is used again once it is back.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool, PoolProxiedConnection

from app.core.config import Settings, get_settings
from app.core.exceptions import DatabaseUnavailableError
from app.core.metrics import POOL_IN_USE, POOL_OVERFLOW, POOL_SIZE, POOL_WAIT_SECONDS, POOL_WAITS
from app.database.connection import AbortableConnection
from app.database.errors import UNAVAILABLE_REMEDY, map_error

CONNECT_TIMEOUT_SECONDS = 5
TIMEOUT_SECONDS = 8.0
"""Longest wait of a block for PostgreSQL, from acquiring a connection to the last result."""

async_session_factory: async_sessionmaker[AsyncSession] = async_sessionmaker(expire_on_commit=False)
"""Session factory for code outside a request; bound to the engine by `init_db()`."""

_engine: AsyncEngine | None = None
_unpooled: AsyncEngine | None = None

POOL = "sessions"
"""Name of the engine's pool in metrics."""


class _MeasuredPool(AsyncAdaptedQueuePool):
    """Counts requests for a connection that have to wait for one."""

    # Names the logger, whose records of level INFO are not for our logs.
    __module__ = AsyncAdaptedQueuePool.__module__

    def connect(self) -> PoolProxiedConnection:
        if self.checkedout() < self.size() + self._max_overflow:
            return super().connect()
        started = time.perf_counter()
        try:
            return super().connect()
        finally:
            POOL_WAITS.labels(POOL).inc()
            POOL_WAIT_SECONDS.labels(POOL).inc(time.perf_counter() - started)


CONNECTION_OPTIONS: dict[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    "application_name": "videomoments",
    # Detect a vanished peer within seconds instead of hours.
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}
"""https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""


def create_engine(settings: Settings, **options: Any) -> AsyncEngine:
    """Create an engine for `settings`; the caller disposes of it.

    Args:
        options: override the options of SQLAlchemy's `create_engine` that the settings define.
    """
    pool = {
        "poolclass": _MeasuredPool,
        "pool_size": settings.database_pool_size,
        "max_overflow": settings.database_max_overflow,
        "pool_timeout": settings.database_pool_timeout,
        "pool_pre_ping": True,
    }
    return create_async_engine(
        settings.database_url,
        **({} if "poolclass" in options else pool) | options,
        echo=settings.database_echo,
        connect_args={"async_creator_fn": AbortableConnection.connect} | CONNECTION_OPTIONS,
    )


async def init_db(settings: Settings | None = None) -> None:
    """Bind `async_session_factory` to an engine for `settings`. A second call has no effect."""
    global _engine, _unpooled  # noqa: PLW0603 - one engine per process
    if _engine is None:
        settings = settings or get_settings()
        _engine = create_engine(settings)
        _unpooled = create_engine(settings, poolclass=NullPool)
        POOL_SIZE.labels(POOL).set(settings.database_pool_size + settings.database_max_overflow)
        async_session_factory.configure(bind=_engine)


async def close_db() -> None:
    """Close all connections. A second call has no effect."""
    global _engine, _unpooled
    if _engine is not None:
        engine, _engine, _unpooled = _engine, None, None
        async_session_factory.configure(bind=None)
        await engine.dispose()


def _pool_figure(figure: Callable[[_MeasuredPool], int]) -> Callable[[], float]:
    """Return a function that reads the engine's pool when metrics are collected."""

    def read() -> float:
        pool = _engine.pool if _engine is not None else None
        return figure(pool) if isinstance(pool, _MeasuredPool) else 0

    return read


POOL_IN_USE.labels(POOL).set_function(_pool_figure(lambda pool: pool.checkedout()))
POOL_OVERFLOW.set_function(_pool_figure(lambda pool: max(pool.overflow(), 0)))


@asynccontextmanager
async def database_timeout(seconds: float | None = None) -> AsyncIterator[None]:
    """Map errors of the database inside the block, and limit its duration.

    Args:
        seconds: the limit; `TIMEOUT_SECONDS` by default.

    Raises:
        DatabaseUnavailableError: no connection, or the block took longer than `seconds`.
        DatabaseError, SchemaMissingError: the database rejected a statement.
    """
    seconds = TIMEOUT_SECONDS if seconds is None else seconds
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except (SQLAlchemyError, psycopg.Error, TimeoutError) as error:
        if limit.expired():
            raise DatabaseUnavailableError(
                f"the database did not respond within {seconds:g} seconds", remedy=UNAVAILABLE_REMEDY
            ) from error
        mapped = None if isinstance(error, TimeoutError) else map_error(error)
        if mapped is None:
            raise
        raise mapped from error


@asynccontextmanager
async def transaction(seconds: float | None = None) -> AsyncIterator[AsyncSession]:
    """Open a session for one short transaction: committed at the end, rolled back if the block raises.

    Args:
        seconds: the time limit; `TIMEOUT_SECONDS` by default.
    """
    async with database_timeout(seconds), async_session_factory() as session, session.begin():
        yield session


@asynccontextmanager
async def separate_connection() -> AsyncIterator[AsyncConnection]:
    """Open a connection outside the pool, for a lock that is held longer than a transaction may last.

    Raises:
        DatabaseError: no connection.
    """
    assert _unpooled is not None  # noqa: S101 - as in `transaction`, `init_db` was called
    async with database_timeout():
        connection = await _unpooled.connect()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def separate_transaction() -> AsyncIterator[AsyncSession]:
    """Open a transaction like `transaction`, beside another one of the same task.

    It has a connection of its own: transactions that wait for a second connection of the pool while they
    hold one would wait for each other.
    """
    async with (
        database_timeout(),
        AsyncSession(_unpooled) as session,
        session.begin(),
    ):
        yield session
