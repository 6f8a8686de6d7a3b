"""`videomoments add`: files and links become moments and clips; failures are named."""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.models.generation_options import GenerationOptions
from app.models.pipeline import STAGE_NAMES
from cli.run_follower import NO_WORKER
from cli.runs.text import stage_label
from tests.cli.support.command import PROGRAM, call, running_worker, start
from tests.fixtures.http_server import FileServer, serving_files
from tests.fixtures.library import CommandResult, Library, ended
from tests.fixtures.media import make_video
from tests.fixtures.speech import make_spoken_video

SHORT = ("--min-length", "2", "--max-length", "20", "--max-moments", "2")
STAGES = tuple(map(stage_label, STAGE_NAMES))


@pytest.fixture
def user_dir(tmp_path: Path) -> Path:
    """A directory outside the library."""
    folder = tmp_path / "user_dir"
    folder.mkdir()
    return folder


@pytest.fixture
def web(user_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Serve that directory, and allow downloads from loopback addresses."""
    monkeypatch.setenv("VIDEO_DOWNLOAD_ALLOWED_NETWORKS", "127.0.0.0/8")
    with serving_files(user_dir) as server:
        yield server


@pytest.fixture
def worker(library: Library, web: FileServer) -> Iterator[None]:
    with running_worker(library):
        yield


def stage_results(ran: CommandResult, video_id: str) -> dict[str, str]:
    """Return the printed result of each stage."""
    results = {}
    for line in ran.out.splitlines():
        for stage in STAGES:
            if line.startswith(f"{video_id}: {stage} "):
                results[stage] = line.removeprefix(f"{video_id}: {stage} ")
    return results


@pytest.mark.slow
def test_file_becomes_clips_once(
    library: Library, user_dir: Path, worker: None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = make_spoken_video(user_dir / "why tides – turn.mp4")
    before = file.read_bytes()
    ran = ended(start("add", str(file), *SHORT, LC_ALL="C"))
    assert (ran.code, ran.err) == (0, "")
    assert (library.folder / file.name).read_bytes() == file.read_bytes() == before
    results = stage_results(ran, "why tides – turn")
    assert list(results) == list(STAGES)
    assert results.pop("video download") == "skipped: already in the library as 'why tides – turn'"
    assert all(re.match(r"completed in \d+\.\d s$", text) for text in results.values()), results
    assert re.search(r"^why tides – turn: completed in \d+\.\d s$", ran.out, re.MULTILINE)
    clips = sorted(library.settings.moment_clips_dir.iterdir())
    assert clips
    for clip in clips:
        assert str(clip) in ran.out
    assert re.search(r"^ +\d:\d\d–\d:\d\d +\d+\.\d  \S", ran.out, re.MULTILINE)

    again = call(capsys, "add", str(library.folder / file.name), *SHORT, "--json")
    assert again.code == 0
    (run,) = json.loads(again.out)["runs"]
    assert run["source"] == str(library.folder / file.name)
    assert (run["video_id"], run["status"], run["error"]) == ("why tides – turn", "completed", None)
    stages = run["run"]["stages"]
    assert {name.replace("_", " ") for name in stages} == set(STAGES)
    assert stages["transcription"]["status"] == "skipped"
    assert stages["transcription"]["reason"] == "already transcribed"
    assert [clip["place"] for clip in run["clips"]] == [str(clip) for clip in clips]
    assert {"id", "title", "score", "start_time", "end_time", "quote"} <= run["moments"][0].keys()
    assert clips == sorted(library.settings.moment_clips_dir.iterdir())


@pytest.mark.slow
def test_valid_and_invalid_sources(library: Library, user_dir: Path, web: FileServer, worker: None) -> None:
    make_video(user_dir / "silent video.mp4", audio=False)
    (user_dir / "letter.txt").write_text("not a video")
    good, gone = f"{web.address}/silent%20video.mp4", f"{web.address}/gone.mp4"
    ran = ended(
        start("add", good, gone, str(user_dir / "letter.txt"), "ftp://127.0.0.1/a.mp4", "nothing.mp4")
    )
    assert ran.code == 1
    assert "silent-video: video download completed in" in ran.out
    assert "silent-video: audio extraction skipped: the video has no audio track" in ran.out
    assert re.search(r"^silent-video: completed in .*\n  no moments", ran.out, re.MULTILINE)
    assert list(library.rows()) == ["silent-video"]
    assert re.search(r"^gone: video download failed after \d+\.\d s: .*404", ran.out, re.MULTILINE)
    assert re.search(r"^gone: failed in video download after", ran.out, re.MULTILINE)
    errors = [line for line in ran.err.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 4
    assert any("404" in line and "gone" in line for line in errors)
    assert "videomoments retry gone" in ran.err
    assert "letter.txt: unsupported file type" in ran.err
    assert "nothing.mp4 does not exist" in ran.err
    assert "a source is a file, a link" in ran.err
    assert "its scheme is not http, https or gs" in ran.err


@pytest.mark.slow
def test_missing_worker_is_reported_and_ctrl_c_keeps_run(
    library: Library, user_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = make_video(user_dir / "waits.mp4")
    process = start("add", str(file))
    assert process.stderr is not None
    assert process.stderr.readline() == f"{NO_WORKER}\n"
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert ran.code == 130
    assert ran.err == "waits: the run continues; cancel it with: videomoments cancel waits\n"

    ran = call(capsys, "add", str(file), "--detach")
    assert ran.code == 0
    assert "waits: a run is already in progress\n" in ran.err
    assert NO_WORKER in ran.err
    assert ran.out == "waits: queued; see: videomoments status waits --follow\n"
    ran = call(capsys, "cancel", "waits")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("waits: cancelled after ")


def test_taken_name_gets_a_suffix(
    library: Library, user_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = make_video(library.folder / "taken.mp4", seconds=2)
    content = there.read_bytes()
    for name in ("taken.mp4", "taken.mkv"):
        file = make_video(user_dir / name)
        ran = call(capsys, "add", str(file), "--detach", "--json")
        assert ran.code == 0
        (run,) = json.loads(ran.out)["runs"]
        added = f"taken-{hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()[:8]}"
        assert run["video_id"] == added
        assert f"another video has this name; added as {added!r}" in ran.err
        assert library.rows()[added]["relative_path"] == f"{added}{file.suffix}"
    assert there.read_bytes() == content
    assert call(capsys, "status", "taken").code == 1


def test_same_bytes_of_another_name_are_named(
    library: Library, user_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = make_video(user_dir / "talk.mp4")
    assert call(capsys, "add", str(file), "--detach").code == 0
    copy = file.rename(file.with_name("copy.mp4"))
    ran = call(capsys, "add", str(copy), "--json", "--detach")
    assert "already in the library as 'talk' (same size and MD5)" in ran.err
    assert library.rows().keys() == {"talk"}
    assert [path.name for path in library.folder.iterdir()] == ["talk.mp4"]


def test_database_unavailable_before_any_copy(
    library: Library, user_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DATABASE_URL", f"postgresql://me:secret@127.0.0.1:{probe.getsockname()[1]}/none")
        ran = call(capsys, "add", str(make_video(user_dir / "talk.mp4")))
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("Error: database unavailable: ")
    assert "secret" not in ran.err
    assert list(library.folder.iterdir()) == []


def test_links_into_other_buckets_are_refused(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = "gs://partner-bucket/talk.mp4"
    ran = call(capsys, "add", link, "--detach", "--json")
    assert ran.code == 1
    (run,) = json.loads(ran.out)["runs"]
    assert (run["status"], run["error"]["type"]) == ("failed", "bucket-not-allowed")
    assert "GCS_SOURCE_BUCKETS" in ran.err
    monkeypatch.setenv("GCS_SOURCE_BUCKETS", "partner-bucket")
    assert call(capsys, "add", link, "--detach").code == 0


def test_video_of_the_library_by_its_id(
    library: Library, user_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.execute("INSERT INTO videos (identifier, cloud_url) VALUES ('old talk', 'gs://b/videos/o/o.mp4')")
    ran = call(capsys, "add", "old talk", "--detach", "--prompt", "jokes", "--regenerate")
    assert (ran.code, ran.out) == (0, "old talk: queued; see: videomoments status old talk --follow\n")
    state = json.loads(call(capsys, "status", "old talk", "--json").out)
    assert state["status"] == "queued"
    assert state["options"] == GenerationOptions(user_prompt="jokes").model_dump() | {
        "force_download": False,
        "regenerate": True,
        "audio_stream": None,
        "stages": None,
        "language": None,
        "vocabulary": [],
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--min-length", "50", "--max-length", "20"), "--min-length is more than --max-length"),
        (("--max-moments", "0"), "--max-moments"),
        (("--min-length", "nan"), "--min-length"),
        (("--force-download",), "--force-download requires a link"),
    ],
)
def test_invalid_options(
    clean_environment: None, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    ran = call(capsys, "add", "talk.mp4", *options)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_help_names_the_actual_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    ran = call(capsys, "add", "--help")
    text = " ".join(re.sub(r"[│╭╮╰╯─]", " ", ran.out).split())
    defaults = GenerationOptions()
    for option, default in (
        ("--min-length", defaults.min_moment_length),
        ("--max-length", defaults.max_moment_length),
        ("--min-moments", defaults.min_moments),
        ("--max-moments", defaults.max_moments),
    ):
        assert re.search(rf"{option} <\w+> [^\[\]]* \[{default:g}\]", text), option


@pytest.mark.slow
def test_closed_pipe_ends_silently(library: Library, user_dir: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        ran = subprocess.run(
            [*PROGRAM, "add", make_video(user_dir / "a.mp4"), "--detach"],
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (ran.returncode, ran.stderr) == (0, b"")
