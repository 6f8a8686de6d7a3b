"""Threads, and tasks that do not end at the first cancellation."""

import asyncio
import threading
from contextlib import suppress
from typing import NoReturn

import pytest

from app.core.concurrency import (
    CancelCheck,
    cancel_and_wait,
    ended_by,
    run_cancellable_in_thread,
    run_in_thread,
)
from app.core.exceptions import CancelledByUserError


async def ignore_cancellations(count: int) -> None:
    """Run on after `count` cancellations, like a task whose cancellation arrived with a result."""
    for _ in range(count):
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
    await asyncio.sleep(60)


async def test_lost_cancellation_is_repeated() -> None:
    tasks = [asyncio.create_task(ignore_cancellations(count)) for count in (0, 1, 2)]
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await cancel_and_wait(*tasks)
    assert all(task.cancelled() for task in tasks)


async def test_finished_tasks_keep_their_result() -> None:
    async def answer() -> int:
        return 42

    task = asyncio.create_task(answer())
    await task
    await cancel_and_wait(task)
    assert task.result() == 42


@pytest.mark.parametrize("error", [None, ValueError("lost")], ids=["cancelled", "failed"])
async def test_watch_ends_the_block(error: Exception | None) -> None:
    async def watch() -> Exception | None:
        return error

    async def work() -> None:
        async with ended_by(watch):
            await asyncio.sleep(60)

    with pytest.raises(asyncio.CancelledError if error is None else ValueError):
        await asyncio.create_task(work())


async def test_watch_ends_with_the_block() -> None:
    is_watching, ended = asyncio.Event(), False

    async def watch() -> None:
        nonlocal ended
        is_watching.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended = True

    async with ended_by(watch):
        await is_watching.wait()
    assert ended
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_thread_returns_result_and_raises_error() -> None:
    def fail() -> NoReturn:
        raise ValueError("no")

    assert await run_in_thread(max, 3, 7) == 7
    with pytest.raises(ValueError, match="no"):
        await run_in_thread(fail)


async def test_cancelled_caller_stops_thread_and_waits() -> None:
    started, stopped, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        assert stopped.wait(20)
        ended.set()

    task = asyncio.create_task(run_in_thread(work, stop=stopped.set))
    await run_in_thread(started.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_grace_ends_the_wait_for_a_thread() -> None:
    started, release = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        assert release.wait(20)

    task = asyncio.create_task(run_in_thread(work, grace_seconds=0))
    await run_in_thread(started.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not release.is_set()
    release.set()


async def test_cancellable_work_is_interrupted() -> None:
    started, errors = threading.Event(), []

    def work(check: CancelCheck) -> None:
        started.set()
        try:
            while True:
                check()
        except CancelledByUserError as error:
            errors.append(error)
            raise

    task = asyncio.create_task(run_cancellable_in_thread(work))
    await run_in_thread(started.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(errors) == 1
