"""Commands on the library of another machine: `--url` and `--key`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.config import Settings
from tests.api.conftest import serving
from tests.api.support.rows import add_row
from tests.cli.support.command import call
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

KEY = "0123456789abcdef"


@pytest.fixture
def server(settings: Settings, library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of a library that needs a key; this process has no database."""
    locked = Settings.model_validate(settings.model_dump() | {"api_key": KEY})
    with serving(locked) as address:
        monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
        monkeypatch.setenv("VIDEOMOMENTS_URL", address)
        monkeypatch.setenv("VIDEOMOMENTS_KEY", KEY)
        yield address


def test_library_is_listed(server: str, library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = call(capsys, "list")
    assert (nothing.code, nothing.out) == (0, "")
    assert "videomoments add" in nothing.err
    for name in ("Clip 2", "Clip 10"):
        add_row(library, name.replace(" ", "-").lower(), title=name, duration_seconds=65.0)
    listed = call(capsys, "list", "--sort", "title")
    assert [line.split()[:3] for line in listed.out.splitlines()[1:]] == [
        ["Clip", "2", "1:05"],
        ["Clip", "10", "1:05"],
    ]
    assert [video["id"] for video in json.loads(call(capsys, "list", "clip", "2", "--json").out)] == [
        "clip-2"
    ]


def test_file_is_uploaded(
    server: str, library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = make_video(tmp_path / "talk.mp4", seconds=0.2)
    added = call(capsys, "add", str(video), "--detach", "--json")
    assert added.code == 0, added.err
    (run,) = json.loads(added.out)["runs"]
    assert (run["video_id"], run["status"]) == ("talk", "queued")
    assert "100 % uploaded" in added.err
    status = json.loads(call(capsys, "status", "talk", "--json").out)
    assert status["status"] == "queued"
    assert "talk" in call(capsys, "status").out
    missing = call(capsys, "add", str(tmp_path / "none.mp4"))
    assert missing.code == 1
    assert "does not exist" in missing.err


def test_errors_name_cause_and_remedy(
    server: str, library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = call(capsys, "transcript", "none")
    assert missing.code == 1
    assert "none" in missing.err
    doctor = call(capsys, "doctor")
    assert doctor.code == 3
    assert "unset VIDEOMOMENTS_URL" in doctor.err
    wrong = call(capsys, "--key", "wrong-key-0000000", "list")
    assert wrong.code == 3
    assert "--key or VIDEOMOMENTS_KEY" in wrong.err
    away = call(capsys, "--url", "http://127.0.0.1:9", "search", "moon")
    assert away.code == 3
    assert "check the address" in away.err
    invalid = call(capsys, "--url", "ftp://x", "list")
    assert invalid.code == 3
    assert "not the address of a server" in invalid.err
    monkeypatch.delenv("VIDEOMOMENTS_URL")
    assert "without VIDEOMOMENTS_URL" in call(capsys, "list").err


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version").out == "videomoments 0.1.0\n"
