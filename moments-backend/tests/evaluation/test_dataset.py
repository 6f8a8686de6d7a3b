"""Talks with known answers."""

import gzip
import json
from pathlib import Path

import pytest

from app.core.exceptions import ConfigurationError
from evaluation.dataset import load, own_talks
from evaluation.questions import QUESTIONS

TALK = {
    "id": "standup",
    "words": "Good morning. The release is on Friday. Any questions?",
    "questions": [{"text": "When is it published?", "passages": [[2, 7]]}],
    "turns": [9],
}


def test_every_question_has_one_answer() -> None:
    asked = sorted(answer.question for talk in own_talks() for answer in talk.answers)
    assert asked == sorted(question for question, _ in QUESTIONS)


@pytest.mark.parametrize("name", ["talks.jsonl", "talks.jsonl.gz"])
def test_passages_become_times(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    content = json.dumps(TALK).encode()
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    (talk,) = load(file)
    assert [segment.text for segment in talk.transcript.segment_timestamps] == [
        "Good morning.",
        "The release is on Friday.",
        "Any questions?",
    ]
    release = talk.transcript.segment_timestamps[1]
    assert talk.answers[0].spans == ((release.start, release.end),)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"id": "x"}',
        '{"id": "x", "words": "One.", "questions": [{"text": "?", "passages": [[0, 9]]}]}',
    ],
)
def test_malformed_line_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl"
    file.write_text(f"{json.dumps(TALK)}\n{line}\n")
    with pytest.raises(ConfigurationError, match="line 2: not a talk"):
        load(file)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load(tmp_path / "absent.jsonl")
