"""Marked talks: the files of the project, and errors in others."""

from pathlib import Path

import pytest

from app.core.exceptions import ConfigurationError
from evaluation.marked_talks import load_marked_talks, read_marked_talk

HEAD = "kind: interview\nset: development\n\n"


def test_own_talks_are_long_and_marked() -> None:
    talks = load_marked_talks()
    assert len(talks) >= 100
    held_out = {talk.id[0] for talk in talks if talk.is_held_out}
    assert held_out == {"e", "u"}
    assert held_out.isdisjoint(talk.id[0] for talk in talks if not talk.is_held_out)
    for talk in talks:
        assert 400 <= len(talk.transcript.word_timestamps) <= 900
        assert "[" not in talk.transcript.text
        assert {span.kind for span in talk.spans} >= {"introduction", "farewell"}
        assert [span.start for span in talk.spans] == sorted(span.start for span in talk.spans)


def test_marks_become_times(tmp_path: Path) -> None:
    file = tmp_path / "talk.txt"
    file.write_text(HEAD + "[intro] Hello there. [/intro] Rivers move.\n\n[ad]Buy it.[/ad]")
    talk = read_marked_talk(file)
    assert talk.transcript.text == "Hello there. Rivers move. Buy it."
    words = talk.transcript.word_timestamps
    assert [(span.start, span.end, span.kind) for span in talk.spans] == [
        (words[0].start, words[1].end, "introduction"),
        (words[4].start, words[5].end, "advertisement"),
    ]
    assert talk.is_marked(words[0].start, words[1].end)
    assert not talk.is_marked(words[2].start, words[3].end)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Rivers move.", "are missing or wrong"),
        ("kind: interview\nset: other\n\nRivers move.", "are missing or wrong"),
        (HEAD + "[ad] Buy it.", r"\[ad\] is not closed"),
        (HEAD + "Buy it. [/ad]", r"unexpected \[/ad\]"),
        (HEAD + "[ad] Buy [intro] it. [/intro]", r"unexpected \[intro\]"),
        (HEAD + "[ad] [/ad] Buy it.", r"unexpected \[/ad\]"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "talk.txt"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=problem):
        read_marked_talk(file)
