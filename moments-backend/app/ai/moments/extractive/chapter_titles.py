"""Titles of chapters, taken from the speaker's own words.

A title is a short sentence or clause that can be understood alone, is typical of its topic rather than of the
whole talk, and preferably comes early. Where the speaker announces the subject ("let's talk about fees"), the
title is the announced subject.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.ai.moments.extractive.cues import SIGN_OFF, is_dependent_clause
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.titles import CLAUSE_END, SUBORDINATE, VAGUE, as_title, choose_title
from app.ai.moments.extractive.vocabulary import Floats, content_words

MAX_CHARACTERS = 70
SENTENCE_WORDS = range(3, 13)
SUBJECT_WORDS = range(1, 9)
MIN_CONTENT_WORDS = 2
ANNOUNCEMENT = re.compile(
    r"\b(?:(?:talk|talking|speak|speaking|hear|hearing|learn|discuss) (?:\w+ ){0,2}about"
    r"|(?:move|moving|turn|turning|go|going|get) (?:\w+ )?(?:on|over|back) to(?= (?:the|an?|our|your|some) )"
    r"|(?:questions?|overview|history|introduction|definition) (?:on|about|of|to)"
    r"|(?:start|begin)(?:ing)? (?:off )?with|discuss|introduce you to"
    r"|(?:first|second|third|next|last|final) (?:question|topic|part|item|point|section) (?:is|are))\s+",
    re.IGNORECASE,
)
EMPTY_SUBJECT = re.compile(
    r"^(?:it|this|that|them|these|those|him|her|his|you|me|us|my|your|i|we|they|which|what|how|why|because|if|"
    r"whether|like|all of|be|do|have|one|some of|something|anything|everything|things?|"
    r"a (?:few|couple|lot|bit))\b",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"^(?:i|i'm|i've|i'll|i'd|we|we're|we've|we'll|we'd|you|you're|you've|you'll|let me|they|he|she)\b",
    re.IGNORECASE,
)
DEPENDENT_TITLE = re.compile(
    r"^(?:even|whil(?:e|st)|whether|whatever|whichever|given|not|either|neither|about|as|than|rather|maybe|"
    r"long as|another one|again|let's see|looks?|does this|did we|shall i|what about)\b"
    r"|\b(?:and|or|but|the|a|an|of|to|is|was|are|that|with|for|in|on|at|said|by|from)$",
    re.IGNORECASE,
)
STUTTER = re.compile(r"\b(\w+)[ ,]+\1\b|\b(?:uh|um|mm|hmm|mm-hmm)\b", re.IGNORECASE)

TYPICAL_WEIGHT, SALIENCE_WEIGHT, EARLY_WEIGHT = 0.45, 0.45, 0.2
SUBJECT_BONUS, QUESTION_BONUS = 0.25, 0.1
PERSON_COST, CLAUSE_COST, STUTTER_COST = 0.15, 0.1, 0.4
EARLY_SHARE = 0.5
"""Part of a topic in which the bonus for early sentences falls to 0."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    score: float


def choose_chapter_title(features: SentenceFeatures, first: int, last: int) -> str:
    """Return a title for the topic of the sentences `first … last`."""
    typical = _typicality(features, first, last)
    salience = _salience(features, first, last)
    best: _Candidate | None = None
    for number in range(first, last + 1):
        position = (number - first) / max(1.0, EARLY_SHARE * (last + 1 - first))
        early = max(0.0, 1.0 - position)
        score = TYPICAL_WEIGHT * float(typical[number - first]) + EARLY_WEIGHT * early
        for candidate in _candidates(features.sentences[number].text, score, early, salience):
            if best is None or candidate.score > best.score:
                best = candidate
    return choose_title(features, first, last) if best is None else best.text


def _typicality(features: SentenceFeatures, first: int, last: int) -> Floats:
    """Return how typical each sentence is of its topic as opposed to the whole talk, -1 to 1."""
    weights = np.sqrt(features.word_counts)
    mean = np.average(features.vectors, axis=0, weights=weights)
    vectors = features.vectors[first : last + 1] - mean
    centre = np.average(vectors, axis=0, weights=weights[first : last + 1])
    norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(centre)
    typical: Floats = (vectors @ centre / np.maximum(norms, 1e-9)).astype(np.float64)
    return typical


def _salience(features: SentenceFeatures, first: int, last: int) -> Mapping[str, float]:
    """Return the weight of each content word in the topic, 0 to 1: frequent in it and rare elsewhere."""
    counts = Counter(word for words in features.content[first : last + 1] for word in set(words))
    weights = {word: count * features.vocabulary.rarity(word) for word, count in counts.items()}
    largest = max(weights.values(), default=0.0)
    return {word: weight / largest for word, weight in weights.items()} if largest > 0 else {}


def _candidates(text: str, score: float, early: float, salience: Mapping[str, float]) -> Iterator[_Candidate]:
    """Yield the sentence, its clauses and its announced subject, as far as they can be titles.

    Args:
        score: that of the sentence by its content and place.
        early: 1 for the first sentence of the topic, 0 from its middle on.
        salience: weights of the topic's content words.
    """
    if SIGN_OFF.search(text) or STUTTER.search(text):
        score -= STUTTER_COST
    for number, clause in enumerate(CLAUSE_END.split(text)):
        if subject := _announced(clause):
            yield _Candidate(subject, score + SUBJECT_BONUS * early + _weight(subject, salience))
        title = as_title(clause.strip("—– "))
        is_whole = clause == text
        if len(title.split()) not in SENTENCE_WORDS or not _stands_alone(title):
            continue
        if not is_whole and SUBORDINATE.match(clause):
            continue
        cost = (0.0 if is_whole else CLAUSE_COST) + (PERSON_COST if PERSON.match(title) else 0.0)
        bonus = QUESTION_BONUS if title.endswith("?") and number == 0 else 0.0
        yield _Candidate(title, score + bonus - cost + _weight(title, salience))


def _weight(title: str, salience: Mapping[str, float]) -> float:
    """Return the score of a title's two most salient words."""
    weights = sorted((salience.get(word, 0.0) for word in set(content_words(title))), reverse=True)[:2]
    return SALIENCE_WEIGHT * sum(weights) / 2


def _announced(clause: str) -> str | None:
    """Return the subject that a clause announces: "Let's talk about fees." yields "Fees"."""
    match = ANNOUNCEMENT.search(clause)
    if match is None:
        return None
    subject = as_title(clause[match.end() :]).rstrip("?!")
    fits = len(subject.split()) in SUBJECT_WORDS and len(subject) <= MAX_CHARACTERS
    return subject if fits and content_words(subject) and not EMPTY_SUBJECT.match(subject) else None


def _stands_alone(title: str) -> bool:
    return (
        len(title) <= MAX_CHARACTERS
        and len(set(content_words(title))) >= MIN_CONTENT_WORDS
        and not is_dependent_clause(title)
        and not VAGUE.match(title)
        and not DEPENDENT_TITLE.search(title)
        and title[-1].isalnum() | (title[-1] in "?!%)")
    )
