"""Work that outlives nobody who waits for it: threads, and other things that cannot be cancelled at once."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from app.core.exceptions import CancelledByUserError

T = TypeVar("T")

CancelCheck = Callable[[], None]
"""For work in a thread to call now and then: raises `CancelledByUserError` once nobody waits for it."""

_AGAIN_SECONDS = 0.5
"""After which a task that was cancelled and goes on is cancelled again."""


async def await_uncancellable(
    future: "asyncio.Future[Any]", *, stop: Callable[[], None] | None = None
) -> None:
    """Wait for what is short, or soon stops when told to; only then is the caller cancelled.

    Args:
        stop: called when the caller is cancelled, to hurry the future.
    """
    cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            cancelled = True
            if stop is not None:
                stop()
    if cancelled:
        raise asyncio.CancelledError


async def cancel_and_wait(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel the tasks and wait until they have ended. What they end with is not raised.

    One that goes on is cancelled again: before Python 3.12 `asyncio.wait_for`, in which the clients of Redis
    and PostgreSQL wait, loses a cancellation that comes together with the answer.
    """
    going_on = {task for task in tasks if not task.done()}
    while going_on:
        for task in going_on:
            task.cancel()
        _, going_on = await asyncio.wait(going_on, timeout=_AGAIN_SECONDS)


async def run_in_thread(work: Callable[[], T], *, stop: Callable[[], None] | None = None) -> T:
    """Run `work` in a thread. A cancelled caller asks it to `stop`, and waits until it has.

    `work` has to be short, or to look soon whether it was stopped.
    """
    future = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await await_uncancellable(future, stop=stop)
    except asyncio.CancelledError:
        future.exception()  # seen: being cancelled is the better cause
        raise
    return future.result()


async def run_cancellable_in_thread(work: Callable[[CancelCheck], T]) -> T:
    """Run long `work` in a thread. It calls its check often enough to end soon after we are cancelled."""
    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise CancelledByUserError("the work was stopped")

    return await run_in_thread(lambda: work(check), stop=stopped.set)
