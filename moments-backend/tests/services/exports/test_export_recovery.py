"""Exports whose worker died."""

from app.services.pipeline.run_recovery import MAX_TAKEOVERS
from tests.fixtures.exports import Machine


async def test_exports_without_a_job_are_queued_again(machine: Machine) -> None:
    queued = await machine.request_range()
    await machine.change(queued.id, job_id=None, state="processing", token="0" * 32, percent=50)

    async with machine.queue:
        assert await machine.recovery.recover_stalled() == 1
        assert await machine.recovery.recover_stalled() == 0

    row = await machine.row(queued.id)
    assert (row.state, row.percent, row.takeovers, row.token) == ("queued", 0, 1, None)
    assert (await machine.work(queued.id)).state == "completed"


async def test_exports_fail_after_five_lost_workers(machine: Machine) -> None:
    queued = await machine.request_range()
    async with machine.queue:
        for _ in range(MAX_TAKEOVERS):
            assert (await machine.service.get(queued.id)).state == "queued"
            await machine.change(queued.id, job_id=None, state="processing")
            await machine.recovery.recover_stalled()

    failed = await machine.service.get(queued.id)
    assert failed.error is not None
    assert (failed.state, failed.error.type) == ("failed", "export-abandoned")
    assert "5 workers died" in failed.error.detail


async def test_cancelled_export_of_a_lost_worker_ends(machine: Machine) -> None:
    queued = await machine.request_range()
    await machine.change(queued.id, job_id=None, state="processing", cancel_requested=True)

    async with machine.queue:
        await machine.recovery.recover_stalled()

    assert (await machine.service.get(queued.id)).state == "cancelled"


async def test_cancellation_before_the_start_ends_the_export(machine: Machine) -> None:
    queued = await machine.request_range()
    await machine.change(queued.id, cancel_requested=True)
    assert (await machine.work(queued.id)).state == "cancelled"
