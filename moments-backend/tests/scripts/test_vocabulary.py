"""Tests of the vocabulary lint: which texts it reads, which lines it names, what an exception covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.dev.source_facts import Text, python_facts
from scripts.dev.source_tree import PROJECT, read_tree
from scripts.dev.vocabulary import Vocabulary, count_lines, find_uses

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
[[word]]
match = "goes on|anew"
use = "continues"
reason = "plain"

[[word]]
opening = true
match = "what"
use = "an imperative"
reason = "plain"

[[exception]]
file = "docs/*.md"
phrase = "goes on sale"
reason = "an idiom"

[[exception]]
file = "demo/talks.py"
phrase = "*"
reason = "sample data"
"""


@pytest.fixture
def vocabulary(tmp_path: Path) -> Vocabulary:
    rules = tmp_path / "vocabulary.toml"
    rules.write_text(RULES)
    return Vocabulary(rules)


def words(
    vocabulary: Vocabulary, text: str, path: str = "app/a.py", kind: str = "docs"
) -> list[tuple[int, str]]:
    uses = vocabulary.uses(path, Text(1, kind, text))  # type: ignore[arg-type]
    return [(use.line, use.word) for use in uses if use.allowed is None]


def test_a_word_is_named_with_its_line(vocabulary: Vocabulary) -> None:
    assert words(vocabulary, "First.\nIt goes on, and starts anew.") == [(2, "goes on"), (2, "anew")]


def test_words_on_two_lines_of_a_comment_are_found(vocabulary: Vocabulary) -> None:
    assert words(vocabulary, "# it goes\n# on") == [(1, "goes on")]


def test_parts_of_words_and_code_are_not_matched(vocabulary: Vocabulary) -> None:
    assert words(vocabulary, "`anew` and ``x = anew`` and anewer\n```\nanew\n```\n") == []


def test_an_opening_counts_in_docstrings_only(vocabulary: Vocabulary) -> None:
    assert words(vocabulary, "What it does.") == []
    assert words(vocabulary, "What it does.", kind="docstring") == [(1, "What")]
    assert words(vocabulary, "/** What it does. */", kind="docstring") == [(1, "What")]
    assert words(vocabulary, "Return what it does.", kind="docstring") == []


def test_an_exception_covers_its_phrase_in_its_files(vocabulary: Vocabulary) -> None:
    assert words(vocabulary, "It goes on sale.", path="docs/a.md") == []
    assert vocabulary.exceptions[0].used
    assert words(vocabulary, "It goes on sale.", path="docs/a.py") == [(1, "goes on")]
    assert words(vocabulary, "It goes on.", path="docs/a.md") == [(1, "goes on")]


def test_an_exception_for_a_file_covers_its_messages_only(vocabulary: Vocabulary) -> None:
    assert words(vocabulary, "It goes on.", path="demo/talks.py", kind="message") == []
    assert words(vocabulary, "It goes on.", path="demo/talks.py", kind="comment") == [(1, "goes on")]


def test_lines_are_counted_once_and_with_their_exceptions(vocabulary: Vocabulary) -> None:
    uses = [*vocabulary.uses("docs/a.md", Text(1, "docs", "It goes on sale. It goes on, anew.\nanew"))]
    assert count_lines(uses) == 2


SOURCE = '''\
"""Module."""

import re
from app import other  # reason

FIELD = 1
"""Of a field."""


def test_names_are_read() -> None:
    """Function."""
    # one
    # two
    raise ValueError(f"cannot open {FIELD} of it", "key", "SELECT a b", re.compile("a b c"))
'''


@pytest.mark.parametrize("folder", ["app", "tests"])
def test_python_texts_are_docstrings_comments_and_messages(tmp_path: Path, folder: str) -> None:
    path = tmp_path / "moments-backend" / folder / "a.py"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE)
    found = {(text.line, text.kind, text.text) for text in python_facts(path, tmp_path).texts}
    assert found == {
        (1, "docstring", "Module."),
        (7, "docstring", "Of a field."),
        (11, "docstring", "Function."),
        (4, "comment", "# reason"),
        (12, "comment", "# one\n# two"),
        (14, "message", "cannot open {} of it") if folder == "app" else (10, "test name", "names are read"),
    }


COMPONENT = """\
/** Documented. */
export function Panel() {
  // a reason
  const title = `Stage ${1} failed`;
  return <p className="first second" title="No results">Loading… <b>{title}</b> // text</p>;
}
"""


def test_typescript_texts_include_the_text_of_elements(tmp_path: Path) -> None:
    source = tmp_path / "moments-frontend" / "src"
    source.mkdir(parents=True)
    (source / "Panel.tsx").write_text(COMPONENT)
    (source / "Panel.test.tsx").write_text('it("shows no results", () => { expect("a b").toBe("a b"); });\n')
    _, (test, panel) = read_tree(tmp_path, tests=True)
    assert [(text.line, text.kind, text.text) for text in test.texts] == [
        (1, "test name", "shows no results")
    ]
    assert {(text.line, text.kind, text.text) for text in panel.texts} == {
        (1, "docstring", "/** Documented. */"),
        (3, "comment", "// a reason"),
        (4, "message", "Stage {} failed"),
        (5, "message", "No results"),
        (5, "message", "Loading…"),
        (5, "message", "// text"),
    }


@pytest.mark.slow
def test_every_word_has_a_reason_and_every_exception_is_used() -> None:
    vocabulary = Vocabulary()
    uses = find_uses(vocabulary, PROJECT)
    assert all(rule.use and rule.reason for rule in vocabulary.rules)
    assert all(exception.reason and exception.used for exception in vocabulary.exceptions)
    assert count_lines(use for use in uses if use.allowed) <= 40
