"""Plans of `doctor --storage`: writing, checking, applying and undoing them."""

import json
import os
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import InvalidPlanError, StorageUnavailableError, TooManyRemovalsError
from app.services.consistency.application import Outcome, PlanApplication
from app.services.consistency.findings import Kind
from app.services.consistency.plan import Plan, ensure_share, make_plan, read_plan, write_plan
from app.services.consistency.trash import StorageTrash
from app.services.storage.gcs_uploader import GCSUploader
from tests.fixtures.library import Library
from tests.fixtures.stored_video import store_video
from tests.services.consistency.conftest import Compare

TRANSCRIPT = "transcripts/gone.json"
AUDIO = "audios/gone.wav"
COPY = "videos/copy/copy.mp4"
MakePlan = Callable[[], Awaitable[Plan]]


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


@pytest.fixture
def plan(settings: Settings, compare: Compare, plan_file: Path) -> MakePlan:
    """Return a function that compares everything, and writes and returns a plan."""

    async def make() -> Plan:
        made = make_plan(await compare(), settings)
        write_plan(made, plan_file)
        return read_plan(plan_file, settings)

    return make


@pytest.fixture
def leftovers(library: Library, settings: Settings) -> None:
    """Store one video, an unused transcript in the bucket, and an unused audio file on the disk."""
    store_video(library, "talk")
    library.put(TRANSCRIPT, b"a transcript")
    settings.audios_dir.mkdir()
    (settings.static_path / AUDIO).write_bytes(b"audio")


def subjects(items: list[Any]) -> list[str]:
    return [item[0].subject if isinstance(item, tuple) else item.subject for item in items]


def reasons(outcome: Outcome) -> dict[str, str]:
    return {item.subject: reason for item, reason in outcome.skipped}


