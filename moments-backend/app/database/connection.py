"""A connection that can be left at once, whatever the server does."""

import asyncio
import traceback
from typing import Any, Self

from psycopg import AsyncConnection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from psycopg.waiting import wait_async

STATEMENT_SECONDS = 60.0
"""A server that is silent for so long within one statement is taken for gone."""


class AbortableConnection(AsyncConnection[Any]):
    """psycopg's connection, less its patience with a server that hangs.

    The original cancels a cancelled statement on the server and waits for that, ten seconds in all; one that
    nobody cancels it awaits for ever, since keepalives do not tell a stopped server from a slow one. Here the
    socket is closed instead, and the pool replaces the connection.
    """

    @classmethod
    async def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """Connect; close the socket at once if the caller is cancelled meanwhile."""
        try:
            return await super().connect(*args, **kwargs)
        except asyncio.CancelledError as error:
            # psycopg's generator owns the socket and is reachable only through the frames of this traceback.
            traceback.clear_frames(error.__traceback__)
            raise

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:  # noqa: ASYNC109 - psycopg's signature
        try:
            return await wait_async(
                gen, self.pgconn.socket, interval=interval, timeout=timeout or STATEMENT_SECONDS
            )
        except (asyncio.CancelledError, OperationalError):
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise
