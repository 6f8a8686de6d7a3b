"""Requests for many exports."""

import asyncio
from collections.abc import Callable

import pytest

from app.core.exceptions import ExportQueueFullError
from app.models.moment import Moment
from tests.fixtures.exports import Machine

MOMENTS = [
    Moment(
        id=f"{number:016x}",
        start_time=round(number * 0.03, 2),
        end_time=round(number * 0.03 + 0.6, 2),
        title="Overlapping",
        score=5,
    )
    for number in range(100)
]


async def test_full_queue_rejects_the_whole_request(make_machine: Callable[..., Machine]) -> None:
    machine = make_machine(export_max_queued=2)
    await machine.add_video()
    await machine.documents.moments.write("talk", MOMENTS[:3])

    with pytest.raises(ExportQueueFullError, match="3 exports would be queued or active, and the limit is 2"):
        await machine.request(moments="all")

    assert await machine.service.list_for_video("talk") == []
    first, second = await machine.request(moment_ids=[moment.id for moment in MOMENTS[:2]])
    await machine.service.cancel(first.id)
    await machine.request(moment_ids=[MOMENTS[2].id])
    with pytest.raises(ExportQueueFullError):
        await machine.service.retry(first.id)
    assert (await machine.service.get(first.id)).state == "cancelled"
    assert (await machine.service.get(second.id)).state == "queued"


async def test_hundred_moments_at_once_are_queued_once(machine: Machine) -> None:
    await machine.documents.moments.write("talk", MOMENTS)

    requests = await asyncio.gather(*(machine.request(moments="all") for _ in range(3)))

    for found in requests[1:]:
        assert [export.id for export in found] == [export.id for export in requests[0]]
    assert len(await machine.service.list_for_video("talk")) == 100


async def test_key_of_a_renamed_moment_names_another_file(machine: Machine) -> None:
    (before,) = await machine.request(start_time=1, end_time=2, title="Draft")
    (after,) = await machine.request(start_time=1, end_time=2, title="Final")
    assert [before.filename, after.filename] == ["Draft.mp4", "Final.mp4"]
