"""`videomoments playback`, and `--kind` of the commands about runs."""

import json

import pytest

from cli.run_follower import NO_WORKER
from tests.cli.support.command import call, running_worker
from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video

pytestmark = pytest.mark.slow

OBJECT = "playback/{0}/{0}.mp4"


@pytest.fixture
def films(library: Library, capsys: pytest.CaptureFixture[str]) -> Library:
    """A library with two videos that browsers cannot play, and one that they can."""
    for name in ("old.avi", "older.avi", "new.mp4"):
        make_video(library.folder / name, size="160x90")
    assert migrate(capsys).code == 0
    return library


def test_all_copies_are_made(
    films: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYBACK_COPIES", "on_demand")
    with running_worker(films):
        made = call(capsys, "playback", "--all")
        assert (made.code, made.err) == (0, "")
        lines = made.out.splitlines()
        assert sum("playback upload completed in" in line for line in lines) == 2
        assert any(line.startswith("older: completed in") for line in lines)
        forced = json.loads(call(capsys, "playback", "new", "--json").out)
        assert [(run["video_id"], run["status"]) for run in forced["runs"]] == [("new", "completed")]
    assert {OBJECT.format(name) for name in ("old", "older", "new")} <= set(films.objects())
    again = call(capsys, "playback", "--all")
    assert (again.code, again.err) == (0, "No video needs a copy.\n")


def test_commands_take_the_kind(films: Library, capsys: pytest.CaptureFixture[str]) -> None:
    queued = call(capsys, "playback", "old", "--detach")
    assert queued.code == 0
    assert NO_WORKER in queued.err
    assert "videomoments status old --kind playback" in queued.out
    assert call(capsys, "status", "old").code == 1
    shown = call(capsys, "status", "old", "--kind", "playback").out
    assert "playback copy" in shown
    assert "transcription" not in shown
    assert call(capsys, "cancel", "old").code == 1
    cancelled = json.loads(call(capsys, "cancel", "old", "--kind", "playback", "--json").out)
    assert (cancelled["kind"], cancelled["status"]) == ("playback", "cancelled")
    assert "playback" in call(capsys, "status").out
    retried = json.loads(call(capsys, "retry", "old", "--kind", "playback", "--json").out)
    assert (retried["request_id"], retried["status"]) == (cancelled["request_id"], "queued")


def test_unknown_video_and_usage_errors(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = call(capsys, "playback", "missing")
    assert unknown.code == 1
    assert "missing" in unknown.err
    assert call(capsys, "playback").code == 2
    assert call(capsys, "playback", "talk", "--all").code == 2
