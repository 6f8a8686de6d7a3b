"""Single statements, read outside of any transaction on a few connections of their own.

The lists read here: their readers may be slow and many, and must not take the connections that everything
else needs. A connection is held for the time of one statement and given back before its rows are sent.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from app.core.config import Settings
from app.database.session import answering_in_time, create_engine

CONNECTIONS = 4

PLANNER = ("SET enable_sort = off", "SET jit = off")
"""Every list has an index in its order, and stops after a page. Prepared statements make PostgreSQL plan for
an average page, for which it may deem sorting the whole table cheaper."""


class Reader:
    """Runs statements in psycopg's binary format, prepared once per connection."""

    def __init__(self, settings: Settings) -> None:
        self._engine = create_engine(
            settings, pool_size=CONNECTIONS, max_overflow=0, isolation_level="AUTOCOMMIT"
        )
        event.listen(self._engine.sync_engine, "connect", _plan_for_pages)

    async def rows(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        """Every row of one statement, as plain tuples. `parameters` may hold more than the statement names.

        Raises:
            DatabaseError: PostgreSQL is away, refuses, or takes too long.
        """
        async with answering_in_time(), self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            cursor = driver.cursor(binary=True)
            await cursor.execute(statement, parameters, prepare=True)
            rows: list[Any] = await cursor.fetchall()
            return rows

    async def close(self) -> None:
        await self._engine.dispose()


def _plan_for_pages(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    for setting in PLANNER:
        cursor.execute(setting)
    cursor.close()
