"""Reads that concurrent callers share."""

import asyncio

from app.core.shared_read import SharedRead


class Source:
    """Returns how often it was read, once `released` is set."""

    def __init__(self) -> None:
        self.reads = 0
        self.released = asyncio.Event()

    async def __call__(self) -> int:
        self.reads += 1
        number = self.reads
        await self.released.wait()
        return number


async def test_concurrent_callers_cost_two_reads() -> None:
    """Callers that arrive during a read get the next one: the first may have missed their change."""
    source = Source()
    shared = SharedRead(source)
    first = asyncio.create_task(shared())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert source.reads == 1
    later = [asyncio.create_task(shared()) for _ in range(100)]
    await asyncio.sleep(0)
    source.released.set()
    assert await first == 1
    assert set(await asyncio.gather(*later)) == {2}
    assert source.reads == 2


async def test_cancelled_caller_leaves_the_read_to_others() -> None:
    source = Source()
    shared = SharedRead(source)
    impatient, patient = asyncio.create_task(shared()), asyncio.create_task(shared())
    await asyncio.sleep(0)
    impatient.cancel()
    source.released.set()
    assert await patient == 1


async def test_error_reaches_all_callers_and_is_not_kept() -> None:
    fails = True

    async def read() -> str:
        if fails:
            raise ValueError("down")
        return "up"

    shared = SharedRead(read)
    answers = await asyncio.gather(shared(), shared(), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError]
    fails = False
    assert await shared() == "up"
