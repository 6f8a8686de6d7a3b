"""The reason for a moment in one sentence, and the figures behind it."""

import re
from collections.abc import Mapping

import numpy as np

from app.ai.moments.extractive.candidates import WINDOW_FEATURES, Candidates
from app.ai.moments.extractive.cues import find_cues
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.sentence_scores import SentenceScores
from app.ai.moments.extractive.word_lists import tokens, word_lists

CUE_LEADS = {
    "importance": "Makes a main point",
    "conclusion": "Draws a conclusion",
    "advice": "Gives advice",
    "surprise": "Reports a surprise",
    "story": "Recounts an experience",
    "explanation": "Gives an example",
    "contrast": "Draws a contrast",
}
"""Leading clause by kind of cue phrase, most specific first."""
CUE_KINDS_OF_WEIGHT = 0.5
"""Cues below this weight are too common to characterise a moment."""
NOTABLE = 0.4
"""Standard deviations above the talk's mean from which a feature is mentioned."""
MIN_FIGURES = 2
DETAILS = {
    "emotion": "strong feelings",
    "negation": "clear disagreement",
    "density": "many details",
}
REMARKS = {
    "addresses_listener": "speaks to the listener",
    "novelty": "new to the talk",
    "turn_length": "a long contribution",
    "sentence_length": "in full sentences",
}
MAX_DETAILS, MAX_REMARKS = 2, 2
FIGURE = re.compile(r"\d")


def figures(
    features: SentenceFeatures, scores: SentenceScores, candidates: Candidates, index: int
) -> dict[str, float]:
    """Return the features behind the value of a candidate, each averaged over its words."""
    first, last = int(candidates.firsts[index]), int(candidates.lasts[index])
    words = features.word_counts[first : last + 1]
    means = np.average(scores.values[:, first : last + 1], axis=1, weights=words)
    values = dict(zip(scores.names, means.tolist(), strict=True))
    values |= dict(zip(WINDOW_FEATURES, candidates.parts[index].tolist(), strict=True))
    return {name: round(value, 2) + 0.0 for name, value in values.items()}  # + 0.0 turns -0.0 into 0.0


def explain(
    features: SentenceFeatures, first: int, last: int, parts: Mapping[str, float], language: str | None = None
) -> str:
    """Return why the sentences `first … last` were chosen, as one sentence."""
    lead = _lead(features, first, last, parts)
    details = [text for name, text in DETAILS.items() if parts.get(name, 0.0) >= NOTABLE]
    if _count_figures(features, first, last, language) >= MIN_FIGURES:
        details.insert(0, "concrete figures")
    remarks = [
        text
        for name, text in sorted(REMARKS.items(), key=lambda item: -parts.get(item[0], 0.0))
        if parts.get(name, 0.0) >= NOTABLE
    ]
    text = lead
    if details:
        text += ", with " + " and ".join(details[:MAX_DETAILS])
    if remarks:
        text += "; " + ", ".join(remarks[:MAX_REMARKS])
    return text + "."


def _lead(features: SentenceFeatures, first: int, last: int, parts: Mapping[str, float]) -> str:
    if parts.get("answers_question", 0.0) > 0:
        return "Answers a question"
    kinds: set[str] = set()
    for number in range(first, last + 1):
        if features.cues[number]:
            found = find_cues(features.sentences[number].text)
            kinds |= {kind for kind, (weight, _) in found.items() if weight >= CUE_KINDS_OF_WEIGHT}
    for kind, lead in CUE_LEADS.items():
        if kind in kinds:
            return lead
    return "A complete passage"


def _count_figures(features: SentenceFeatures, first: int, last: int, language: str | None) -> int:
    numbers = word_lists(language).numbers
    return sum(
        token in numbers or bool(FIGURE.match(token))
        for sentence in features.sentences[first : last + 1]
        for token in tokens(sentence.text)
    )
