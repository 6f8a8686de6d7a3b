"""`videomoments doctor --storage`, `offload` and `fetch`."""

import json
import signal
from pathlib import Path

import pytest

from tests.cli.support.command import call, start
from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video
from tests.fixtures.stored_video import CONTENT, store_video

TRANSCRIPT = "transcripts/gone.json"


def audited(library: Library) -> list[tuple[str, str]]:
    with library.connection() as connection:
        return connection.execute("SELECT action, target_id FROM audit_log ORDER BY id").fetchall()


def test_check_plan_apply_and_undo(
    library: Library, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    store_video(library, "talk")
    clean = call(capsys, "doctor", "--storage")
    assert (clean.code, clean.err) == (0, "")
    assert "Table, bucket and disk agree." in clean.out
    library.put(TRANSCRIPT, b"{}")
    plan = str(tmp_path / "plan.json")
    checked = call(capsys, "doctor", "--storage", "--min-age", "0", "--plan", plan)
    assert checked.code == 4
    assert f"{TRANSCRIPT}: no video has the id 'gone'" in checked.out
    assert "1 items" in checked.out
    refused = call(capsys, "doctor", "--storage", "--apply", plan)
    assert refused.code == 4
    assert "--max-share" in refused.err
    assert TRANSCRIPT in library.objects()
    applied = call(capsys, "doctor", "--storage", "--apply", plan, "--max-share", "40", "--json")
    assert applied.code == 0
    assert [item["subject"] for item in json.loads(applied.out)["done"]] == [TRANSCRIPT]
    assert TRANSCRIPT not in library.objects()
    assert call(capsys, "doctor", "--storage").code == 0
    assert call(capsys, "doctor", "--storage", "--undo", plan).code == 0
    assert TRANSCRIPT in library.objects()
    assert [action for action, _ in audited(library)] == ["storage.apply", "storage.undo"]
    Path(plan).write_text(Path(plan).read_text().replace("gone", "talk"))
    edited = call(capsys, "doctor", "--storage", "--apply", plan)
    assert edited.code == 2
    assert "edited" in edited.err


def test_json_lists_every_finding(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(12):
        store_video(library, f"talk-{number}", has_object=False, is_local=False)
    text = call(capsys, "doctor", "--storage")
    assert "and 2 more" in text.out
    report = json.loads(call(capsys, "doctor", "--storage", "--json").out)
    assert (report["ok"], report["counts"]) == (False, {"row-without-object": 12})
    assert len(report["findings"]) == 12


@pytest.mark.parametrize(
    "arguments",
    [
        ("doctor", "--plan", "p"),
        ("doctor", "--storage", "--plan", "p", "--apply", "p"),
        ("doctor", "--storage", "--max-share", "101"),
        ("offload",),
        ("offload", "talk", "--all"),
        ("fetch",),
    ],
)
def test_usage_errors(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    assert call(capsys, *arguments).code == 2


def test_offload_and_fetch(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = store_video(library, "first"), store_video(library, "second")
    store_video(library, "lost", has_object=False)
    store_video(library, "remote", is_local=False)
    rehearsal = call(capsys, "offload", "--all", "--dry-run")
    assert (rehearsal.code, rehearsal.out.count("would remove")) == (0, 3)
    assert first.file.exists()
    assert "0 local originals" in call(capsys, "offload", "--all", "--min-age", "1").out
    done = call(capsys, "offload", "--all", "--json")
    assert done.code == 1
    report = json.loads(done.out)
    assert sorted(video["id"] for video in report["videos"]) == ["first", "second"]
    assert [failure["id"] for failure in report["failed"]] == ["lost"]
    assert report["freed_bytes"] == len(first.content) + len(second.content)
    assert not first.file.exists()
    assert "does not exist" in done.err
    fetched = call(capsys, "fetch", "first", "unknown")
    assert fetched.code == 1
    assert "first: fetched first.mp4" in fetched.out
    assert first.file.read_bytes() == first.content
    assert sorted(audited(library)) == [
        ("video.fetch", "first"),
        ("video.offload", "first"),
        ("video.offload", "second"),
    ]


def test_migration_leaves_offloaded_videos_alone(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    make_video(library.folder / "talk.mp4")
    make_video(library.folder / "other.mp4", seconds=2)
    assert migrate(capsys).code == 0
    rows = library.rows()
    assert call(capsys, "offload", "talk").code == 0
    objects = library.objects()
    for mode in ((), ("--verify",), ("--repair",)):
        assert migrate(capsys, *mode).code == 0
        assert library.objects() == objects
        assert library.rows().keys() == rows.keys()
    assert not (library.folder / "talk.mp4").exists()
    assert call(capsys, "fetch", "talk").code == 0
    again = migrate(capsys)
    assert again.code == 0
    assert library.objects() == objects
    assert library.rows()["talk"]["relative_path"] == "talk.mp4"


def test_interrupted_offload_keeps_or_removes_whole_files(library: Library) -> None:
    videos = [store_video(library, f"talk-{number}", content=CONTENT * 500) for number in range(20)]
    process = start("offload", "--all")
    assert process.stdout is not None
    assert "removed" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in {0, 130}
    left = [video for video in videos if video.file.exists()]
    assert all(video.file.read_bytes() == video.content for video in left)
    assert {path.name for path in library.folder.iterdir()} == {video.file.name for video in left}
