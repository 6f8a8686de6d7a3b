"""`videomoments trash`, and videos in the trash in `migrate` and `add`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.api.support.access import audit_rows
from tests.api.support.rows import add_row
from tests.cli.support.command import call
from tests.fixtures.media import make_video

if TYPE_CHECKING:
    from tests.fixtures.library import Library

pytestmark = pytest.mark.slow


def delete(library: Library) -> None:
    library.execute("UPDATE videos SET deleted_at = now()")


def deleted(library: Library) -> list[str]:
    return [name for name, row in library.rows().items() if row["deleted_at"] is not None]


def test_trash_is_listed_restored_and_emptied(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "trash", "list").err == "The trash is empty.\n"
    for name in ("a", "b", "c"):
        add_row(library, name, size_bytes=2_000_000)
    delete(library)
    assert [line.split()[0] for line in call(capsys, "trash", "list").out.splitlines()[1:]] == ["c", "b", "a"]
    listed = json.loads(call(capsys, "trash", "list", "--json").out)
    assert [(video["id"], video["days_left"]) for video in listed] == [("c", 29), ("b", 29), ("a", 29)]
    restored = call(capsys, "trash", "restore", "a", "nope")
    assert (restored.code, restored.out) == (1, "Restored: 1\n")
    assert "no video has the id 'nope'" in restored.err
    assert call(capsys, "trash", "empty", "--yes").out == "Deleted: 2\n"
    assert call(capsys, "trash", "list", "--json").out.strip() == "[]"
    assert {row["action"] for row in audit_rows(library)} == {"video.restore", "trash.empty"}


def test_migrate_leaves_videos_in_the_trash(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "talk.mp4")
    assert call(capsys, "migrate").code == 0
    delete(library)
    for arguments in ((), ("--dry-run",), ("--repair",), ("--verify",)):
        result = call(capsys, "migrate", *arguments)
        assert result.code == 0, result.out
        assert deleted(library) == ["talk"]
    again = call(capsys, "migrate").out
    assert "  - Skipped (in the trash; restore it" in again
    assert "Skipped: 1 (already in database)" in again
    folder = library.folder / "moved"
    folder.mkdir()
    (library.folder / "talk.mp4").rename(folder / "talk.mp4")
    assert call(capsys, "migrate").code == 0
    assert (list(library.rows()), deleted(library)) == (["talk"], ["talk"])


def test_other_file_of_a_reserved_name_is_a_conflict(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    make_video(library.folder / "talk.mp4")
    assert call(capsys, "migrate").code == 0
    delete(library)
    make_video(library.folder / "talk.mp4", seconds=2)
    result = call(capsys, "migrate")
    assert result.code == 1
    assert "already belongs to" in result.out
    assert deleted(library) == ["talk"]


def test_added_file_is_taken_out_of_the_trash(
    library: Library, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    make_video(library.folder / "talk.mp4")
    assert call(capsys, "migrate").code == 0
    for name in ("talk.mp4", "other name.mp4"):
        delete(library)
        copy = Path(shutil.copy(library.folder / "talk.mp4", tmp_path / name))
        result = call(capsys, "add", str(copy), "--detach")
        assert result.code in {0, 1}  # the second one finds the run of the first
        assert "'talk' was in the trash and has been restored" in result.err
        assert deleted(library) == []
        library.execute("DELETE FROM pipeline_runs")
    assert list(library.rows()) == ["talk"]
