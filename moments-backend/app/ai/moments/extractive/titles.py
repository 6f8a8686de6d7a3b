"""What a moment is called, and the line that stands for it: both in the speaker's own words."""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from app.ai.moments.extractive.cues import SIGN_OFF, cues_in, strip_discourse_markers
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.vocabulary import WORD, Floats, is_content

MAX_TITLE = 80
"""Characters."""
TITLE_WORDS = range(4, 13)
QUOTE_WORDS = range(6, 41)
LONGEST_PHRASE = 3
"""Words."""
GOOD_ENOUGH = 0.45
"""A sentence that says less than this of its stretch is no title for it."""
CLAUSE_END = re.compile(r"[,;:–—]+\s+")
SUBORDINATE = re.compile(
    r"^(?:and|or|but|because|since|when|while|if|as|than|that|which|who|where|though|although"
    r"|to|of|with|in|on|at|for|from|by|into)\b",
    re.IGNORECASE,
)
VAGUE = re.compile(r"^(?:it|this|that|they|he|she|these|those|there|which|who)\b", re.IGNORECASE)


def title_of(talk: SentenceFeatures, first: int, last: int) -> str:
    """A short, strong sentence of the lines `first … last`, or part of one; else what they speak of most."""
    lines = talk.lines[first : last + 1]
    strengths = [float(strength) for strength in strengths_of(talk, first, last)]
    sentences = [(strength, line.text) for strength, line in zip(strengths, lines, strict=True)]
    clauses = [
        (strength, clause)
        for strength, line in zip(strengths, lines, strict=True)
        for clause in CLAUSE_END.split(line.text)
        if not SUBORDINATE.match(clause)
    ]
    return (
        _strongest(sentences, GOOD_ENOUGH)
        or _strongest(clauses, 0.0)
        or key_phrase(talk, first, last)
        or _shortened(lines[0].text)
    )


def _strongest(texts: Sequence[tuple[float, str]], at_least: float) -> str:
    """The title with the greatest strength above `at_least`; empty when none is of a title's length."""
    best, best_strength = "", at_least
    for strength, text in texts:
        title = _as_title(text)
        if len(title.split()) not in TITLE_WORDS or len(title) > MAX_TITLE:
            continue
        value = strength - (0.25 if VAGUE.match(title) else 0.0)
        if value > best_strength:
            best, best_strength = title, value
    return best


def quote_of(talk: SentenceFeatures, first: int, last: int) -> str:
    """The strongest line of a length that can be quoted; else the strongest of all."""
    strengths = strengths_of(talk, first, last)
    quotable = np.array([talk.word_counts[line] in QUOTE_WORDS for line in range(first, last + 1)])
    return talk.lines[first + int(np.argmax(strengths + quotable))].text


def strengths_of(talk: SentenceFeatures, first: int, last: int) -> Floats:
    """How well each of the lines stands for all of them: between 0 and 1."""
    vectors = talk.vectors[first : last + 1]
    middle = talk.vector_sums[last + 1] - talk.vector_sums[first]
    central = np.clip(vectors @ middle / max(1e-9, float(np.linalg.norm(middle))), 0, 1)
    words = talk.word_counts[first : last + 1]
    dense = np.clip(talk.content_weights[first : last + 1] / words / talk.density_p90, 0, 1)
    cues = np.array(
        [max((w for w, _ in cues_in(talk.lines[n].text).values()), default=0.0) for n in _range(first, last)]
    )
    said = np.array([0.3 if SIGN_OFF.search(talk.lines[n].text) else 1.0 for n in _range(first, last)])
    strengths: Floats = said * (0.5 * central + 0.3 * dense + 0.2 * cues)
    return strengths


def key_phrase(talk: SentenceFeatures, first: int, last: int) -> str:
    """The words that these lines repeat, and others do not: RAKE's degrees, weighted by rarity."""
    counts: dict[str, float] = defaultdict(float)
    shown: dict[str, str] = {}
    for line in talk.lines[first : last + 1]:
        for phrase in _phrases(line.text):
            key = phrase.lower()
            rare = sum(talk.vocabulary.rarity(word) for word in key.split()) + 0.5
            counts[key] += rare
            shown.setdefault(key, phrase)
    if not counts:
        return ""
    best = max(counts, key=lambda key: (round(counts[key], 9), key))
    return _shortened(shown[best][0].upper() + shown[best][1:])


def _phrases(text: str) -> list[str]:
    """Runs of up to three content words, and each word of them."""
    runs: list[list[str]] = [[]]
    end = 0
    for match in WORD.finditer(text):
        if text[end : match.start()].strip():
            runs.append([])  # over a comma goes no phrase
        if is_content(match.group().lower()):
            runs[-1].append(match.group())
        else:
            runs.append([])
        end = match.end()
    return [
        " ".join(run[low:high])
        for run in runs
        for low in range(len(run))
        for high in range(low + 1, min(len(run), low + LONGEST_PHRASE) + 1)
    ]


def _as_title(text: str) -> str:
    """Without the words that lead in, and without the full stop."""
    bare = strip_discourse_markers(text.strip("\"'“”‘’ -–")).rstrip(" .,;:…-–")
    return bare[:1].upper() + bare[1:]


def _shortened(text: str) -> str:
    bare = _as_title(text) or text.strip()
    if len(bare) <= MAX_TITLE:
        return bare
    return (
        bare[:MAX_TITLE].rpartition(" ")[0].rstrip(" ,;:") + " …"
        if " " in bare[:MAX_TITLE]
        else bare[:MAX_TITLE]
    )


def _range(first: int, last: int) -> range:
    return range(first, last + 1)
