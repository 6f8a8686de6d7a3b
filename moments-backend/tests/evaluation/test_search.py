"""The evaluation of search, on real servers."""

import json
from pathlib import Path

import pytest

from evaluation.search import evaluate

TALK = {
    "id": "standup",
    "words": "Good morning to all of you here. The new release goes out to everyone on Friday evening."
    " The old servers are switched off in the last week of March.",
    "questions": [{"text": "servers switched off", "passages": [[17, 29]]}],
}


@pytest.mark.slow
def test_answers_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl"
    file.write_text(json.dumps(TALK))
    figures = {figure.name: figure.value for figure in evaluate(file)}
    assert figures["recall@1, questions in its video, words"] == "1.000 (1 of 1)"
    assert figures["recall@5, sentences without one word, in another order"] == "1.000 (2 of 2)"
