"""Queries become words, phrases and exclusions."""

import pytest

from app.core.exceptions import InvalidRequestError
from app.services.search.query_parser import MAX_CHARACTERS, MAX_PARTS, Query, parse_query


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("moon landing", Query("", words=("moon", "landing"))),
        ("  moon \t moon\n", Query("", words=("moon",))),
        ('"the moon" -apollo -"dark side"', Query("", (), ("the moon",), ("apollo",), ("dark side",))),
        ("“the moon”", Query("", phrases=("the moon",))),
        ('"unclosed quote', Query("", phrases=("unclosed quote",))),
        ("mother-in-law $3,000", Query("", words=("mother-in-law", "$3,000"))),
        ("earth - moon", Query("", words=("earth", "moon"))),
        ("dont", Query("", words=("don't",))),
        ("a & b | !c <-> (d):*", Query("", words=("a", "b", "!c", "(d):*"))),
        ("'; DROP TABLE videos; --", Query("", words=("DROP", "TABLE", "videos;"))),
        ("שלום عالم", Query("", words=("שלום", "عالم"))),
    ],
)
def test_parts_are_recognised(text: str, expected: Query) -> None:
    parsed = parse_query(text)
    assert (parsed.words, parsed.phrases) == (expected.words, expected.phrases)
    assert (parsed.excluded, parsed.excluded_phrases) == (expected.excluded, expected.excluded_phrases)
    assert not parsed.is_empty


@pytest.mark.parametrize(
    "text", ["", " ", '""', '"', "-", '-"', "--", "-moon", '-"dark side"', "🚀", "…!?", '"…"']
)
def test_nothing_to_search_for_is_empty(text: str) -> None:
    assert parse_query(text).is_empty


@pytest.mark.parametrize("text", ["x" * (MAX_CHARACTERS + 1), "mo\x00on"])
def test_unusable_queries_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        parse_query(text)


def test_long_queries_are_cut() -> None:
    parsed = parse_query(" ".join(f"w{n}" for n in range(MAX_PARTS + 5)))
    assert parsed.is_cut
    assert len(parsed.words) == MAX_PARTS
