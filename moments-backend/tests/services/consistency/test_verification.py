"""Scheduled verification: rounds, portions and problems."""

from datetime import timedelta

import pytest

from app.core.clock import utc_now
from app.core.config import Settings
from app.services.consistency import verification as verification_module
from app.services.consistency.verification import Verification
from app.services.storage.gcs_uploader import GCSUploader
from embedded.ports import free_port
from tests.fixtures.library import Library
from tests.fixtures.stored_video import store_video


@pytest.fixture
def verification(settings: Settings, uploader: GCSUploader) -> Verification:
    return Verification(settings, uploader)


async def finish(verification: Verification) -> int:
    """Process portions until the round is over; return their number."""
    portions = 0
    while await verification.tick():
        portions += 1
    return portions


async def test_nothing_happens_by_default(library: Library, verification: Verification) -> None:
    store_video(library)
    assert await verification.tick() == 0
    status = await verification.status()
    assert (status.state, status.total, status.verified, status.round) == ("off", 1, 0, None)


async def test_requested_round_finds_problems(library: Library, verification: Verification) -> None:
    store_video(library, "good")
    store_video(library, "lost", has_object=False)
    longer, other = store_video(library, "longer"), store_video(library, "other")
    library.put(longer.name, b"!")
    library.put(other.name, other.content[::-1])
    library.execute("UPDATE videos SET playback_state = 'ready' WHERE identifier = 'good'")
    started = await verification.start()
    assert started.state == "running"
    assert (await verification.start()).round == started.round
    await finish(verification)
    status = await verification.status()
    assert {problem.id: problem.kind for problem in status.problems} == {
        "good": "missing-playback-copy",
        "longer": "wrong-size",
        "lost": "missing-object",
        "other": "wrong-checksum",
    }
    assert status.round is not None
    assert (status.round.checked, status.round.problems, status.problem_count) == (4, 4, 4)
    assert (status.state, status.verified) == ("off", 4)
    library.put("videos/lost/lost.mp4", store_video(library, "fifth").content.replace(b"fifth", b"lost"))
    library.put("playback/good/good.mp4", b"copy")
    await verification.start()
    await finish(verification)
    assert [problem.id for problem in (await verification.status()).problems] == ["longer", "other"]


async def test_portions_start_with_the_oldest(
    library: Library, verification: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification_module, "PORTION", 2)
    for days, name in enumerate(("newest", "middle", "oldest")):
        store_video(library, name)
        at = utc_now() - timedelta(days=days + 1)
        library.execute("UPDATE videos SET verified_at = %s WHERE identifier = %s", at, name)
    store_video(library, "never")
    await verification.start()
    assert await verification.tick() == 2
    today = utc_now() - timedelta(hours=1)
    verified = {name for name, row in library.rows().items() if (row["verified_at"] or today) > today}
    assert verified == {"never", "oldest"}
    assert await finish(verification) == 1


async def test_schedule_starts_a_round_when_it_is_due(
    library: Library, settings: Settings, uploader: GCSUploader
) -> None:
    store_video(library)
    scheduled = Verification(settings.model_copy(update={"verify_every_days": 7}), uploader)
    assert await finish(scheduled) == 1
    status = await scheduled.status()
    assert status.round is not None
    assert (status.state, status.round.trigger) == ("idle", "schedule")
    assert status.next_at == status.round.started_at + timedelta(days=7)
    assert await scheduled.tick() == 0
    library.execute("UPDATE verification_rounds SET started_at = now() - interval '8 days'")
    library.execute("UPDATE videos SET verified_at = now() - interval '8 days'")
    assert await scheduled.tick() == 1


async def test_unavailable_bucket_pauses_the_round(
    library: Library, settings: Settings, verification: Verification
) -> None:
    store_video(library)
    await verification.start()
    host = f"http://127.0.0.1:{free_port()}"
    away = settings.model_copy(update={"storage_emulator_host": host, "gcs_max_retries": 0})
    uploader = GCSUploader(away)
    try:
        assert await Verification(away, uploader).tick() == 0
    finally:
        await uploader.close()
    status = await verification.status()
    assert (status.state, status.verified) == ("waiting", 0)
    assert status.round is not None
    assert "cannot be reached" in str(status.round.error)
    assert await verification.tick() == 1
    assert (await verification.status()).state == "running"


async def test_video_registered_meanwhile_stays_due(
    library: Library, verification: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_video(library, has_object=False)
    find_problem = verification_module.find_problem

    async def change_meanwhile(*arguments: object) -> str | None:
        found = await find_problem(*arguments)  # type: ignore[arg-type]
        library.execute("UPDATE videos SET md5 = repeat('0', 32)")
        return found

    monkeypatch.setattr(verification_module, "find_problem", change_meanwhile)
    await verification.start()
    await verification.tick()
    assert library.rows()["talk"]["verification_error"] is None
