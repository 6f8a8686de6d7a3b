"""Folding in Python and in the database agree, and keep the positions of words."""

import unicodedata

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.search.folding import fold, fold_words

BLOCKS = (range(1, 0xD800), range(0xE000, 0x10000), range(0x1F000, 0x1FB00), range(0x20000, 0x20100))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Crème BRÛLÉE", "creme brulee"),
        (unicodedata.normalize("NFD", "Crème brûlée"), "creme brulee"),
        ("Straße, Łódź & Ærø", "strasse lodz aero"),
        ("mother-in-law's", "mother in law s"),
        ("“don’t” l’été", "don t l ete"),
        ("$3,000 at 2.5%", "3000 at 2 5"),
        ("1,234,567 or 12,34", "1234567 or 12 34"),
        ("Всё тёплый Русский", "все теплый русский"),
        (unicodedata.normalize("NFD", "Русский"), "русский"),
        ("月球です", "月 球 で す"),
        ("달은", "달 은"),
        ("السَّلام", "السلام"),
        ("ﬁne ½ Ｗide", "fine 1 2 wide"),
        ("co\u00adoperate zero\u200bwidth", "cooperate zerowidth"),
        ("🚀 !?", ""),
    ],
)
async def test_text_folds_alike_in_both_languages(written: str, folded: str, session: AsyncSession) -> None:
    assert fold(written) == folded
    stored = await session.scalar(text("SELECT search_fold(:value)"), {"value": written})
    assert " ".join(str(stored).split()) == folded


async def test_every_character_folds_alike(session: AsyncSession) -> None:
    """Compared in context, with neighbours that a character may join or separate."""
    texts = [f"a{chr(code)}b" for block in BLOCKS for code in block]
    statement = text("SELECT search_fold(value) FROM unnest(cast(:texts AS text[])) AS value")
    stored = [" ".join(value.split()) for value in await session.scalars(statement, {"texts": texts})]
    expected = [fold(written) for written in texts]
    # Python and the database may support different versions of Unicode.
    different = [
        written
        for written, one, other in zip(texts, stored, expected, strict=True)
        if one != other and unicodedata.category(written[1]) != "Cn"
    ]
    assert len(different) < 20, different


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("It cost $3,000.", [("it", "It"), ("cost", "cost"), ("3000", "3,000")]),
        ("Mo\u0308tley Crüe", [("motley", "Mo\u0308tley"), ("crue", "Crüe")]),
        ("月球x", [("月", "月"), ("球", "球"), ("x", "x")]),
        ("ﬁne ½", [("fine", "ﬁne"), ("1", "½"), ("2", "½")]),
        ("𝐁old 🚀 text", [("bold", "𝐁old"), ("text", "text")]),
        ("a\u200db", [("ab", "a\u200db")]),
        ("x", [("x", "x")]),
        ("", []),
    ],
)
def test_words_keep_their_positions(written: str, words: list[tuple[str, str]]) -> None:
    found = fold_words(written)
    assert [(word.word, written[word.start : word.end]) for word in found] == words
