"""Helpers that record the outcome of a job in its row despite outages and cancellations."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from app.core.concurrency import await_uncancellable
from app.core.exceptions import DatabaseError, InternalError, VideoMomentsError
from app.core.retry import RetryPolicy

logger = logging.getLogger(__name__)

T = TypeVar("T")

DATABASE_RETRY = RetryPolicy(attempts=None, base_delay=1.0, factor=1.0, jitter=(1.0, 1.0), deadline=120.0)
"""Attempts of a database write before the worker releases the job."""


async def retry_database(work: Callable[[], Awaitable[T]]) -> T:
    """Call `work` until the database is available.

    Raises:
        DatabaseError: the deadline passed. The row keeps its last saved state and is recovered from there.
    """

    async def attempt() -> T:
        return await work()

    return await DATABASE_RETRY.async_retrying(_is_retryable_database_error)(attempt)


async def shielded(work: Awaitable[None]) -> None:
    """Await `work` to its end, even if the caller is cancelled again."""
    task = asyncio.ensure_future(work)
    with suppress(asyncio.CancelledError):
        await await_uncancellable(task)
    task.result()


def as_domain_error(error: Exception) -> VideoMomentsError:
    """Return an error that a user can see; an unexpected one is logged."""
    if isinstance(error, VideoMomentsError):
        return error
    logger.error("Unexpected error", exc_info=error)
    return InternalError(
        f"unexpected error ({type(error).__name__})", remedy="see the worker's log, then retry"
    )


def _is_retryable_database_error(error: BaseException) -> bool:
    return isinstance(error, DatabaseError) and error.retryable
