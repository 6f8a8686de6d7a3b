"""A small connection pool for single read statements outside transactions.

Lists use it so that slow clients do not occupy the connections of other requests. A connection is held for
one statement and released before the rows are sent.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from psycopg import OperationalError
from sqlalchemy.engine import make_url

from app.core.config import Settings
from app.core.metrics import POOL_IN_USE, POOL_SIZE, POOL_WAIT_SECONDS, POOL_WAITS
from app.database.connection import AbortableConnection
from app.database.session import CONNECTION_OPTIONS, database_timeout

CONNECTIONS = 8
POOL = "reads"
"""Name of this pool in metrics."""

PLANNER = "SET enable_sort = off; SET jit = off"
"""Force index order: generic plans of prepared statements may otherwise sort the whole table."""


class ReadPool:
    """Runs prepared statements in psycopg's binary format.

    SQLAlchemy's pool would cost 0.35 ms of CPU time per statement, a third of the cost of 1000 rows.

    Args:
        name: name in metrics.
        setup: statements that each new connection executes first.
    """

    def __init__(self, settings: Settings, *, name: str = POOL, setup: str = PLANNER) -> None:
        self._name = name
        self._setup = setup
        url = make_url(settings.database_url)
        _, server = url.get_dialect()().create_connect_args(url)
        self._connect_args = CONNECTION_OPTIONS | dict(server)
        self._slots = asyncio.Semaphore(CONNECTIONS)
        POOL_SIZE.labels(name).set(CONNECTIONS)
        self._idle: list[AbortableConnection] = []

    async def rows(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        """Return all rows of one statement as plain tuples. Unused `parameters` are ignored.

        Raises:
            DatabaseError: PostgreSQL is unavailable, rejects the statement or times out.
        """
        async with database_timeout(), self._slot():
            if self._idle:
                try:
                    return await self._read(self._idle.pop(), statement, parameters)
                except OperationalError:
                    # The server restarted or the network failed, so all idle connections are dead.
                    await self.close()
            return await self._read(await self._connect(), statement, parameters)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Hold one of the connections' slots, and measure its use."""
        is_waiting, started = self._slots.locked(), time.perf_counter()
        async with self._slots:
            if is_waiting:
                POOL_WAITS.labels(self._name).inc()
                POOL_WAIT_SECONDS.labels(self._name).inc(time.perf_counter() - started)
            with POOL_IN_USE.labels(self._name).track_inprogress():
                yield

    async def ping(self) -> None:
        """Check that PostgreSQL accepts a new connection, independently of how busy the pool is."""
        async with database_timeout():
            await (await self._connect()).close()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _connect(self) -> AbortableConnection:
        connection = await AbortableConnection.connect(**self._connect_args, autocommit=True)
        try:
            await connection.execute(self._setup.encode())
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _read(
        self, connection: AbortableConnection, statement: str, parameters: Mapping[str, Any]
    ) -> list[Any]:
        try:
            cursor = connection.cursor(binary=True)
            await cursor.execute(statement.encode(), parameters, prepare=True)
            rows: list[Any] = await cursor.fetchall()
        except BaseException:
            await connection.close()
            raise
        self._idle.append(connection)
        return rows
