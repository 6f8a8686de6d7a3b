"""Talks with questions whose answers are known, read from JSON Lines or built from the project's texts.

One talk per line, compressed with gzip if the name ends in `.gz`:

    {"id": "standup-3", "words": "Good morning everyone. …",
     "questions": [{"text": "When is the release?", "passages": [[120, 164]]}]}

`words` is the whole text, with one space between words. A passage is the first word of the answer and the
word after its last. Other keys are ignored.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from app.ai.sentences import split_sentences
from app.core.exceptions import ConfigurationError
from app.models.transcript import Segment, Transcript, Word
from demo.scripts import TALKS
from evaluation.questions import QUESTIONS
from evaluation.subjects import SUBJECTS

WORDS_PER_SECOND = 2.6
SENTENCE_PAUSE_SECONDS = 0.35
"""The data contains no times; these constants produce plausible ones."""
SENTENCE_ENDS = (".", "?", "!")


class Question(BaseModel):
    text: str
    passages: list[tuple[int, int]]


class TalkData(BaseModel):
    id: str
    words: str
    questions: list[Question] = []


@dataclass(frozen=True)
class Answer:
    """A question, and the times in seconds at which the talk answers it."""

    question: str
    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class EvaluationTalk:
    """A transcript with the questions that it answers."""

    id: str
    transcript: Transcript
    answers: tuple[Answer, ...]


def load(file: Path) -> list[EvaluationTalk]:
    """Read talks from JSON Lines.

    Raises:
        ConfigurationError: the file cannot be read, or a line is not a talk; names the line.
    """
    talks = []
    try:
        with gzip.open(file, "rt") if file.suffix == ".gz" else file.open() as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    talks.append(build_talk(TalkData.model_validate(json.loads(line))))
                except (ValueError, ValidationError, IndexError) as error:
                    raise ConfigurationError(
                        f"{file}, line {number}: not a talk: {str(error).splitlines()[0]}",
                        remedy="see the format in docs/quality.md",
                    ) from error
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror or error}") from error
    return talks


def own_talks() -> list[EvaluationTalk]:
    """Return the talks of the demo and the texts of this package, with questions written for them."""
    texts = {talk.stem: " ".join(section.text for section in talk.sections) for talk in TALKS}
    texts |= {f"subject-{number}": " ".join(text.split()) for number, text in enumerate(SUBJECTS, start=1)}
    return [
        build_talk(TalkData(id=name, words=text, questions=_questions(text))) for name, text in texts.items()
    ]


def _questions(text: str) -> list[Question]:
    """Return the questions whose answer is part of the text."""
    found = []
    for question, answer in QUESTIONS:
        position = text.find(answer)
        if position >= 0:
            first = len(text[:position].split())
            found.append(Question(text=question, passages=[(first, first + len(answer.split()))]))
    return found


def build_talk(data: TalkData) -> EvaluationTalk:
    """Return the talk with times at a constant rate of words and pauses between sentences."""
    words = timed_words(data.words)
    plain = Transcript(text=data.words, language="en", word_timestamps=words, segment_timestamps=[])
    segments = [
        Segment(text=sentence.text, start=sentence.start, end=sentence.end)
        for sentence in split_sentences(plain)
    ]
    answers = tuple(
        Answer(
            question.text,
            tuple((words[first].start, words[last - 1].end) for first, last in question.passages),
        )
        for question in data.questions
    )
    return EvaluationTalk(data.id, plain.model_copy(update={"segment_timestamps": segments}), answers)


def timed_words(text: str) -> list[Word]:
    """Return the words of a text with plausible times."""
    words: list[Word] = []
    clock = 0.0
    for word in text.split():
        end = clock + 1 / WORDS_PER_SECOND
        words.append(Word(word=word, start=round(clock, 3), end=round(end, 3)))
        clock = end + (SENTENCE_PAUSE_SECONDS if word.endswith(SENTENCE_ENDS) else 0.0)
    return words
