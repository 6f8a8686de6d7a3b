"""A psycopg connection that can be abandoned immediately."""

import asyncio
import traceback
from typing import Any, Self

from psycopg import AsyncConnection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from psycopg.waiting import wait_async

STATEMENT_SECONDS = 60.0
"""Longest silence of the server within one statement; then the connection is closed."""


class AbortableConnection(AsyncConnection[Any]):
    """A psycopg connection that closes its socket when a statement is cancelled or times out.

    psycopg itself waits up to ten seconds for the server to cancel a statement, and without a cancellation it
    waits forever: keepalives do not detect a suspended server. The pool replaces the closed connection.
    """

    @classmethod
    async def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """Connect; close the socket immediately if the caller is cancelled."""
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
