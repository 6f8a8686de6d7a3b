"""`videomoments status`, `cancel` and `retry`."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from app.models.pipeline import RunState
from cli.run_follower import NO_WORKER
from tests.cli.support.command import PROGRAM, call, running_worker, start
from tests.fixtures.library import Library, ended
from tests.fixtures.media import make_video
from tests.services.downloads.support.web_server import Web, stall, web_server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

DONE: dict[str, Any] = {"status": "completed", "seconds": 2.25, "percent": 100.0, "attempts": 1}
FAILED: dict[str, Any] = {
    "status": "failed",
    "seconds": 3.0,
    "error": {
        "type": "engine",
        "title": "A model did not do its work",
        "detail": "the model\nfell [bold]asleep",
        "remedy": "wake it",
    },
}


@pytest.fixture
def runs(library: Library) -> Library:
    """Three ended runs of two videos."""
    insert(library, "first", "talk", "failed", {"video_download": DONE, "transcription": FAILED})
    insert(library, "second", "video [red] ü", "completed", {"video_download": DONE})
    insert(library, "third", "talk", "cancelled", {"video_download": DONE | {"status": "cancelled"}})
    return library


def insert(library: Library, request_id: str, video: str, status: str, stages: dict[str, Any]) -> None:
    error = next((stage["error"] for stage in stages.values() if "error" in stage), None)
    library.execute(
        "INSERT INTO pipeline_runs (request_id, video_identifier, options, status, stages, error,"
        " created_at, started_at, finished_at) VALUES (%s, %s, '{}', %s, %s, %s,"
        " clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '12.5 seconds')",
        *(request_id, video, status, json.dumps(stages), json.dumps(error) if error else None),
    )


def test_runs_of_all_videos_are_listed_newest_first(
    runs: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = call(capsys, "status")
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    lines = [re.split(r" {2,}", line) for line in ran.out.splitlines()]
    assert [line[:3] for line in lines] == [
        ["✗", "talk", "cancelled"],
        ["✓", "video [red] ü", "completed"],
        ["✗", "talk", "failed"],
    ]
    assert lines[2][3] == "transcription"
    assert lines[2][-2:] == ["12.5 s", "the model\\nfell [bold]asleep"]
    states = json.loads(call(capsys, "status", "--json").out)
    assert [RunState.model_validate(state).request_id for state in states] == ["third", "second", "first"]
    assert len(json.loads(call(capsys, "status", "--json", "--limit", "2").out)) == 2


@pytest.mark.parametrize("options", [(), ("talk",), ("talk", "--follow"), ("--json",)])
def test_closed_output_streams(runs: Library, options: tuple[str, ...]) -> None:
    command = shlex.join([*PROGRAM, "status", *options])
    ran = subprocess.run(["/bin/sh", "-c", f"exec {command} >&- 2>&-"], check=False, timeout=60)
    assert ran.returncode == ("--follow" in options)


def test_active_runs_are_listed_beyond_the_limit(runs: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(runs.folder / "waits.mp4", audio=False)
    assert call(capsys, "add", "waits.mp4", "--detach").code == 1  # no path of the current directory
    assert call(capsys, "add", str(runs.folder / "waits.mp4"), "--detach").code == 0
    insert(runs, "last", "later", "completed", {})
    states = json.loads(call(capsys, "status", "--json", "--limit", "1").out)
    assert [state["video_id"] for state in states] == ["waits", "later"]
    ran = call(capsys, "status", "waits")
    assert ran.err == f"{NO_WORKER}\n"
    assert ran.out.startswith("waits: queued, waiting for a worker\n")


def test_stages_of_one_video(runs: Library, capsys: pytest.CaptureFixture[str]) -> None:
    runs.execute("DELETE FROM pipeline_runs WHERE request_id = 'third'")
    ran = call(capsys, "status", "talk")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "talk: failed in transcription after 12.5 s"
    assert re.fullmatch(r"  ✓ +video download +completed +2\.2 s", lines[1])
    assert re.fullmatch(r"  · +audio extraction +pending", lines[2])
    assert re.fullmatch(r"  ✗ +transcription +failed +3\.0 s, the model\\nfell \[bold\]asleep", lines[4])
    assert lines[9:] == ["Error: talk: the model\\nfell [bold]asleep", "  wake it"]
    state = json.loads(call(capsys, "status", "talk", "--json").out)
    assert RunState.model_validate(state).error
    assert next(iter(state["stages"])) == "video_download"
    assert state["stages"]["transcription"]["error"]["remedy"] == "wake it"


def test_history_and_following_an_ended_run(runs: Library, capsys: pytest.CaptureFixture[str]) -> None:
    ran = call(capsys, "status", "talk", "--history")
    assert [line.split()[2] for line in ran.out.splitlines()] == ["cancelled", "failed"]
    states = json.loads(call(capsys, "status", "talk", "--history", "--json").out)
    assert [state["request_id"] for state in states] == ["third", "first"]
    ran = call(capsys, "status", "talk", "--follow")
    assert ran.code == 1
    assert ran.out == (
        "talk: video download cancelled after 2.2 s\ntalk: cancelled in video download after 12.5 s\n"
    )
    assert ran.err == "  To retry: videomoments retry talk\n"
    ran = call(capsys, "status", "video [red] ü", "--follow", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["status"] == "completed"


def test_video_without_runs_names_the_command(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["status", "x"], ["status", "x", "--follow"], ["cancel", "x"], ["retry", "x"]):
        ran = call(capsys, *command)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err == (
            "Error: the pipeline has not run for 'x'\n  start one with: videomoments add FILE, LINK or ID\n"
        )
    ran = call(capsys, "status")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("No runs yet. ")


def test_conflicting_options_are_usage_errors(
    clean_environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in (["--follow"], ["--history"], ["x", "--history", "--follow"]):
        assert call(capsys, "status", *options).code == 2


def test_database_unavailable(
    settings: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DATABASE_URL", f"postgresql://me:secret@127.0.0.1:{probe.getsockname()[1]}/none")
        for command in (["status"], ["status", "x"], ["cancel", "x"], ["retry", "x"]):
            ran = call(capsys, *command)
            assert (ran.code, ran.out) == (3, "")
            assert ran.err.startswith("Error: database unavailable: ")
            assert "secret" not in ran.err


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("VIDEO_DOWNLOAD_ALLOWED_NETWORKS", "127.0.0.0/8")
    with web_server() as running:
        yield running


def test_cancel_stops_a_worker_and_retry_resumes(
    library: Library, web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    content = make_video(library.settings.static_path / "video.mp4", audio=False).read_bytes()
    link = web.on("/slow-video.mp4", stall(content[:1000], announced=len(content)))
    with running_worker(library):
        following = start("add", link)
        while not web.seen:
            assert following.poll() is None
            time.sleep(0.05)
        ran = call(capsys, "cancel", "slow-video", "--json")
        assert (ran.code, ran.err) == (0, "")
        assert json.loads(ran.out)["status"] == "cancelled"
        ran = ended(following)
        assert ran.code == 1
        assert "slow-video: video download cancelled after" in ran.out
        ran = call(capsys, "cancel", "slow-video")
        assert (ran.code, ran.out) == (1, "")
        assert "is cancelled: nothing to cancel" in ran.err

        web.on("/slow-video.mp4", lambda handler: handler.send(200, content, {"Content-Type": "video/mp4"}))
        ran = call(capsys, "retry", "slow-video", "--follow")
        assert (ran.code, ran.err) == (0, "")
        assert "slow-video: video download completed in" in ran.out
        ran = call(capsys, "retry", "slow-video")
        assert (ran.code, ran.out) == (1, "")
        assert "start one with: videomoments add" in ran.err
    assert list(library.rows()) == ["slow-video"]


def test_retry_without_a_worker_queues_and_warns(runs: Library, capsys: pytest.CaptureFixture[str]) -> None:
    ran = call(capsys, "retry", "talk")
    assert (ran.code, ran.out, ran.err) == (0, "talk: queued, waiting for a worker\n", f"{NO_WORKER}\n")
    ran = call(capsys, "retry", "talk")
    assert (ran.code, ran.out) == (1, "")
    assert "has not finished yet" in ran.err
    assert json.loads(call(capsys, "cancel", "talk", "--json").out)["status"] == "cancelled"