async def test_apply_moves_to_the_trash_and_undo_brings_back(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    made = await plan()
    assert sorted(subjects(made.items)) == [AUDIO, TRANSCRIPT]
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert (sorted(subjects(outcome.done)), outcome.failed) == ([AUDIO, TRANSCRIPT], [])
    trash = f"trash/{made.id}/{TRANSCRIPT}"
    assert {TRANSCRIPT, trash} & library.objects().keys() == {trash}
    assert library.download(trash) == b"a transcript"
    assert (settings.trash_dir / made.id / AUDIO).read_bytes() == b"audio"
    assert not (settings.static_path / AUDIO).exists()
    again = await PlanApplication(settings, uploader, made).apply()
    assert (again.done, set(reasons(again).values())) == ([], {"moved to the trash before"})
    undone = await PlanApplication(settings, uploader, made).undo()
    assert len(undone.done) == 2
    assert library.download(TRANSCRIPT) == b"a transcript"
    assert (settings.static_path / AUDIO).read_bytes() == b"audio"
    assert (await PlanApplication(settings, uploader, made).undo()).done == []


async def test_interrupted_move_is_completed(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    """A killed apply has copied the object, and not deleted it."""
    made = await plan()
    library.put(f"trash/{made.id}/{TRANSCRIPT}", b"a transcript")
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert TRANSCRIPT in subjects(outcome.done)
    assert TRANSCRIPT not in library.objects()


async def test_other_object_in_the_trash_is_kept(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    made = await plan()
    library.put(f"trash/{made.id}/{TRANSCRIPT}", b"something else")
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert subjects(outcome.failed) == [TRANSCRIPT]
    assert library.download(TRANSCRIPT) == b"a transcript"


async def test_changed_items_are_skipped(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    made = await plan()
    library.put(TRANSCRIPT, b"a transcript")
    (settings.static_path / AUDIO).write_bytes(b"more audio")
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert outcome.done == []
    assert reasons(outcome) == {
        TRANSCRIPT: "it was replaced after the plan was made",
        AUDIO: "it changed after the plan was made",
    }


async def test_items_with_a_new_parent_are_skipped(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    made = await plan()
    store_video(library, "gone")
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert outcome.done == []
    assert set(reasons(outcome).values()) == {"the video 'gone' exists now"}


async def test_items_of_an_adoptable_video_are_skipped(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    made = await plan()
    library.put("videos/gone/gone.mp4", b"the original came back")
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert "original" in reasons(outcome)[TRANSCRIPT]


async def test_items_of_active_runs_are_skipped(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    made = await plan()
    library.execute(
        "INSERT INTO pipeline_runs (request_id, kind, video_identifier, options, status, stages)"
        " VALUES ('r', 'moments', 'gone', '{}', 'queued', '{}')"
    )
    assert (await PlanApplication(settings, uploader, made).apply()).done == []


async def test_original_needs_a_proven_copy(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan
) -> None:
    talk = store_video(library, "talk")
    library.put(COPY, talk.content)
    library.put("videos/single/single.mp4", b"only here")
    made = await plan()
    assert [(item.subject, item.proof) for item in made.items] == [(COPY, talk.name)]
    library.put(talk.name, b"replaced")
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert "not proven to exist elsewhere" in reasons(outcome)[COPY]
    library.put(talk.name, talk.content)
    library.execute("UPDATE videos SET deleted_at = now()")
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert "not proven to exist elsewhere" in reasons(outcome)[COPY]
    library.execute("UPDATE videos SET deleted_at = NULL")
    assert library.download(COPY) == talk.content
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert subjects(outcome.done) == [COPY]


async def test_broken_and_missing_sidecars_are_written_again(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan
) -> None:
    store_video(library, "broken")
    library.put("videos/broken/broken.json", b"not json")
    store_video(library, "missing", has_sidecar=False)
    made = await plan()
    assert [item.action for item in made.items] == ["trash", "write-sidecar"]
    await PlanApplication(settings, uploader, made).apply()
    with library.connection() as connection:
        query = "SELECT identifier FROM videos JOIN sidecar_backlog b ON b.video_id = videos.id ORDER BY 1"
        assert connection.execute(query).fetchall() == [("broken",), ("missing",)]


async def test_leftover_folder_is_moved(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan
) -> None:
    store_video(library, "talk")
    folder = settings.uploads_dir / ("0" * 32)
    folder.mkdir(parents=True)
    (folder / "film.mp4").write_bytes(b"half a film")
    day_before = time.time() - 48 * 3600
    os.utime(folder, (day_before, day_before))
    made = await plan()
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert len(outcome.done) == 1
    assert not folder.exists()
    await PlanApplication(settings, uploader, made).undo()
    assert (folder / "film.mp4").read_bytes() == b"half a film"


async def test_unavailable_bucket_stops_the_application(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    made = await plan()
    away = settings.model_copy(update={"storage_emulator_host": "http://127.0.0.1:9", "gcs_max_retries": 0})
    unreachable = GCSUploader(away)
    try:
        with pytest.raises(StorageUnavailableError):
            await PlanApplication(away, unreachable, made).apply()
    finally:
        await unreachable.close()
    assert library.download(TRANSCRIPT) == b"a transcript"


async def test_links_are_not_moved(
    library: Library,
    settings: Settings,
    uploader: GCSUploader,
    plan: MakePlan,
    leftovers: None,
    tmp_path: Path,
) -> None:
    made = await plan()
    audios, elsewhere = settings.audios_dir, tmp_path / "elsewhere"
    audios.rename(elsewhere)
    audios.symlink_to(elsewhere)
    outcome = await PlanApplication(settings, uploader, made).apply()
    assert "symbolic link" in outcome.failed[0][1]
    assert (elsewhere / "gone.wav").read_bytes() == b"audio"


def edit(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"items": []}, "edited or damaged"),
        ({"checksum": None}, "edited or damaged"),
        ({"format": "something else"}, "not a plan"),
        ({"version": 2}, "version 2"),
    ],
    ids=["items", "checksum", "format", "version"],
)
async def test_edited_plans_are_refused(
    settings: Settings, plan: MakePlan, leftovers: None, plan_file: Path, changes: Any, message: str
) -> None:
    await plan()
    edit(plan_file, **changes)
    with pytest.raises(InvalidPlanError, match=message) as raised:
        read_plan(plan_file, settings)
    assert "--plan" in str(raised.value.remedy)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"format": 1e999}'])
def test_other_files_are_refused(settings: Settings, plan_file: Path, content: bytes) -> None:
    plan_file.write_bytes(content)
    with pytest.raises(InvalidPlanError):
        read_plan(plan_file, settings)
    with pytest.raises(InvalidPlanError):
        read_plan(plan_file.with_name("missing.json"), settings)


async def test_old_plans_and_those_of_other_libraries_are_refused(
    settings: Settings, plan: MakePlan, leftovers: None, plan_file: Path
) -> None:
    await plan()
    tomorrow = utc_now() + timedelta(hours=25)
    with pytest.raises(InvalidPlanError, match=r"25\.0 hours ago"):
        read_plan(plan_file, settings, now=tomorrow)
    read_plan(plan_file, settings, now=tomorrow, may_be_old=True)
    for change in ({"gcs_bucket_name": "other"}, {"static_dir": Path("/nowhere")}):
        with pytest.raises(InvalidPlanError, match="is for"):
            read_plan(plan_file, settings.model_copy(update=change))


async def test_large_share_is_refused(library: Library, plan: MakePlan, leftovers: None) -> None:
    made = await plan()
    with pytest.raises(TooManyRemovalsError, match="1 of 3 objects"):
        ensure_share(made, 5.0)
    ensure_share(made, 60.0)
    library.execute("DELETE FROM videos")
    library.put("videos/talk/talk.mp4", b"adoptable, so it is not in the plan")
    assert "videos/talk/talk.mp4" not in subjects((await plan()).items)


@pytest.mark.parametrize("subject", ["videos/talk.mp4", "../secret", "audios/../videos/talk.mp4", "uploads"])
async def test_forged_paths_are_refused(
    library: Library,
    settings: Settings,
    uploader: GCSUploader,
    plan: MakePlan,
    leftovers: None,
    subject: str,
) -> None:
    """A plan with a right checksum, as a program could write it."""
    made = await plan()
    (item,) = [item for item in made.items if item.target == "file"]
    forged = made.model_copy(update={"items": [item.model_copy(update={"subject": subject})]})
    outcome = await PlanApplication(settings, uploader, forged).apply()
    assert (outcome.done, len(outcome.failed)) == ([], 1)
    assert (library.folder / "talk.mp4").exists()


async def test_forged_items_are_kept(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    """A plan with a right checksum that states another kind or video than the names do."""
    made = await plan()
    items = {item.subject: item for item in made.items}
    original = await uploader.describe_object("videos/talk/talk.mp4")
    assert original is not None
    changed = {"subject": original.name, "generation": original.generation}
    forged = [
        items[TRANSCRIPT].model_copy(update=changed),
        items[TRANSCRIPT].model_copy(update=changed | {"part": "originals"}),
        items[TRANSCRIPT].model_copy(update={"identifier": "other"}),
        items[AUDIO].model_copy(update={"identifier": "other"}),
        items[AUDIO].model_copy(update={"kind": Kind.UPLOAD_LEFTOVER}),
    ]
    outcome = await PlanApplication(settings, uploader, made.model_copy(update={"items": forged})).apply()
    assert outcome.done == []
    assert [reason for _, reason in outcome.skipped] == ["a plan may not remove it"] * len(forged)


async def test_trash_is_emptied_after_its_days(
    library: Library, settings: Settings, uploader: GCSUploader, plan: MakePlan, leftovers: None
) -> None:
    made = await plan()
    await PlanApplication(settings, uploader, made).apply()
    assert await StorageTrash(settings, uploader).purge() == 0
    folder = settings.trash_dir / made.id
    month_ago = time.time() - 31 * 24 * 3600
    os.utime(folder, (month_ago, month_ago))
    assert await StorageTrash(settings, uploader).purge() == 1
    assert not folder.exists()
    no_days = settings.model_copy(update={"trash_days": 0})
    assert await StorageTrash(no_days, uploader).purge() == 1
    assert not [name for name in library.objects() if name.startswith("trash/")]
    assert "videos/talk/talk.mp4" in library.objects()
