"""Worker processes that are killed while they export."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import psutil
import pytest

from app.models.export import ExportRead
from app.services.pipeline.export_runner import NICENESS
from tests.fixtures.exports import Gate, Machine
from tests.services.pipeline.test_worker import TIMEOUT_SECONDS, Workers

pytestmark = pytest.mark.slow


@pytest.fixture
async def workers(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workers]:
    monkeypatch.setenv("WORKER_HEARTBEAT_SECONDS", "0.5")
    monkeypatch.setenv("WORKER_STALLED_AFTER_SECONDS", "3")
    monkeypatch.setenv("FFMPEG_PATH", str(gate.program))
    made = Workers()
    yield made
    await made.end()
    gate.open()


async def ended(machine: Machine, export_id: str) -> ExportRead:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while (export := await machine.service.get(export_id)).state in {"queued", "processing"}:
            await asyncio.sleep(0.05)
    return export


def niceness_of_children(pid: int) -> set[int]:
    found = set()
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found.add(child.nice())
    return found


async def test_killed_worker_is_replaced_by_another(machine: Machine, workers: Workers, gate: Gate) -> None:
    first, second = await machine.request_range(1, 2), await machine.request_range(2, 3)
    killed = await workers.start()
    await gate.until_reached()
    assert NICENESS in niceness_of_children(killed.pid)
    killed.kill()
    await killed.wait()
    gate.open()

    await workers.start()

    assert (await ended(machine, first.id)).state == "completed"
    assert (await ended(machine, second.id)).state == "completed"
    assert [(await machine.row(export.id)).takeovers for export in (first, second)] == [1, 0]
    assert len(await machine.objects()) == 2
    async with asyncio.timeout(TIMEOUT_SECONDS):  # the row is completed before the folder is removed
        while machine.work_files():
            await asyncio.sleep(0.05)
