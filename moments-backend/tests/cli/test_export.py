"""`videomoments export`, with a worker process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from app.models.moment import Moment
from app.models.transcript import Transcript, Word
from app.repositories.moments_repository import MomentsRepository
from app.repositories.transcript_repository import TranscriptRepository
from cli.export_options import parse_crop, parse_time
from cli.run_follower import NO_WORKER
from tests.cli.support.command import call, running_worker
from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video

pytestmark = pytest.mark.slow

MOMENTS = [
    Moment(id=f"{number:016x}", start_time=number, end_time=number + 1, title="Same / title", score=5)
    for number in range(2)
]


@pytest.fixture
def talk(library: Library, capsys: pytest.CaptureFixture[str]) -> Library:
    """A library with the video `talk`, which has two moments of the same title and a transcript."""
    make_video(library.folder / "talk.mp4", seconds=3, size="160x90")
    assert migrate(capsys).code == 0
    MomentsRepository(library.settings).save("talk", MOMENTS)
    words = [Word(word=f"word{number}", start=number / 2, end=(number + 1) / 2) for number in range(6)]
    transcript = Transcript(text="words", language="en", word_timestamps=words, segment_timestamps=[])
    TranscriptRepository(library.settings).save("talk", transcript)
    return library


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "new" / "clips"
    yield folder
    assert not list(folder.glob(".*"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_are_saved_and_never_overwritten(
    talk: Library, capsys: pytest.CaptureFixture[str], out: Path
) -> None:
    with running_worker(talk):
        first = call(capsys, "export", "talk", "--all", "--captions", "sidecar", "--out", str(out))
        assert (first.code, first.err) == (0, "")
        stems = ["Same-title", "Same-title (2)"]
        assert names(out) == sorted(f"{stem}{end}" for stem in stems for end in (".mp4", ".vtt", ".srt"))
        assert sorted(first.out.splitlines()) == sorted(str(out / name) for name in names(out))

        moment = ("export", "talk", "--moment", MOMENTS[0].id, "--captions", "sidecar", "--out", str(out))
        saved = call(capsys, *moment)
        assert saved.out.splitlines()[0] == str(out / "Same-title.mp4")
        (out / "Same-title.mp4").write_bytes(b"my own file")
        again = json.loads(call(capsys, *moment, "--json").out)
        assert [Path(file).name for file in again["exports"][0]["files"]] == [
            "Same-title (3).mp4",
            "Same-title (3).vtt",
            "Same-title (3).srt",
        ]
        assert (out / "Same-title.mp4").read_bytes() == b"my own file"
        vertical = ("--format", "9:16", "--crop", "0.2", "--captions", "burned", "--style", "bold")
        ranged = call(
            *(capsys, "export", "talk", "--from", "0:01", "--to", "2.5", *vertical, "--json"),
            *("--out", str(out)),
        )
    (export,) = json.loads(ranged.out)["exports"]
    assert export["crop"] == {"x": 0.2, "y": 0.5}
    assert (export["start_time"], export["end_time"], export["state"]) == (1.0, 2.5, "completed")
    assert export["files"] == [str(out / "Talk 00.01–00.02.mp4")]
    assert not list(talk.settings.work_dir.rglob("*.mp4"))


def test_queue_without_a_worker(talk: Library, capsys: pytest.CaptureFixture[str]) -> None:
    queued = call(capsys, "export", "talk", "--from", "0", "--to", "1", "--title", "Start", "--detach")
    assert (queued.code, queued.out) == (0, "Start.mp4: queued\n")
    assert NO_WORKER in queued.err


def test_errors_name_cause_and_remedy(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "talk.mp4", seconds=3, size="160x90")
    assert migrate(capsys).code == 0
    beyond = call(capsys, "export", "talk", "--from", "2", "--to", "9")
    assert beyond.code == 2
    assert "ends at 3 s" in beyond.err
    silent = call(capsys, "export", "talk", "--from", "1", "--to", "2", "--captions", "burned")
    assert silent.code == 1
    assert "videomoments transcribe talk; or use --captions none" in silent.err
    missing = call(capsys, "export", "missing", "--all")
    assert missing.code == 1
    assert "missing" in missing.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "1"),
        ("--all", "--from", "1", "--to", "2"),
        (),
        ("--all", "--title", "Tides"),
        ("--from", "2", "--to", "1"),
        ("--from", "1:75", "--to", "200"),
        ("--all", "--format", "4:3"),
        ("--all", "--crop", "2"),
        ("--moment", "x"),
    ],
    ids=" ".join,
)
def test_usage_errors(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "export", "talk", *arguments).code == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("83.25", 83.25),
        ("1:23.25", 83.25),
        ("0:01:23.25", 83.25),
        ("90:00", 5400),
        ("2:00:00", 7200),
    ],
)
def test_times_are_seconds_or_clock_times(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:60", "1:60:00", "1:2:3:4", "nan", "1e3", "a", "1,5"])
def test_other_times_are_rejected(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_time(text)


def test_crop_positions() -> None:
    assert parse_crop("center") == "center"
    assert parse_crop("0.2") == {"x": 0.2}
    assert parse_crop("0.2,1") == {"x": 0.2, "y": 1.0}
    for text in ("left", "1.1", "0,0,0", "nan", ""):
        with pytest.raises(typer.BadParameter):
            parse_crop(text)
