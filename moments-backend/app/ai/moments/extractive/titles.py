"""Titles and quotes of moments and chapters, in the speaker's own words.

A title is the sentence, clause or noun phrase near the start that probably shares most words with the heading
a person would choose: people prefer words of the first sentence and words frequent in the passage. The
weights are round numbers chosen on 4,248 headings of talks, podcasts and meetups; see `docs/quality.md`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping

import numpy as np

from app.ai.moments.extractive.cues import SIGN_OFF, find_cues
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.title_candidates import (
    MAX_CHARACTERS,
    TitleCandidate,
    as_title,
    is_english,
    title_candidates,
)
from app.ai.moments.extractive.vocabulary import WORD, Floats, content_words, is_content_word

QUOTE_WORDS = range(6, 41)
MAX_PHRASE_WORDS = 3

LEADING_SENTENCES = 5
"""Sentences at the start of a passage that titles are taken from."""
LATER_FACTOR = 0.7
"""Factor on the value of a title for each sentence before it."""
HEADING_WORDS = 2.7
"""Mean number of content words in people's headings."""
MOMENT_PHRASE_FACTOR, CHAPTER_PHRASE_FACTOR = 0.45, 1.1
"""Factor on the value of phrases: chapters are named as in a table of contents, moments by sentences."""


def choose_title(features: SentenceFeatures, first: int, last: int) -> str:
    """Return the title of a moment: preferably a sentence or clause of the sentences `first … last`."""
    return _choose(features, first, last, MOMENT_PHRASE_FACTOR, min_content_words=2)


def choose_chapter_title(features: SentenceFeatures, first: int, last: int) -> str:
    """Return the title of a chapter of the sentences `first … last`: preferably a noun phrase."""
    return _choose(features, first, last, CHAPTER_PHRASE_FACTOR, min_content_words=1)


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


def _choose(
    features: SentenceFeatures, first: int, last: int, phrase_factor: float, *, min_content_words: int
) -> str:
    sentences = [sentence.text for sentence in features.sentences[first : last + 1]]
    expected = _expected_words(features, first, last)
    # Phrases are recognised by English word lists.
    with_phrases = is_english(sentences)
    best, best_value = "", 0.0
    for number, text in enumerate(sentences[:LEADING_SENTENCES]):
        for candidate in title_candidates(text, with_phrases=with_phrases):
            if len(content_words(candidate.text)) < min_content_words:
                continue
            factor = phrase_factor if candidate.is_phrase else 1.0
            value = _value(candidate, expected) * factor * LATER_FACTOR**number
            if value > best_value:
                best, best_value = candidate.text, value
    return best or key_phrase(features, first, last) or _truncated(sentences[0])


def _value(candidate: TitleCandidate, expected: Mapping[str, float]) -> float:
    """Return the expected F1 of the candidate's content words beside those of a heading."""
    words = set(content_words(candidate.text))
    shared = sum(expected.get(word, 0.0) for word in words)
    return candidate.weight * 2 * shared / (len(words) + HEADING_WORDS)


def _expected_words(features: SentenceFeatures, first: int, last: int) -> dict[str, float]:
    """Return the probability with which each content word of the first sentences is part of a heading."""
    sentences = features.content[first : last + 1]
    counts = Counter(word for words in sentences for word in words)
    expected: dict[str, float] = {}
    for number, words in enumerate(sentences[:LEADING_SENTENCES]):
        for word in words:
            if word not in expected:
                log_odds = -1.64 + (1.0 if number == 0 else 0.35 / number) + 0.45 * math.log(counts[word])
                log_odds += 0.08 * (len(word) - 6) - 1.6 * features.vocabulary.rarity(word)
                expected[word] = 1 / (1 + math.exp(-log_odds))
    return expected


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


def _truncated(text: str) -> str:
    title = as_title(text) or text.strip()
    if len(title) <= MAX_CHARACTERS:
        return title
    head = title[:MAX_CHARACTERS]
    return head.rpartition(" ")[0].rstrip(" ,;:") + " …" if " " in head else head
