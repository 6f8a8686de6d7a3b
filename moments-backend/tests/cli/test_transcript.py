"""`videomoments transcript`."""

import json
from pathlib import Path

import pytest

from app.core.config import Settings
from tests.api.support.rows import add_row
from tests.cli.support.command import call
from tests.fixtures.library import Library

SRT = """1
00:00:01,000 --> 00:00:03,000
Die Flut kommt, und der Mond ist die Ursache für das Wasser.

2
00:00:04,000 --> 00:00:06,000
Zweimal am Tag.
"""


def test_import_export_undo_and_reset(
    library: Library, capsys: pytest.CaptureFixture[str], tmp_path: Path, settings: Settings
) -> None:
    add_row(library, "talk", duration_seconds=10)
    captions = tmp_path / "talk.srt"
    captions.write_text(SRT, encoding="utf-16")
    done = call(capsys, "transcript", "talk", "--import", str(captions))
    assert (done.code, done.out) == (0, "talk: 2 segments, source user, language de, edited\n")
    shown = call(capsys, "transcript", "talk").out.splitlines()
    assert shown[1].split(maxsplit=1) == ["0:04", "Zweimal am Tag."]
    folder = call(capsys, "transcript", "talk", "--export", "srt", "--out", str(tmp_path))
    assert (folder.code, folder.err) == (0, f"Wrote {captions}\n")
    assert "Zweimal am Tag." in captions.read_text(encoding="utf-8")
    assert call(capsys, "transcript", "talk", "--export", "vtt").out.startswith("WEBVTT\n")
    assert json.loads(call(capsys, "transcript", "talk", "--export", "json").out)["language"] == "de"
    text = call(capsys, "transcript", "talk", "--export", "txt").out
    assert text.startswith("Die Flut kommt, und der Mond")
    assert call(capsys, "transcript", "talk", "--undo").out == "talk: no transcript\n"
    nothing = call(capsys, "transcript", "talk", "--undo")
    assert (nothing.code, "can be undone" in nothing.err) == (1, True)
    assert call(capsys, "transcript", "talk", "--reset").code == 1
    with library.connection() as connection:
        actions = connection.execute("SELECT action FROM audit_log ORDER BY id").fetchall()
    assert [row[0] for row in actions] == ["transcript.import", "transcript.undo"]


def test_usage_and_unreadable_files(
    library: Library, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    add_row(library, "talk", duration_seconds=10)
    broken = tmp_path / "broken.srt"
    broken.write_text("1\n00:00:01,000 --> later\nText\n")
    refused = call(capsys, "transcript", "talk", "--import", str(broken))
    assert (refused.code, "line 2" in refused.err) == (2, True)
    for arguments in (
        ("--undo", "--reset"),
        ("--out", "x"),
        ("--language", "de"),
        ("--import", str(tmp_path / "none.srt")),
        ("--import", str(broken), "--language", "klingonese-xx"),
    ):
        assert call(capsys, "transcript", "talk", *arguments).code == 2, arguments
    assert call(capsys, "transcript", "missing").code == 1
