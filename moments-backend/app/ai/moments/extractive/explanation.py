"""Human-readable reason for a moment: the features of its score in percent."""

from app.ai.moments.extractive.cues import find_cues
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.titles import key_phrase

MAX_CUES = 3


def explain(features: SentenceFeatures, first: int, last: int, parts: dict[str, float]) -> str:
    """Return the features of the sentences `first … last` with their values, highest first."""
    details = {
        "centrality": f"speaks of {phrase!r}"
        if (phrase := key_phrase(features, first, last).lower())
        else "",
        "cue phrases": _strongest_cues(features, first, last),
    }
    texts = []
    for name, value in sorted(parts.items(), key=lambda part: (-round(part[1], 2), part[0])):
        detail = details.get(name, "")
        texts.append(f"{name} {value:.0%}" + (f" ({detail})" if detail else ""))
    return ", ".join(texts)


def _strongest_cues(features: SentenceFeatures, first: int, last: int) -> str:
    weights: dict[str, float] = {}
    for number in range(first, last + 1):
        if features.cues[number]:
            for weight, phrase in find_cues(features.sentences[number].text).values():
                key = phrase.strip().lower()
                weights[key] = max(weight, weights.get(key, 0.0))
    best = sorted(weights, key=lambda phrase: -weights[phrase])[:MAX_CUES]
    return ", ".join(f"“{phrase}”" for phrase in best)
