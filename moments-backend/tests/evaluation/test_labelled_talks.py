"""Talks with marked topics."""

import gzip
import json
from pathlib import Path

import pytest

from app.core.exceptions import ConfigurationError
from evaluation.labelled_talks import load_labelled_talks

TALK = {
    "id": "standup",
    "words": "Good morning. The release is on Friday. Any questions?",
    "boundaries": [2, 7],
    "titles": ["The release", "Questions"],
    "topics": [[0, 2], [2, 9]],
    "passages": [[2, 7, "When is the release?"], [7, 9]],
    "turns": [9],
}


@pytest.mark.parametrize("name", ["talks.jsonl", "talks.jsonl.gz"])
def test_positions_become_times(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    content = json.dumps(TALK).encode()
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    (talk,) = load_labelled_talks(file)
    words = talk.transcript.word_timestamps
    assert talk.changes == (words[2].start, words[7].start)
    release, questions = (words[2].start, words[6].end), (words[7].start, words[8].end)
    assert talk.titles == (("The release", release), ("Questions", questions))
    assert talk.topics == ((0.0, words[1].end), (words[2].start, words[8].end))
    assert talk.passages == (("When is the release?", release), ("", questions))
    assert talk.seconds == words[8].end


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"boundaries": [9], "titles": []}, "beyond the 9 words"),
        ({"boundaries": [-1], "titles": []}, "greater than or equal to 0"),
        ({"titles": ["One"]}, "1 titles for 2 boundaries"),
        ({"topics": [[3, 10]]}, "beyond the 9 words"),
        ({"words": " ", "boundaries": [], "titles": []}, "words is empty"),
        ({"id": None}, "valid string"),
    ],
)
def test_malformed_line_is_named(change: dict[str, object], reason: str, tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl"
    file.write_text(f"{json.dumps(TALK)}\n{json.dumps(TALK | change)}\n")
    with pytest.raises(ConfigurationError, match=f"line 2: not a labelled talk: .*{reason}"):
        load_labelled_talks(file)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b""])
def test_unreadable_file_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl.gz"
    if content is not None:
        file.write_bytes(content or gzip.compress(json.dumps(TALK).encode())[:-9])
    with pytest.raises(ConfigurationError, match=r"talks\.jsonl\.gz cannot be read"):
        load_labelled_talks(file)
