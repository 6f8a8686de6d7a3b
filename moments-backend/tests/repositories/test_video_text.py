"""The SQL functions of the list agree with Python: folded text, and sort keys of titles."""

import unicodedata

import pytest

from app.core.config import Settings
from app.services.library.titles import title_from
from app.services.search.folding import fold_characters
from tests.fixtures.library import Library

TEXTS = [
    "Plain TEXT, 50 % - it's",
    "Übung für Größe",
    unicodedata.normalize("NFD", "Übung für Größe"),
    "naïve façade — it’s ‘quoted’",
    "ØRSTED æther œuvre þing łódź đak",
    "ΣΊΣΥΦΟΣ ς",
    "Ёлка и Йога",
    "שָׁלוֹם عَرَبِيّ",
    "漢字 かな ﬁne ① 한글",
    "İstanbul ISPARTA ı",
    "😀 \u200b\ufeff\u00ad",
    "\x01\x1f\x7f",
    "",
]
IDENTIFIERS = [
    "bill-gates_2",
    "IMG_0002",
    "youtube-dQw4w9WgXcQ",
    "it's-a_test",
    "straße-ß",
    "ǆ-ŉ-ﬁ",
    "2023__IMG_0001",
    "-_-",
    "Été-élan",
    "😀",
]
NATURAL = [
    "",
    "1",
    "02",
    "3 apples",
    "10 apples",
    "20231231235959",
    "99999999999999999999",
    "Clip",
    "clip 1",
    "Clip 2",
    "clip-3",
    "Clip 10",
    "CLIP_11",
    "Clip 100",
    "Éclair",
    "eclair 2",
    "v1.2",
    "v1.10",
    "Zebra",
    "Öl",
]
"""In natural order, except for the last."""


@pytest.fixture
def empty(settings: Settings) -> Library:
    return Library(settings)


def test_text_is_folded_as_in_python(empty: Library) -> None:
    with empty.connection() as connection:
        found = connection.execute(
            "SELECT text_fold(t) FROM unnest(%s::text[]) WITH ORDINALITY AS list (t, n) ORDER BY n", [TEXTS]
        ).fetchall()
    assert [text for (text,) in found] == [fold_characters(text) for text in TEXTS]


def test_made_titles_sort_like_their_identifiers(empty: Library) -> None:
    with empty.connection() as connection:
        for identifier in IDENTIFIERS:
            keys = connection.execute(
                "SELECT natural_key(%s), natural_key(%s)", [identifier, title_from(identifier)]
            ).fetchone()
            assert keys is not None
            assert keys[0] == keys[1], identifier


@pytest.mark.parametrize(
    ("identifier", "title"),
    [
        ("bill-gates_2", "Bill Gates 2"),
        ("IMG_0002", "IMG 0002"),
        ("img_0002", "Img 0002"),
        ("youtube-dQw4w9WgXcQ", "Youtube dQw4w9WgXcQ"),
        ("it's", "It's"),
        ("iPhone-b2b", "iPhone b2b"),
        ("élan", "Élan"),
        ("a--b", "A  B"),
        ("", ""),
    ],
)
def test_title_of_an_identifier(identifier: str, title: str) -> None:
    assert title_from(identifier) == title


def test_numbers_sort_by_value(empty: Library) -> None:
    with empty.connection() as connection:
        found = connection.execute(
            'SELECT t FROM unnest(%s::text[]) AS t ORDER BY natural_key(t) COLLATE "C", t', [NATURAL[::-1]]
        ).fetchall()
    *expected, oil = NATURAL
    expected.insert(expected.index("v1.2"), oil)
    assert [text for (text,) in found] == expected


def test_longest_titles_fit_into_the_index(empty: Library) -> None:
    for number, title in enumerate(("1 " * 250, "😀" * 500, "漢" * 500, "9" * 500, "é" * 500)):
        empty.execute(
            "INSERT INTO videos (identifier, cloud_url, title) VALUES (%s, 'gs://b/v', %s)",
            f"v{number}",
            title,
        )
    assert len(empty.rows()) == 5
