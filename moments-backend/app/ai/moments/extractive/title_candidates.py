"""Possible titles of a range of sentences: sentences, their clauses, announced subjects and noun phrases.

Phrases are found with word lists instead of a tagger, so they exist for English only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.ai.moments.extractive.cues import SIGN_OFF, is_dependent_clause, strip_discourse_markers
from app.ai.moments.extractive.vocabulary import STOP_WORDS, WORD, content_words, is_content_word

MAX_CHARACTERS = 80
MAX_PHRASE_WORDS = 6
SENTENCE_WORDS = range(3, 15)
SUBJECT_WORDS = range(1, 9)
MIN_ENGLISH_SHARE = 0.25
"""Smallest share of English stop words in English speech; other languages have far fewer."""
SHORT_STOP_WORDS = "a am an as at be by do he i if in is it no of on or so to up us we"
ENGLISH_WORDS = STOP_WORDS.union(SHORT_STOP_WORDS.split())
"""Words that distinguish English from other languages."""
MIN_SINGLE_LETTERS = 4
ANNOUNCED_WEIGHT = 1.4
OTHER_START_WEIGHT = 0.6
"""Weight of a phrase that follows neither a determiner nor the start of the sentence."""
SINGLE_WEIGHT = 0.85
"""Weight of a phrase of one word, which is rarely specific."""

CLAUSE_END = re.compile(r"(?<![,;:–—])[,;:–—]+\s+")
"""The lookbehind keeps long runs of punctuation from taking quadratic time."""
SPEAKER_LABEL = re.compile(r"^(?:[A-Z][\w.'’-]+ (?:(?:van|von|de|der|da|di|del|la) )*){0,3}[A-Z][\w.'’-]+: ")
VAGUE = re.compile(
    r"^(?:it|its|it's|this|that|that's|they|he|she|these|those|there|which|who|sort of|kind of|some kind)\b",
    re.IGNORECASE,
)
SUBORDINATE = re.compile(
    r"^(?:and|or|but|because|since|once|when|while|whilst|if|as|than|that|which|who|where|though|although|unless|"
    r"until|to|of|with|without|in|on|at|for|from|by|into|about|even|whether|whatever|given|not|either|neither|"
    r"rather|maybe|like|again|such as|long as|let's see|looks?|what about|does somebody|shall i)\b",
    re.IGNORECASE,
)
CUT_OFF = re.compile(
    r"\b(?:(?:because|unlike|when|which|if|while) (?:\S+ )?\S+|and|or|but|the|a|an|of|to|is|was|are|were|"
    r"that|with|for|in|on|at|said|by|from|my|your|our|their|its|this|these|i|we|you|they|he|she|it|because|if|so|"
    r"like|more|very|really|not)$",
    re.IGNORECASE,
)
STUTTER = re.compile(r"\b(\w+)[ ,]+\1\b|\b(?:uh|um|mm|hmm|mm-hmm)\b", re.IGNORECASE)
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

_DETERMINERS = """
the a an this these those our your my their its of about on in with for by any some no called is are between
into using as and or from both more other two three many to what
"""
DETERMINERS = frozenset(_DETERMINERS.split())
"""Words after which a noun phrase usually starts."""
CONNECTORS = frozenset({"of", "for", "in", "and"})
ARTICLES = frozenset({"the", "a", "an"})
_NO_NOUNS = """
add added adds again allow allowed allows already also altogether ask asked asks assume away based been
believe briefly build building builds built call called calls came change changed changes come comes coming
consider cool create created creates currently describe described describing different does doing done
everybody exist exists explain feel feels fixing far getting give given gives goes going good great happen
happened happens has have having hear heard help helped helps hope imagine important include included
includes instead interesting introduce introduced keep keeps kept kind later learn let lets look looked
looking looks love make makes making mean means mention mentioned move moved moves need needed needs nice
notice often paid pay privileged provide provides quite ran read really released remember require required
requires run running saw see sees send sending sends set show shows sign simple simply solve solved solves
somebody soon start started starts suppose take taken takes talk talked talking talks tell tells think today
told took tried tries try trying understand usually use used uses using very want wants went wonder work
worked working works write wrote
"""
NO_NOUNS = frozenset(_NO_NOUNS.split())
"""Frequent verbs, adverbs and adjectives of speech, which noun phrases do not start with or contain."""
_UNSPECIFIC = """
answer answers area areas case cases example examples final idea ideas issue issues level minutes number
numbers order people place point points problem problems question questions reason reasons second seconds
slide slides stage step steps story time times topic topics update version week weeks word words year years
"""
UNSPECIFIC = frozenset(_UNSPECIFIC.split())
"""Nouns that need another word to be a title."""


@dataclass(frozen=True, slots=True)
class TitleCandidate:
    """A possible title; `is_phrase` distinguishes a phrase from a sentence or clause."""

    text: str
    is_phrase: bool
    weight: float = 1.0
    """Factor on its value; below 1 if the text is probably no complete phrase."""


def title_candidates(text: str, *, with_phrases: bool) -> Iterator[TitleCandidate]:
    """Yield the possible titles in one sentence."""
    text = SPEAKER_LABEL.sub("", text)
    if SIGN_OFF.search(text):
        return
    for clause in CLAUSE_END.split(text):
        if with_phrases and (subject := announced_subject(clause)):
            yield TitleCandidate(subject, is_phrase=True, weight=ANNOUNCED_WEIGHT)
        title = as_title(clause.strip("—– ()"))
        if _stands_alone(title):
            yield TitleCandidate(title, is_phrase=False)
    if with_phrases:
        yield from _noun_phrases(text)


def is_english(texts: list[str]) -> bool:
    """Return whether the share of English stop words is that of English speech."""
    words = [match.group().lower() for text in texts for match in WORD.finditer(text)]
    return bool(words) and sum(word in ENGLISH_WORDS for word in words) >= MIN_ENGLISH_SHARE * len(words)


def as_title(text: str) -> str:
    """Capitalise the text without leading discourse markers and without the full stop."""
    title = strip_discourse_markers(text.strip("\"'“”‘’ -–")).rstrip(" .,;:…-–")
    return title[:1].upper() + title[1:]


def announced_subject(clause: str) -> str | None:
    """Return the subject that a clause announces: "Let's talk about fees." yields "Fees"."""
    match = ANNOUNCEMENT.search(clause)
    if match is None:
        return None
    subject = as_title(clause[match.end() :]).rstrip("?!")
    fits = len(subject.split()) in SUBJECT_WORDS and len(subject) <= MAX_CHARACTERS
    return subject if fits and content_words(subject) and not EMPTY_SUBJECT.match(subject) else None


def _stands_alone(title: str) -> bool:
    """Return whether a sentence or clause can be understood without what surrounds it."""
    return (
        len(title) <= MAX_CHARACTERS
        and len(title.split()) in SENTENCE_WORDS
        and len(set(content_words(title))) > 1
        and not is_dependent_clause(title)
        and not VAGUE.match(title)
        and not SUBORDINATE.match(title)
        and not CUT_OFF.search(title)
        and not STUTTER.search(title)
        and title[-1].isalnum() | (title[-1] in "?!%)")
        and _is_balanced(title)
    )


def _is_balanced(title: str) -> bool:
    """Return whether brackets and quotation marks are closed."""
    return (
        title.count("(") == title.count(")")
        and title.count("[") == title.count("]")
        and title.count("“") == title.count("”")
        and title.count('"') % 2 == 0
    )


def _noun_phrases(text: str) -> Iterator[TitleCandidate]:
    """Yield the longest runs of words that look like nouns, joined by words such as "of"."""
    words = list(WORD.finditer(text))
    first = 0
    while first < len(words):
        if not _is_noun(words[first].group()):
            first += 1
            continue
        last = _end_of_phrase(text, words, first)
        phrase = text[words[first].start() : words[last].end()]
        count = len(content_words(phrase))
        before = words[first - 1].group().lower() if first else ""
        is_specific = count > 1 or (len(phrase) > MIN_SINGLE_LETTERS and phrase.lower() not in UNSPECIFIC)
        if last - first < MAX_PHRASE_WORDS and is_specific:
            starts_phrase = not first or before in DETERMINERS
            weight = (1.0 if starts_phrase else OTHER_START_WEIGHT) * (1.0 if count > 1 else SINGLE_WEIGHT)
            yield TitleCandidate(as_title(phrase), is_phrase=True, weight=weight)
        first = last + 1


def _end_of_phrase(text: str, words: list[re.Match[str]], first: int) -> int:
    """Return the number of the phrase's last word."""
    last = first
    while last + 1 < len(words):
        following = last + 1
        if words[following].group().lower() in CONNECTORS:
            following += 1
            if following < len(words) and words[following].group().lower() in ARTICLES:
                following += 1
        if following >= len(words) or not _is_noun(words[following].group()):
            break
        if not all(_is_adjacent(text, words, number) for number in range(last, following)):
            break
        last = following
    return last


def _is_adjacent(text: str, words: list[re.Match[str]], number: int) -> bool:
    """Return whether only spaces or hyphens separate a word from the next one."""
    return not text[words[number].end() : words[number + 1].start()].strip(" -")


def _is_noun(word: str) -> bool:
    lower = word.lower().replace("’", "'")
    return (
        is_content_word(lower)
        and lower not in NO_NOUNS
        and not lower.endswith("ly")
        and "'" not in lower[:-2]
    )
