"""Transcript with known topic changes: short texts on different subjects in a row.

The texts were written for this project; those of the demo talks are added.
"""

import random
from dataclasses import dataclass

from app.models.transcript import Transcript, Word
from demo.scripts import TALKS
from evaluation.subjects import SUBJECTS

WRONG_WORDS = ("the", "and", "word", "there", "it", "one", "some", "main", "we", "sea")
WORDS_PER_SECOND = 2.5
PAUSES = (0.3, 0.4, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class LabelledTalk:
    """Transcript with its labels.

    Attributes:
        changes: times of the topic changes in seconds.
        sentences: start and end of each sentence in seconds.
    """

    transcript: Transcript
    changes: list[float]
    sentences: list[tuple[float, float]]


def labelled_talk(seed: int, *, wrong_words: float = 0.05, repeats: int = 1) -> LabelledTalk:
    """Return the subjects in random order with small pauses.

    Args:
        wrong_words: share of words replaced by recognition errors.
        repeats: repetitions of all subjects, for long transcripts; use with recognition errors.
    """
    source = random.Random(seed)
    demo_texts = [" ".join(section.text for section in talk.sections) for talk in TALKS]
    subjects: list[str] = []
    for _ in range(repeats):
        subjects += source.sample([*SUBJECTS, *demo_texts], len(SUBJECTS) + len(demo_texts))
    words: list[Word] = []
    changes: list[float] = []
    sentences: list[tuple[float, float]] = []
    clock = 0.0
    for subject in subjects:
        if words:
            changes.append(clock)
        start = clock
        for spoken in subject.split():
            word = _recognized(spoken, source, wrong_words)
            end = clock + (0.5 + len(word) / 10) / WORDS_PER_SECOND
            words.append(Word(word=word, start=round(clock, 2), end=round(end, 2)))
            clock = end
            if spoken[-1] in ".?!":
                sentences.append((start, end))
                clock += source.choice(PAUSES)
                start = clock
    text = " ".join(word.word for word in words)
    transcript = Transcript(text=text, language="en", word_timestamps=words, segment_timestamps=[])
    return LabelledTalk(transcript, changes, sentences)


def _recognized(word: str, source: random.Random, wrong_words: float) -> str:
    if source.random() >= wrong_words:
        return word
    end = word[-1] if word[-1] in ".,?!" else ""
    return source.choice(WRONG_WORDS) + end


def boundary_f1(found: list[float], changes: list[float], *, within: float) -> float:
    """Return the F1 score; each change matches the nearest unmatched boundary `within` seconds."""
    unmatched = sorted(found)
    hits = 0
    for change in changes:
        near = [time for time in unmatched if abs(time - change) <= within]
        if near:
            unmatched.remove(min(near, key=lambda time: abs(time - change)))
            hits += 1
    total = len(found) + len(changes)
    return 2 * hits / total if total else 1.0


def share_inside_sentences(times: list[float], sentences: list[tuple[float, float]]) -> float:
    """Return the share of `times` that are inside a sentence by more than 0.1 s."""
    cut = [any(start + 0.1 < time < end - 0.1 for start, end in sentences) for time in times]
    return sum(cut) / len(cut) if cut else 0.0
