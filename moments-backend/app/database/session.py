"""The engine and its sessions.

`init_db()` builds the engine at start-up, `close_db()` gives its connections back. The engine connects when
a session first needs it, so a database that is away fails the request and not the start, and one that comes
back is used again without a restart.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.core.config import Settings, get_settings
from app.core.exceptions import DatabaseUnavailableError
from app.database.connection import AbortableConnection
from app.database.errors import UNAVAILABLE_REMEDY, map_error

CONNECT_TIMEOUT_SECONDS = 5
ANSWER_SECONDS = 8.0
"""How long a request waits for PostgreSQL: for a free connection, for a new one, and for its answers."""

async_session_factory: async_sessionmaker[AsyncSession] = async_sessionmaker(expire_on_commit=False)
"""Makes sessions for code outside a request; bound to the engine by `init_db()`."""

_engine: AsyncEngine | None = None


CONNECTION_OPTIONS: dict[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    "application_name": "videomoments",
    # A peer that vanished without a word is noticed in seconds rather than hours.
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}
"""https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""


def create_engine(settings: Settings, **options: Any) -> AsyncEngine:
    """An engine of its own for `settings`; the caller disposes of it.

    Args:
        options: of SQLAlchemy's `create_engine`, over those that the settings say.
    """
    pool = {
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
    """Bind `async_session_factory` to an engine for `settings`. A second call changes nothing."""
    global _engine  # noqa: PLW0603 - the engine belongs to the process, as the specification's factory does
    if _engine is None:
        _engine = create_engine(settings or get_settings())
        async_session_factory.configure(bind=_engine)


async def close_db() -> None:
    """Close every connection. A second call changes nothing."""
    global _engine
    if _engine is not None:
        engine, _engine = _engine, None
        async_session_factory.configure(bind=None)
        await engine.dispose()


@asynccontextmanager
async def database_timeout() -> AsyncIterator[None]:
    """Inside the block the database's errors are ours, and its silence is one of them.

    Raises:
        DatabaseUnavailableError: also when the block took longer than `ANSWER_SECONDS`.
        DatabaseError, SchemaMissingError.
    """
    limit = asyncio.timeout(ANSWER_SECONDS)
    try:
        async with limit:
            yield
    except (SQLAlchemyError, psycopg.Error, TimeoutError) as error:
        if limit.expired():
            raise DatabaseUnavailableError(
                f"the database did not answer within {ANSWER_SECONDS:g} seconds", remedy=UNAVAILABLE_REMEDY
            ) from error
        named = None if isinstance(error, TimeoutError) else map_error(error)
        if named is None:
            raise
        raise named from error


@asynccontextmanager
async def transaction() -> AsyncIterator[AsyncSession]:
    """A session for one short transaction: committed at the end, rolled back when the block raises.

    Raises:
        DatabaseError: see `database_timeout`.
    """
    async with database_timeout(), async_session_factory() as session, session.begin():
        yield session
