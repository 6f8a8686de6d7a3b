"""Phrases of advertisements, introductions and farewells, from the files in `promotion_phrases/`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

PromotionKind = Literal["advertisement", "introduction", "farewell"]

KINDS: tuple[PromotionKind, ...] = get_args(PromotionKind)
DIRECTORY = Path(__file__).parent / "promotion_phrases"
HEAD = re.compile(rf"\[({'|'.join(KINDS)}) (\d+(?:\.\d+)?)\]")
NAME = re.compile(r"\{([A-Z_]+)\}")
NO_STRAIGHT_APOSTROPHE = str.maketrans("’‘", "''")


@dataclass(frozen=True, slots=True)
class PhraseGroup:
    """Phrases of one kind; `weight` is the evidence of any of them in units of log odds."""

    kind: PromotionKind
    weight: float
    pattern: re.Pattern[str]


def find_evidence(text: str, groups: Sequence[PhraseGroup]) -> list[float]:
    """Return the evidence of a sentence for each of `KINDS`."""
    straight = text.translate(NO_STRAIGHT_APOSTROPHE)
    evidence = dict.fromkeys(KINDS, 0.0)
    for group in groups:
        if group.pattern.search(straight):
            evidence[group.kind] += group.weight
    return list(evidence.values())


def phrase_groups(language: str | None) -> Sequence[PhraseGroup]:
    """Return the phrases of a language code such as `en` or `de-AT`; English for unknown languages.

    Languages without a file have none, apart from the addresses and codes that `any.txt` contains.
    """
    code = (language or "und").lower().partition("-")[0]
    return _groups("en" if code == "und" else code)


@cache
def _groups(code: str) -> tuple[PhraseGroup, ...]:
    files = [DIRECTORY / "any.txt", DIRECTORY / f"{code}.txt"]
    return tuple(group for file in files if file.is_file() for group in read_groups(file))


def read_groups(file: Path) -> list[PhraseGroup]:
    """Read the groups of one file; see the comment in `en.txt` for the format."""
    names: dict[str, str] = {}
    groups: list[tuple[PromotionKind, float, list[str]]] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        head = HEAD.fullmatch(line)
        name, equals, value = line.partition(" = ")
        if head:
            kind = next(kind for kind in KINDS if kind == head[1])
            groups.append((kind, float(head[2]), []))
        elif equals and name.isupper():
            names[name] = value
        elif line and not line.startswith("#"):
            groups[-1][2].append(NAME.sub(lambda match: names[match[1]], line))
    return [PhraseGroup(kind, weight, _compiled(phrases)) for kind, weight, phrases in groups]


def _compiled(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
