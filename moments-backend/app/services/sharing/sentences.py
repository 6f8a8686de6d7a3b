"""Widens a passage to whole sentences."""

from dataclasses import dataclass

from app.ai.sentences import Sentence, split_sentences
from app.models.share import MAX_SHARED_TITLE
from app.models.text import clean_line
from app.models.transcript import Transcript

MAX_ADDED_SECONDS = 30.0
"""Most seconds added on each side: transcripts without punctuation have very long sentences."""

TOLERANCE_SECONDS = 0.3
"""Inaccuracy of the times of words and segments."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage in seconds of the video, with its text."""

    start: float
    end: float
    text: str


def whole_sentences(transcript: Transcript, start: float, end: float) -> Passage | None:
    """Return the passage from the start of its first sentence to the end of its last one.

    None if the transcript has no words in it. Blocks for long transcripts.
    """
    sentences = split_sentences(transcript)
    inside = [number for number, each in enumerate(sentences) if _is_inside(each, start, end)]
    if not inside:
        return None
    first, last = inside[0], inside[-1]
    while (
        first > 0
        and _continues(sentences[first - 1])
        and start - sentences[first - 1].start <= MAX_ADDED_SECONDS
    ):
        first -= 1
    while (
        last + 1 < len(sentences)
        and _continues(sentences[last])
        and sentences[last + 1].end - end <= MAX_ADDED_SECONDS
    ):
        last += 1
    text = clean_line(" ".join(each.text for each in sentences[first : last + 1]), MAX_SHARED_TITLE)
    return Passage(min(start, sentences[first].start), max(end, sentences[last].end), text)


def _continues(sentence: Sentence) -> bool:
    """Return whether the next piece belongs to the same sentence."""
    return not sentence.ends_sentence


def _is_inside(sentence: Sentence, start: float, end: float) -> bool:
    """Return whether the passage contains more of the sentence than inaccurate times may add."""
    common = min(sentence.end, end) - max(sentence.start, start)
    return common > min(TOLERANCE_SECONDS, (sentence.end - sentence.start) / 2)
