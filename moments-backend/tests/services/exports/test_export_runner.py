"""The way of one export from the request to its file."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from app.core.exceptions import ExportFileMissingError
from app.core.files import disk_space
from app.database.session import transaction
from app.media import ffprobe
from app.repositories import video_db_repository
from app.services.pipeline import export_job
from tests.fixtures.exports import Gate, Machine
from tests.fixtures.media import ffmpeg, truncate

TEXT = "one two three four five six seven eight"


async def test_export_is_queued_encoded_and_stored(machine: Machine, tmp_path: Path) -> None:
    queued = await machine.request_range(title="Why / the tides turn")
    assert (queued.state, queued.percent, queued.url) == ("queued", 0, None)
    assert queued.filename == "Why-the tides turn.mp4"

    done = await machine.work(queued.id)

    assert (done.state, done.percent, done.error) == ("completed", 100, None)
    assert done.url == f"/api/exports/{done.id}/file"
    assert abs((done.duration_seconds or 0) - 1.0) < 0.06
    name = f"exports/talk/{done.id}/Why-the tides turn.mp4"
    assert await machine.objects() == {name}
    assert machine.work_files() == []
    stored = await machine.uploader.download(name, tmp_path / "export.mp4")
    assert stored.size == done.size_bytes
    tags = ffmpeg("-i", tmp_path / "export.mp4", "-f", "ffmetadata", "-").decode()
    assert "title=Why / the tides turn" in tags
    assert "comment=From Talk (talk), 0:00:01–0:00:02" in tags


async def test_repeated_request_returns_the_finished_export(machine: Machine) -> None:
    done = await machine.export()
    again = await machine.request_range()
    assert again == done
    other = await machine.request_range(normalize_loudness=False)
    assert (other.state, other.id != done.id) == ("queued", True)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
async def test_repeated_request_queues_an_ended_export_again(machine: Machine, state: str) -> None:
    first = await machine.request_range()
    await machine.change(first.id, state=state, takeovers=4, error={"type": "x", "detail": "x"})
    again = await machine.request_range()
    assert (again.id, again.state, again.error) == (first.id, "queued", None)
    assert (await machine.work(again.id)).state == "completed"


async def test_concurrent_requests_make_one_export(machine: Machine) -> None:
    found = await asyncio.gather(*(machine.request_range() for _ in range(8)))
    assert len({export.id for export in found}) == 1
    assert len(await machine.service.list_for_video("talk")) == 1


async def test_machine_without_the_file_downloads_it_once(
    machine: Machine, make_machine: Callable[..., Machine], tmp_path: Path
) -> None:
    elsewhere = make_machine(static_dir=tmp_path / "elsewhere")
    first, second = await machine.request_range(), await machine.request_range(2, 3)

    assert (await elsewhere.work(first.id)).state == "completed"
    (kept,) = elsewhere.settings.work_dir.glob("original-*/talk.mp4")
    inode = kept.stat().st_ino
    queued_last = await machine.request_range(0, 1)
    assert (await elsewhere.work(second.id)).state == "completed"
    assert kept.stat().st_ino == inode

    assert (await elsewhere.work(queued_last.id)).state == "completed"
    assert elsewhere.work_files() == []


async def test_sidecar_captions_start_with_the_export(machine: Machine) -> None:
    await machine.speak(TEXT)
    done = await machine.export(1, 3, captions="sidecar", title="Words")
    assert done.captions_url == f"/api/exports/{done.id}/captions.vtt"
    names = {f"exports/talk/{done.id}/Words{extension}" for extension in (".mp4", ".srt", ".vtt")}
    assert await machine.objects() == names
    assert await machine.files.captions(done.id, ".srt") == (
        "1\n00:00:00,000 --> 00:00:02,000\nthree four five six\n"
    )


async def test_burned_captions_change_the_picture(machine: Machine) -> None:
    await machine.speak(TEXT)
    plain, burned = await machine.export(), await machine.export(captions="burned")
    assert (plain.state, burned.state) == ("completed", "completed")
    assert plain.size_bytes != burned.size_bytes


async def test_corrected_transcript_makes_a_new_export(machine: Machine) -> None:
    await machine.speak(TEXT)
    before = await machine.export(1, 3, captions="sidecar")
    await machine.speak(TEXT.replace("three", "THREE"))
    after = await machine.export(1, 3, captions="sidecar")
    assert after.id != before.id
    assert "THREE" in await machine.files.captions(after.id, ".vtt")


async def test_export_counts_as_that_of_the_text_it_has(machine: Machine) -> None:
    """The transcript was corrected between the request and the encoding."""
    await machine.speak(TEXT)
    queued = await machine.request_range(1, 3, captions="sidecar")
    await machine.speak(TEXT.replace("three", "THREE"))
    corrected = await machine.request_range(1, 3, captions="sidecar")
    assert corrected.id != queued.id
    await machine.work(queued.id)
    await machine.work(corrected.id)

    await machine.speak(TEXT)
    again = await machine.request_range(1, 3, captions="sidecar")
    assert again.id not in {queued.id, corrected.id}
    await machine.speak(TEXT.replace("three", "THREE"))
    assert (await machine.request_range(1, 3, captions="sidecar")).id == corrected.id


async def test_missing_object_fails_the_export_until_retried(machine: Machine) -> None:
    done = await machine.export()
    await machine.uploader.delete_prefix("exports/talk/")

    with pytest.raises(ExportFileMissingError, match="does not exist"):
        await machine.files.signed_url(done.id, method="GET", as_download=True)

    failed = await machine.service.get(done.id)
    assert (failed.state, failed.url) == ("failed", None)
    assert failed.error is not None
    assert failed.error.type == "export-file-missing"
    assert (await machine.service.retry(done.id)).state == "queued"
    assert (await machine.work(done.id)).state == "completed"


async def test_truncated_source_fails_with_its_cause(machine: Machine) -> None:
    path = truncate(await machine.add_video("cut"))
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, "cut")
        assert row is not None
        row.size_bytes, row.md5 = path.stat().st_size, None
    (queued,) = await machine.request("cut", start_time=2, end_time=3)

    failed = await machine.work(queued.id)

    assert failed.state == "failed"
    assert failed.error is not None
    assert "truncated" in failed.error.detail
    assert (await machine.objects(), machine.work_files()) == (set(), [])


async def test_full_disk_fails_with_its_cause(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    queued = await machine.request_range()
    monkeypatch.setattr(disk_space, "RESERVED_BYTES", 10**18)

    failed = await machine.work(queued.id)

    assert failed.error is not None
    assert failed.error.type == "disk-full"
    assert (await machine.objects(), machine.work_files()) == (set(), [])


async def test_unavailable_bucket_fails_and_can_be_retried(
    machine: Machine, make_machine: Callable[..., Machine]
) -> None:
    queued = await machine.request_range()
    offline = make_machine(
        storage_emulator_host="http://127.0.0.1:9", gcs_max_retries=0, gcs_retry_base_delay=0
    )

    failed = await offline.work(queued.id)

    assert failed.error is not None
    assert (failed.state, failed.error.type) == ("failed", "storage-unavailable")
    assert machine.work_files() == []
    await machine.service.retry(queued.id)
    assert (await machine.work(queued.id)).state == "completed"


async def test_cancelled_export_leaves_nothing(
    machine: Machine, make_machine: Callable[..., Machine], gate: Gate
) -> None:
    slow = make_machine(ffmpeg_path=gate.program)
    queued = await machine.request_range()
    working = asyncio.create_task(slow.work(queued.id))
    await gate.until_reached()

    await machine.service.cancel(queued.id)
    with suppress(asyncio.CancelledError):
        await working

    assert (await machine.service.get(queued.id)).state == "cancelled"
    assert (await machine.objects(), machine.work_files()) == (set(), [])


async def test_stopped_worker_queues_its_export_again(
    machine: Machine, make_machine: Callable[..., Machine], gate: Gate
) -> None:
    slow = make_machine(ffmpeg_path=gate.program)
    queued = await machine.request_range()
    job = (await machine.row(queued.id)).job_id
    working = asyncio.create_task(slow.work(queued.id, interrupted=lambda: True))
    await gate.until_reached()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working

    row = await machine.row(queued.id)
    assert (row.state, row.percent, row.takeovers, row.token) == ("queued", 0, 0, None)
    assert row.job_id != job
    assert machine.work_files() == []
    assert (await machine.work(queued.id)).state == "completed"


async def test_export_taken_over_is_recorded_once(
    machine: Machine, make_machine: Callable[..., Machine], gate: Gate
) -> None:
    slow = make_machine(ffmpeg_path=gate.program)
    queued = await machine.request_range()
    suspended = asyncio.create_task(slow.work(queued.id))
    await gate.until_reached()

    done = await machine.work(queued.id)
    gate.open()

    await suspended
    assert await machine.service.get(queued.id) == done
    assert len(await machine.objects()) == 1


async def test_replaced_original_is_exported_again(
    machine: Machine, make_machine: Callable[..., Machine], gate: Gate
) -> None:
    slow = make_machine(ffmpeg_path=gate.program)
    queued = await machine.request_range()
    key = (await machine.row(queued.id)).cache_key
    working = asyncio.create_task(slow.work(queued.id))
    await gate.until_reached()
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, "talk")
        assert video is not None
        video.md5 = "0" * 32
    gate.open()

    assert (await working).state == "completed"
    assert (await machine.row(queued.id)).cache_key != key
    assert (await machine.request_range()).id == queued.id


@pytest.mark.parametrize("target", ["video", "export"])
async def test_deletion_during_an_export_leaves_no_object(
    machine: Machine, make_machine: Callable[..., Machine], gate: Gate, target: str
) -> None:
    slow = make_machine(ffmpeg_path=gate.program)
    queued = await machine.request_range()
    working = asyncio.create_task(slow.runner(queued.id, lambda: False))
    await gate.until_reached()
    if target == "video":
        async with transaction() as session:
            await video_db_repository.delete_by_identifier(session, "talk")
    else:
        await machine.service.delete(queued.id)
    gate.open()
    with suppress(asyncio.CancelledError):
        await working

    assert (await machine.objects(), machine.work_files()) == (set(), [])


async def test_check_during_the_recording_keeps_the_file(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "CHECK_SECONDS", 0.0)
    for start in (0.0, 1.0):
        done = await machine.export(start, start + 0.6)
        assert done.state == "completed"
    assert len(await machine.objects()) == 2


async def test_vertical_export_has_its_format(machine: Machine, tmp_path: Path) -> None:
    done = await machine.export(format="9:16")
    await machine.uploader.download(f"exports/talk/{done.id}/{done.filename}", tmp_path / "export.mp4")
    probe = partial(ffprobe.probe, settings=machine.settings)
    width, height = map(int, ((await probe(tmp_path / "export.mp4")).resolution or "0x1").split("x"))
    assert abs(width / height - 9 / 16) < 0.01
