"""Title and quote of a moment, taken from the speaker's own words."""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from app.ai.moments.extractive.cues import SIGN_OFF, find_cues, strip_discourse_markers
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.vocabulary import WORD, Floats, is_content_word

MAX_TITLE_CHARACTERS = 80
TITLE_WORDS = range(4, 13)
QUOTE_WORDS = range(6, 41)
MAX_PHRASE_WORDS = 3
MIN_SENTENCE_STRENGTH = 0.45
"""Lowest strength of a whole sentence as a title."""
CLAUSE_END = re.compile(r"[,;:–—]+\s+")
SUBORDINATE = re.compile(
    r"^(?:and|or|but|because|since|when|while|if|as|than|that|which|who|where|though|although"
    r"|to|of|with|in|on|at|for|from|by|into)\b",
    re.IGNORECASE,
)
VAGUE = re.compile(r"^(?:it|this|that|they|he|she|these|those|there|which|who)\b", re.IGNORECASE)


def choose_title(features: SentenceFeatures, first: int, last: int) -> str:
    """Return a short, strong sentence or clause of the sentences `first … last`, or their key phrase."""
    sentences = features.sentences[first : last + 1]
    strengths = [float(strength) for strength in sentence_strengths(features, first, last)]
    texts = [(strength, sentence.text) for strength, sentence in zip(strengths, sentences, strict=True)]
    clauses = [
        (strength, clause)
        for strength, text in texts
        for clause in CLAUSE_END.split(text)
        if not SUBORDINATE.match(clause)
    ]
    return (
        _strongest(texts, MIN_SENTENCE_STRENGTH)
        or _strongest(clauses, 0.0)
        or key_phrase(features, first, last)
        or _truncated(sentences[0].text)
    )


def _strongest(texts: Sequence[tuple[float, str]], at_least: float) -> str:
    """Return the strongest title above `at_least`, or an empty string if no text has a title's length."""
    best, best_strength = "", at_least
    for strength, text in texts:
        title = as_title(text)
        if len(title.split()) not in TITLE_WORDS or len(title) > MAX_TITLE_CHARACTERS:
            continue
        value = strength - (0.25 if VAGUE.match(title) else 0.0)
        if value > best_strength:
            best, best_strength = title, value
    return best


def choose_quote(features: SentenceFeatures, first: int, last: int) -> str:
    """Return the strongest sentence, preferring those of a quotable length."""
    strengths = sentence_strengths(features, first, last)
    quotable = np.array([features.word_counts[n] in QUOTE_WORDS for n in range(first, last + 1)])
    return features.sentences[first + int(np.argmax(strengths + quotable))].text


def sentence_strengths(features: SentenceFeatures, first: int, last: int) -> Floats:
    """Return how well each of the sentences `first … last` represents all of them, 0 to 1."""
    vectors = features.vectors[first : last + 1]
    centre = features.vector_sums[last + 1] - features.vector_sums[first]
    central = np.clip(vectors @ centre / max(1e-9, float(np.linalg.norm(centre))), 0, 1)
    words = features.word_counts[first : last + 1]
    dense = np.clip(features.content_weights[first : last + 1] / words / features.density_p90, 0, 1)
    texts = [sentence.text for sentence in features.sentences[first : last + 1]]
    cues = np.array([max((weight for weight, _ in find_cues(t).values()), default=0.0) for t in texts])
    factor = np.array([0.3 if SIGN_OFF.search(text) else 1.0 for text in texts])
    strengths: Floats = factor * (0.5 * central + 0.3 * dense + 0.2 * cues)
    return strengths


def key_phrase(features: SentenceFeatures, first: int, last: int) -> str:
    """Return the phrase that these sentences repeat most, weighted by rarity in the transcript.

    The candidates are runs of content words as in RAKE (Rose et al., 2010).
    """
    weights: dict[str, float] = defaultdict(float)
    originals: dict[str, str] = {}
    for sentence in features.sentences[first : last + 1]:
        for phrase in _phrases(sentence.text):
            key = phrase.lower()
            weights[key] += sum(features.vocabulary.rarity(word) for word in key.split()) + 0.5
            originals.setdefault(key, phrase)
    if not weights:
        return ""
    best = max(weights, key=lambda key: (round(weights[key], 9), key))
    return _truncated(originals[best][0].upper() + originals[best][1:])


def _phrases(text: str) -> list[str]:
    """Return all phrases of up to `MAX_PHRASE_WORDS` consecutive content words."""
    runs: list[list[str]] = [[]]
    end = 0
    for match in WORD.finditer(text):
        if text[end : match.start()].strip():
            runs.append([])  # punctuation ends a phrase
        if is_content_word(match.group().lower()):
            runs[-1].append(match.group())
        else:
            runs.append([])
        end = match.end()
    return [
        " ".join(run[low:high])
        for run in runs
        for low in range(len(run))
        for high in range(low + 1, min(len(run), low + MAX_PHRASE_WORDS) + 1)
    ]


def as_title(text: str) -> str:
    """Capitalize the text without leading discourse markers and without the full stop."""
    title = strip_discourse_markers(text.strip("\"'“”‘’ -–")).rstrip(" .,;:…-–")
    return title[:1].upper() + title[1:]


def _truncated(text: str) -> str:
    title = as_title(text) or text.strip()
    if len(title) <= MAX_TITLE_CHARACTERS:
        return title
    head = title[:MAX_TITLE_CHARACTERS]
    return head.rpartition(" ")[0].rstrip(" ,;:") + " …" if " " in head else head
