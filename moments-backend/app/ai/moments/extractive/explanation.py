"""Why a moment was picked, for people: every part of its score by name."""

from app.ai.moments.extractive.cues import cues_in
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.titles import key_phrase

CUES_TOLD = 3


def reason_for(talk: SentenceFeatures, first: int, last: int, parts: dict[str, float]) -> str:
    """Strongest part first; each with its share of what it can be, in percent."""
    details = {
        "centrality": f"speaks of {phrase!r}" if (phrase := key_phrase(talk, first, last).lower()) else "",
        "cue phrases": _cues(talk, first, last),
    }
    told = []
    for name, value in sorted(parts.items(), key=lambda part: (-round(part[1], 2), part[0])):
        detail = details.get(name, "")
        told.append(f"{name} {value:.0%}" + (f" ({detail})" if detail else ""))
    return ", ".join(told)


def _cues(talk: SentenceFeatures, first: int, last: int) -> str:
    weighed: dict[str, float] = {}
    for line in range(first, last + 1):
        if talk.cues[line]:
            for weight, words in cues_in(talk.lines[line].text).values():
                weighed[words.strip().lower()] = max(weight, weighed.get(words.strip().lower(), 0.0))
    best = sorted(weighed, key=lambda words: -weighed[words])[:CUES_TOLD]
    return ", ".join(f"“{words}”" for words in best)
