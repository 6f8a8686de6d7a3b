"""Mutual exclusion of periodic work."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from sqlalchemy import event, text

from app.database import session as database
from app.database.exclusive import try_exclusive_for_long

pytestmark = pytest.mark.usefixtures("session_factory")

HOLDER = text(
    "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE locktype = 'advisory' AND datname = current_database()"
)


async def process_of_the_lock() -> int:
    """Return the id of PostgreSQL's process that holds the only advisory lock."""
    async with database.transaction() as session:
        return int((await session.execute(HOLDER)).scalar_one())


@contextmanager
def paused_from_close(process_id: int) -> Iterator[None]:
    """Stop PostgreSQL's process when the connection of a lock closes, as a loaded machine may do for long."""
    assert database._unpooled is not None
    pool = database._unpooled.sync_engine.pool

    def pause(*_: object) -> None:
        os.kill(process_id, signal.SIGSTOP)

    event.listen(pool, "checkin", pause)
    try:
        yield
    finally:
        event.remove(pool, "checkin", pause)
        os.kill(process_id, signal.SIGCONT)


@pytest.mark.parametrize("error", [None, LookupError, asyncio.CancelledError])
async def test_lock_is_free_once_its_block_ends(error: type[BaseException] | None) -> None:
    with ExitStack() as pause:
        with suppress(LookupError, asyncio.CancelledError):
            async with try_exclusive_for_long("test") as first:
                pause.enter_context(paused_from_close(await process_of_the_lock()))
                if error is not None:
                    raise error
        async with try_exclusive_for_long("test") as second:
            pass
    assert (first, second) == (True, True)


async def test_lock_is_held_during_its_block() -> None:
    async with try_exclusive_for_long("test") as first:
        async with try_exclusive_for_long("test") as second, try_exclusive_for_long("other") as other:
            pass
        async with try_exclusive_for_long("test") as third:
            pass
    assert (first, second, other, third) == (True, False, True, False)
