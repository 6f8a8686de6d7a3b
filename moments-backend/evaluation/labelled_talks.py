"""Talks with topics that people marked, read from JSON Lines.

One talk per line, compressed with gzip if the name ends in `.gz`:

    {"id": "standup-3", "words": "Good morning everyone. …", "boundaries": [120, 431],
     "titles": ["The release", "Holidays"], "passages": [[130, 164, "When is the release?"]]}

`words` is the whole text, with one space between words; `boundaries` the word with which each topic but the
first begins. Optional: `titles`, one heading per boundary; `topics` and `passages`, ranges of words as the
first, the one after the last, and in `passages` a question that the range answers; `highlights`, ranges that
an editor chose. Other keys are ignored. The data contains no times; `dataset` explains those it gets.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError, model_validator

from app.core.exceptions import ConfigurationError
from app.models.transcript import Transcript
from evaluation.dataset import timed_words

Position = Annotated[int, Field(ge=0)]
Span = tuple[float, float]
"""Start and end in seconds."""


class LabelledTalkData(BaseModel):
    """One line of the file."""

    id: str
    words: str
    boundaries: list[Position] = []
    titles: list[str] = []
    topics: list[tuple[Position, Position]] = []
    passages: list[tuple[Position, Position] | tuple[Position, Position, str]] = []
    highlights: list[tuple[Position, Position]] = []

    @model_validator(mode="after")
    def _check_positions(self) -> "LabelledTalkData":
        count = len(self.words.split())
        ends = [end for _, end, *_ in (*self.topics, *self.passages, *self.highlights)]
        if count == 0:
            raise ValueError("words is empty")
        if any(boundary >= count for boundary in self.boundaries) or any(end > count for end in ends):
            raise ValueError(f"a position is beyond the {count} words")
        if self.titles and len(self.titles) != len(self.boundaries):
            raise ValueError(f"{len(self.titles)} titles for {len(self.boundaries)} boundaries")
        return self


@dataclass(frozen=True, slots=True)
class LabelledTalk:
    """A transcript with what people marked in it; times in seconds.

    Attributes:
        changes: start of every topic but the first, in order and without duplicates.
        titles: heading and range of each topic that has one.
        topics: marked topics, which need not cover the talk.
        passages: question, or an empty string, and range of each marked passage.
        highlights: ranges that an editor chose.
    """

    id: str
    transcript: Transcript
    changes: tuple[float, ...]
    titles: tuple[tuple[str, Span], ...] = ()
    topics: tuple[Span, ...] = ()
    passages: tuple[tuple[str, Span], ...] = ()
    highlights: tuple[Span, ...] = ()

    @property
    def seconds(self) -> float:
        """End of the last word."""
        return self.transcript.word_timestamps[-1].end


def load_labelled_talks(file: Path) -> list[LabelledTalk]:
    """Read talks from JSON Lines.

    Raises:
        ConfigurationError: the file cannot be read, or a line is not a talk; names the line.
    """
    try:
        with gzip.open(file, "rt") if file.suffix == ".gz" else file.open() as lines:
            return list(_parsed(file, lines))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error


def _parsed(file: Path, lines: Iterator[str]) -> Iterator[LabelledTalk]:
    for number, line in enumerate(lines, start=1):
        try:
            yield labelled_talk(LabelledTalkData.model_validate(json.loads(line)))
        except (ValueError, ValidationError) as error:
            raise ConfigurationError(
                f"{file}, line {number}: not a labelled talk: {' '.join(str(error).splitlines()[:3])}",
                remedy="see the format in docs/quality.md",
            ) from error


def labelled_talk(data: LabelledTalkData) -> LabelledTalk:
    """Return the talk of one line, with times."""
    words = timed_words(data.words)

    def span(first: int, end: int) -> Span:
        return words[first].start, words[max(first, end - 1)].end

    following = [*data.boundaries[1:], len(words)]
    titles = zip(data.titles, data.boundaries, following, strict=False)
    return LabelledTalk(
        id=data.id,
        transcript=Transcript(text=data.words, language="en", word_timestamps=words, segment_timestamps=[]),
        changes=tuple(words[boundary].start for boundary in sorted(set(data.boundaries) - {0})),
        titles=tuple((title, span(first, end)) for title, first, end in titles),
        topics=tuple(span(*topic) for topic in data.topics),
        passages=tuple((rest[0] if rest else "", span(first, end)) for first, end, *rest in data.passages),
        highlights=tuple(span(*highlight) for highlight in data.highlights),
    )
