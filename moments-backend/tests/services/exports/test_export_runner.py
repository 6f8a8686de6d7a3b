"""The way of one export from the request to its file."""

from tests.services.exports.conftest import Machine


async def test_export_is_queued_encoded_and_stored(machine: Machine) -> None:
    queued = await machine.request_range(title="Why / the tides turn")
    assert (queued.state, queued.percent, queued.url) == ("queued", 0, None)
    assert queued.filename == "Why-the tides turn.mp4"

    done = await machine.work(queued.id)

    assert (done.state, done.percent, done.error) == ("completed", 100, None)
    assert done.url == f"/api/exports/{done.id}/file"
    assert abs((done.duration_seconds or 0) - 1.0) < 0.06
    assert await machine.objects() == {f"exports/talk/{done.id}/Why-the tides turn.mp4"}
    assert machine.work_files() == []
