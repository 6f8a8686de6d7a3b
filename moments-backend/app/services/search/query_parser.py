"""Splits a query into words, exact phrases and exclusions; PostgreSQL never parses the user's query."""

import re
from dataclasses import dataclass

from app.core.exceptions import InvalidRequestError
from app.services.search.folding import fold

MAX_CHARACTERS = 1000
MAX_PARTS = 40
"""Words, phrases and exclusions of one query; later ones are ignored."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_PART = re.compile(r'(?P<minus>(?<!\S)[-−])?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_NEGATION = re.compile(
    r"(do|does|did|is|are|was|were|have|has|had|could|should|would|ca|wo|ai|must|need)nt", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. Each item folds to at least one word (see `folding`), several of them to a phrase."""

    text: str
    """The query as the user wrote it, without spaces at the ends."""
    words: tuple[str, ...] = ()
    """Match with any ending that the stemmer of a language removes."""
    phrases: tuple[str, ...] = ()
    """Match exactly, apart from folding."""
    excluded: tuple[str, ...] = ()
    """Words and phrases that a hit must not contain; match as the above do."""
    excluded_phrases: tuple[str, ...] = ()
    is_cut: bool = False
    """The query has more than `MAX_PARTS` parts."""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is searched for: only punctuation, or only exclusions."""
        return not (self.words or self.phrases)


def parse_query(text: str) -> Query:
    """Parse a query.

    Raises:
        InvalidRequestError: longer than `MAX_CHARACTERS`, or contains a NUL character.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidRequestError(
            f"the query has {len(text)} characters; at most {MAX_CHARACTERS} are allowed",
            remedy="search for fewer words",
        )
    if "\x00" in text:
        raise InvalidRequestError("the query contains a NUL character", remedy="remove it")
    parts: dict[str, list[str]] = {"words": [], "phrases": [], "excluded": [], "excluded_phrases": []}
    count = 0
    for match in _PART.finditer(text.translate(_QUOTES)):
        phrase, word = match["phrase"], match["word"]
        content = _contraction(word) if phrase is None else phrase
        if not fold(content):
            continue
        count += 1
        kind = "phrases" if word is None else "words"
        if match["minus"]:
            kind = "excluded_phrases" if word is None else "excluded"
        if count <= MAX_PARTS and content not in parts[kind]:
            parts[kind].append(content)
    named = {kind: tuple(found) for kind, found in parts.items()}
    return Query(text.strip(), **named, is_cut=count > MAX_PARTS)


def _contraction(word: str) -> str:
    """Return `don't` for `dont`, and other words unchanged."""
    match = _NEGATION.fullmatch(word.lower())
    return word if match is None else f"{match[1]}n't"
