import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.exceptions import (
    CorruptFileError,
    FileUnreadableError,
    InvalidRequestError,
    LocalFileError,
    UnusableNameError,
)
from app.models.moment import Moment
from app.models.transcript import Segment, Transcript, Word
from app.repositories.moments_repository import MomentsRepository
from app.repositories.transcript_repository import TranscriptRepository

TRANSCRIPT = Transcript(
    text="Grüße, 世界.",
    language="de",
    word_timestamps=[Word(word="Grüße,", start=0, end=0.5), Word(word="世界.", start=0.5, end=1.25)],
    segment_timestamps=[Segment(text="Grüße, 世界.", start=0, end=1.25)],
)
MOMENT = Moment(id="0123456789abcdef", start_time=1.5, end_time=31.5, title="A start", score=7.5)
REFINED = MOMENT.model_copy(update={"id": "f" * 16, "is_refined": True, "parent_id": MOMENT.id})


@pytest.fixture
def static(tmp_path: Path, clean_environment: None) -> Settings:
    return Settings(static_dir=tmp_path)


@pytest.fixture
def transcripts(static: Settings) -> TranscriptRepository:
    return TranscriptRepository(static)


@pytest.fixture
def moments(static: Settings) -> MomentsRepository:
    return MomentsRepository(static)


def test_transcript_has_the_documented_shape(transcripts: TranscriptRepository, tmp_path: Path) -> None:
    transcripts.save("a", TRANSCRIPT)
    assert json.loads((tmp_path / "transcripts" / "a.json").read_bytes()) == {
        "text": "Grüße, 世界.",
        "language": "de",
        "word_timestamps": [
            {"word": "Grüße,", "start": 0.0, "end": 0.5},
            {"word": "世界.", "start": 0.5, "end": 1.25},
        ],
        "segment_timestamps": [
            {
                "text": "Grüße, 世界.",
                "start": 0.0,
                "end": 1.25,
                "confidence": None,
                "language": None,
                "is_edited": False,
            }
        ],
        "source": None,
        "languages": [],
        "sections": [],
        "removed": [],
    }
    assert transcripts.load("a") == TRANSCRIPT


def test_moments_have_the_documented_shape(moments: MomentsRepository, tmp_path: Path) -> None:
    moments.save("a", [MOMENT, REFINED])
    first, second = json.loads((tmp_path / "moments" / "a.json").read_bytes())
    assert first == {
        "id": "0123456789abcdef",
        "start_time": 1.5,
        "end_time": 31.5,
        "title": "A start",
        "score": 7.5,
        "is_refined": False,
        "parent_id": None,
        "quote": None,
        "reason": None,
        "scores": None,
        "model": None,
        "prompt_version": None,
    }
    assert (second["is_refined"], second["parent_id"]) == (True, MOMENT.id)
    assert moments.load("a") == [MOMENT, REFINED]


def test_empty_list_differs_from_no_file(moments: MomentsRepository) -> None:
    assert moments.load("a") is None
    moments.save("a", [])
    assert moments.load("a") == []


def test_save_replaces_the_file(moments: MomentsRepository, tmp_path: Path) -> None:
    moments.save("a", [MOMENT])
    moments.save("a", [REFINED])
    assert moments.load("a") == [REFINED]
    assert [path.name for path in (tmp_path / "moments").iterdir()] == ["a.json"]


def test_delete(moments: MomentsRepository) -> None:
    moments.save("a", [MOMENT])
    assert moments.delete("a")
    assert moments.load("a") is None
    assert not moments.delete("a")


@pytest.mark.parametrize("video_id", ["", ".", "..", "../a", "a/b", "/etc/passwd", "a\0b"])
def test_id_outside_the_folder_is_rejected(moments: MomentsRepository, video_id: str) -> None:
    for use in (moments.load, moments.delete, lambda name: moments.save(name, [])):
        with pytest.raises(InvalidRequestError, match="is not a valid video id"):
            use(video_id)


@pytest.mark.parametrize(
    "video_id", ["a b", "a#b?c%20", 'it\'s "x"', "-a", "..a", "é", "東京" * 40, "x" * 250]
)
def test_other_ids_are_valid_file_names(moments: MomentsRepository, video_id: str) -> None:
    moments.save(video_id, [MOMENT])
    assert moments.load(video_id) == [MOMENT]


