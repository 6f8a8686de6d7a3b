"""Names and terms that the recogniser should prefer."""

import unicodedata
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.models.text import ensure_line

MAX_TERMS = 100
"""Engines use only the first terms: Whisper those that fit in 100 tokens of its prompt."""
MAX_TERM_LENGTH = 100
"""Characters of a term; equals the length of the column."""


def _term(text: str) -> str:
    term = unicodedata.normalize("NFC", " ".join(ensure_line(text.strip()).split()))
    if len(term) > MAX_TERM_LENGTH:
        raise ValueError(f"must have at most {MAX_TERM_LENGTH} characters")
    return term


def merge_terms(terms: Iterable[str]) -> list[str]:
    """Return the terms without empty ones and without repetitions; case does not distinguish terms."""
    merged: dict[str, str] = {}
    for term in terms:
        if term:
            merged.setdefault(term.casefold(), term)
    return list(merged.values())


Term = Annotated[str, AfterValidator(_term)]
Terms = Annotated[list[Term], Field(max_length=MAX_TERMS), AfterValidator(merge_terms)]


class VocabularyUpdate(BaseModel):
    """The new terms of the library."""

    model_config = ConfigDict(extra="forbid")

    terms: Terms = Field(description="Names and terms of at most 100 characters. They replace all others.")


class Vocabulary(BaseModel):
    """Names and terms that the recogniser should prefer, for all videos of the library."""

    terms: list[str] = Field(description="Terms of the library, sorted.")
    settings_terms: list[str] = Field(description="Terms of the setting VOCABULARY, which are used as well.")
