"""Helpers for blocking work in threads, and for work that cannot be cancelled immediately."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from typing import Any, TypeVar, TypeVarTuple

from app.core.exceptions import CancelledByUserError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

CancelCheck = Callable[[], None]
"""Called regularly by long work in a thread; raises `CancelledByUserError` after a cancellation."""

_THREADS = ThreadPoolExecutor(max_workers=40, thread_name_prefix="blocking")
"""Larger than asyncio's default pool, so that long work does not keep short file reads waiting."""

_CANCEL_AGAIN_SECONDS = 0.5


def on_loop(callback: Callable[[*Ts], None] | None) -> Callable[[*Ts], None] | None:
    """Return a function for threads that runs `callback` on the running event loop; None without one."""
    if callback is None:
        return None
    loop = asyncio.get_running_loop()

    def call(*args: *Ts) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(callback, *args)

    return call


async def await_uncancellable(
    future: "asyncio.Future[Any]",
    *,
    stop: Callable[[], None] | None = None,
    grace_seconds: float | None = None,
) -> None:
    """Wait for `future` even if the caller is cancelled; re-raise the cancellation afterwards.

    The result or exception of `future` is left for the caller to retrieve.

    Args:
        stop: called on cancellation, to make the future finish soon.
        grace_seconds: longest wait after a cancellation; unlimited by default.
    """
    cancelled = False
    while not future.done():
        try:
            done, _ = await asyncio.wait([future], timeout=grace_seconds if cancelled else None)
        except asyncio.CancelledError:
            cancelled = True
            if stop is not None:
                stop()
        else:
            if not done:
                break
    if cancelled:
        raise asyncio.CancelledError


async def cancel_and_wait(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel the tasks and wait until all are done. Their exceptions are not raised.

    Tasks that keep running are cancelled again: before Python 3.12, `asyncio.wait_for`, which the Redis and
    PostgreSQL clients use, loses a cancellation that arrives together with the result.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_CANCEL_AGAIN_SECONDS)


@asynccontextmanager
async def ended_by(watch: Callable[[], Awaitable[Exception | None]]) -> AsyncIterator[None]:
    """Run the block, and cancel it when `watch` returns.

    Raises:
        CancelledError: `watch` returned None, or the task was cancelled.
        Exception: the error that `watch` returned.
    """
    work = asyncio.current_task()
    assert work is not None  # noqa: S101 - a coroutine always runs in a task
    error: Exception | None = None

    async def end_block() -> None:
        nonlocal error
        error = await watch()
        work.cancel()

    watching = asyncio.create_task(end_block())
    try:
        yield
    except asyncio.CancelledError:
        if error is None:
            raise
        work.uncancel()
        raise error from None
    finally:
        await cancel_and_wait(watching)


async def run_in_thread(
    work: Callable[[*Ts], T],
    *args: *Ts,
    stop: Callable[[], None] | None = None,
    executor: Executor | None = None,
    grace_seconds: float | None = None,
) -> T:
    """Run blocking `work` in a thread and return its result.

    A cancelled caller calls `stop` and waits for the thread, so `work` must be short or react to `stop`.
    The thread inherits the caller's context variables.

    Args:
        executor: the thread pool; a shared one by default.
        grace_seconds: longest wait after a cancellation; 0 abandons the thread at once.
    """
    context = copy_context()
    future = asyncio.get_running_loop().run_in_executor(executor or _THREADS, context.run, work, *args)
    try:
        await await_uncancellable(future, stop=stop, grace_seconds=grace_seconds)
    except asyncio.CancelledError:
        future.add_done_callback(_retrieve_exception)
        raise
    return future.result()


async def run_cancellable_in_thread(work: Callable[[CancelCheck], T]) -> T:
    """Run long `work` in a thread; its check raises `CancelledByUserError` once the caller is cancelled."""
    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise CancelledByUserError("the work was cancelled")

    return await run_in_thread(work, check, stop=stopped.set)


def _retrieve_exception(future: "asyncio.Future[Any]") -> None:
    """Retrieve the exception, so that asyncio does not log that it was never retrieved."""
    if not future.cancelled():
        future.exception()