@pytest.mark.parametrize("video_id", ["x" * 251, "é" * 126])
def test_too_long_id_is_rejected(moments: MomentsRepository, video_id: str) -> None:
    assert moments.load(video_id) is None
    assert not moments.delete(video_id)
    with pytest.raises(UnusableNameError, match="too long for a file name"):
        moments.save(video_id, [])


@pytest.mark.parametrize(
    ("stored", "cause"),
    [
        (b"", "Invalid JSON"),
        (b"[{", "Invalid JSON"),
        (b"\xff", "Invalid JSON"),
        (b"{}", "Input should be a valid array"),
        (b'[{"id": "xyz"}]', "0.id: String should match pattern"),
        (b'[{"id": "0123456789abcdef"}]', "0.start_time: Field required"),
        (json.dumps([MOMENT.model_dump() | {"score": 11}]).encode(), "0.score: Input should be less than"),
        (
            json.dumps([MOMENT.model_dump() | {"end_time": -1}]).encode(),
            "0.end_time: Input should be greater",
        ),
    ],
)
def test_corrupt_file_error_names_file_and_remedy(
    moments: MomentsRepository, tmp_path: Path, stored: bytes, cause: str
) -> None:
    path = tmp_path / "moments" / "a.json"
    path.parent.mkdir()
    path.write_bytes(stored)
    with pytest.raises(CorruptFileError) as caught:
        moments.load("a")
    assert caught.value.cause.startswith(f"{path} is corrupt: {cause}")
    assert caught.value.remedy == f"remove {path} and process the video again"
    moments.save("a", [MOMENT])  # writing it again works too
    assert moments.load("a") == [MOMENT]


def test_folder_in_place_of_a_file(moments: MomentsRepository, tmp_path: Path) -> None:
    (tmp_path / "moments" / "a.json").mkdir(parents=True)
    with pytest.raises(FileUnreadableError, match=r"a\.json cannot be read: Is a directory"):
        moments.load("a")
    with pytest.raises(LocalFileError, match="could not be written"):
        moments.save("a", [])
    with pytest.raises(FileUnreadableError, match="cannot be removed"):
        moments.delete("a")


WRITE_FOREVER = """
import sys
from itertools import cycle
from app.core.config import Settings
from app.models.moment import Moment
from app.repositories.moments_repository import MomentsRepository

moments = MomentsRepository(Settings(static_dir=sys.argv[1]))
contents = [
    [Moment(id=f"{number:016x}", start_time=0, end_time=1, title=title, score=1) for number in range(2000)]
    for title in sys.argv[2:]
]
moments.save("a", contents[0])
print("writing", flush=True)
for content in cycle(contents):
    moments.save("a", content)
"""


def start_writer(static_dir: Path, *titles: str) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-c", WRITE_FOREVER, str(static_dir), *titles]
    return subprocess.Popen(argv, stdout=subprocess.PIPE)


def wait_until_writing(writer: subprocess.Popen[bytes]) -> None:
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"


def kill(writer: subprocess.Popen[bytes]) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.communicate()


def titles_of(moments: list[Moment] | None) -> set[str]:
    assert moments is not None
    assert len(moments) == 2000
    return {moment.title for moment in moments}


@pytest.mark.slow
def test_killed_writer_leaves_old_or_new_content(moments: MomentsRepository, tmp_path: Path) -> None:
    for _ in range(4):
        writer = start_writer(tmp_path, "old", "new")
        wait_until_writing(writer)
        for _ in range(5):
            assert titles_of(moments.load("a")) in ({"old"}, {"new"})
        kill(writer)
        assert titles_of(moments.load("a")) in ({"old"}, {"new"})
    moments.save("a", [MOMENT])  # leftovers of killed writers do not collide
    assert moments.load("a") == [MOMENT]


@pytest.mark.slow
def test_last_of_two_writers_wins(moments: MomentsRepository, tmp_path: Path) -> None:
    writers = [start_writer(tmp_path, "one"), start_writer(tmp_path, "two")]
    for writer in writers:
        wait_until_writing(writer)
    for _ in range(20):
        assert titles_of(moments.load("a")) in ({"one"}, {"two"})
    for writer in writers:
        kill(writer)


def test_last_of_concurrent_threads_wins(moments: MomentsRepository) -> None:
    contents = [[MOMENT] * 100, [REFINED] * 100]
    threads = [threading.Thread(target=moments.save, args=("a", content)) for content in contents * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert moments.load("a") in contents
