"""ROUGE-1 of titles beside people's headings (Lin, "ROUGE", 2004), on content words."""

from collections import Counter

from app.ai.moments.extractive.vocabulary import content_words


def rouge_1(title: str, heading: str) -> float | None:
    """Return F1 of the content words that both share; None if the heading has no content word."""
    found, wanted = content_words(title), content_words(heading)
    if not wanted:
        return None
    shared = sum((Counter(found) & Counter(wanted)).values())
    return 2 * shared / (len(found) + len(wanted))
