"""File names from titles."""

import unicodedata

import pytest

from app.services.exports.naming import (
    MAX_NAME_BYTES,
    MAX_STEM_BYTES,
    range_title,
    stem_from,
    time_in_name,
    unique_stems,
)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Why the tides turn", "Why the tides turn"),
        ("AC/DC or not", "AC-DC or not"),
        (r"A \ B | C", "A-B-C"),
        ("../../etc/passwd", "etc-passwd"),
        ("At 12:30: lunch", "At 12.30. lunch"),
        ('What is "<this>*"?', "What is this"),
        ("  .hidden. ", "hidden"),
        ("-rf now", "rf now"),
        ("...", "Export"),
        ("?", "Export"),
        ("CON", "CON_"),
        ("con.fession", "con_.fession"),
        ("COM¹", "COM¹_"),
        ("Console", "Console"),
        ("Line\nbreak\x00 and\ttab", "Line break and tab"),
        ("exe.\u202e4pm", "exe.4pm"),
        ("Family 👨\u200d👩\u200d👧", "Family 👨\u200d👩\u200d👧"),
        ("Cafe\u0301", "Café"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
    ],
)
def test_titles_become_safe_names(title: str, expected: str) -> None:
    assert stem_from(title) == expected


@pytest.mark.parametrize(
    "title", ["x" * 300, "é" * 300, "日" * 300, "👨\u200d👩\u200d👧" * 60, "🏳️\u200d🌈" * 60, "word " * 80]
)
def test_long_titles_are_cut_at_characters(title: str) -> None:
    stem = stem_from(title)
    assert MAX_STEM_BYTES - 12 < len(stem.encode()) <= MAX_STEM_BYTES
    assert stem == stem.strip()
    assert not stem.endswith("\u200d")
    assert unicodedata.is_normalized("NFC", stem)


def test_repeated_names_get_numbers() -> None:
    names = ["Talk", "talk", "Talk (2)", "CAFÉ", "cafe\u0301", "Talk"]
    assert unique_stems(names) == ["Talk", "talk (2)", "Talk (2) (2)", "CAFÉ", "cafe\u0301 (2)", "Talk (3)"]


def test_numbers_keep_names_short() -> None:
    stems = unique_stems([stem_from("x" * 300)] * 999)
    assert len({stem.casefold() for stem in stems}) == 999
    assert max(len(f"{stem}.mp4".encode()) for stem in stems) <= MAX_NAME_BYTES


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "00.00"), (83.4, "01.23"), (3599.6, "1.00.00"), (36061, "10.01.01")]
)
def test_times_in_names_have_no_colon(seconds: float, expected: str) -> None:
    assert time_in_name(seconds) == expected


def test_ranges_are_named_after_their_video() -> None:
    assert range_title("Tides", 83.2, 118) == "Tides 01.23–01.58"
