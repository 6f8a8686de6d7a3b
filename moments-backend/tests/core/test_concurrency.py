"""Tasks that do not end when they are first told to."""

import asyncio
from contextlib import suppress

from app.core.concurrency import cancel_and_wait


async def deaf(times: int) -> None:
    """Goes on as many times, as a task does whose cancellation came together with an answer."""
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
    await asyncio.sleep(60)


async def test_a_lost_cancellation_is_made_up_for() -> None:
    tasks = [asyncio.create_task(deaf(times)) for times in (0, 1, 2)]
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await cancel_and_wait(*tasks)
    assert all(task.cancelled() for task in tasks)


async def test_tasks_that_have_ended_are_let_be() -> None:
    async def answer() -> int:
        return 42

    task = asyncio.create_task(answer())
    await task
    await cancel_and_wait(task)
    assert task.result() == 42
