"""Talks with marked advertisements, introductions and farewells, written for this project.

One text file per talk in `evaluation/promotions/`: a head of `key: value` lines, an empty line, then the
words. `[ad] … [/ad]`, `[intro] … [/intro]` and `[farewell] … [/farewell]` mark what is not worth a moment.

    kind: interview
    set: development

    [intro] Welcome back to the show. [/intro] Rivers move. …

The rules for detecting such passages were developed on the talks of the set `development`. The talks of the
set `held-out` are for measurements; the rules were changed twice after such measurements (`docs/moments.md`).
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.core.exceptions import ConfigurationError
from app.models.transcript import Transcript
from evaluation.dataset import TalkData, build_talk

DIRECTORY = Path(__file__).parent / "promotions"
KINDS = {"ad": "advertisement", "intro": "introduction", "farewell": "farewell"}
MARK = re.compile(r"\[(/?)(ad|intro|farewell)\]")
HELD_OUT = "held-out"
SETS = ("development", HELD_OUT)


@dataclass(frozen=True)
class MarkedSpan:
    """A passage that is not worth a moment.

    Attributes:
        start: seconds.
        end: seconds.
        kind: "advertisement", "introduction" or "farewell".
    """

    start: float
    end: float
    kind: str


@dataclass(frozen=True)
class MarkedTalk:
    """A transcript with its marked spans in order.

    Attributes:
        kind: "interview", "monologue" or "lecture".
        is_held_out: it was not used to develop the detection.
    """

    id: str
    transcript: Transcript
    spans: tuple[MarkedSpan, ...]
    kind: str
    is_held_out: bool

    def marked_seconds(self, start: float, end: float) -> float:
        """Return the time between `start` and `end` that is in a marked span."""
        return sum(max(0.0, min(end, span.end) - max(start, span.start)) for span in self.spans)

    def is_marked(self, start: float, end: float, *, share: float = 0.2) -> bool:
        """Return whether more than `share` of the time between `start` and `end` is marked."""
        return self.marked_seconds(start, end) > share * (end - start)


@cache
def load_marked_talks() -> tuple[MarkedTalk, ...]:
    """Return all marked talks in the order of their file names.

    Raises:
        ConfigurationError: a file is not in the format; names the file.
    """
    return tuple(read_marked_talk(file) for file in sorted(DIRECTORY.glob("*.txt")))


def read_marked_talk(file: Path) -> MarkedTalk:
    """Read one file.

    Raises:
        ConfigurationError: the file is not in the format; names the file.
    """
    head, _, body = file.read_text(encoding="utf-8").partition("\n\n")
    values = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    if values.get("set") not in SETS or "kind" not in values:
        raise ConfigurationError(
            f"{file}: the lines `kind` and `set` are missing or wrong",
            remedy="begin the file with `kind: …`, `set: development` or `set: held-out`, and an empty line",
        )
    words, marks = _parsed(file, body)
    talk = build_talk(TalkData(id=file.stem, words=" ".join(words)))
    times = talk.transcript.word_timestamps
    spans = tuple(
        MarkedSpan(times[first].start, times[end - 1].end, KINDS[name]) for first, end, name in marks
    )
    return MarkedTalk(file.stem, talk.transcript, spans, values["kind"], values["set"] == HELD_OUT)


def _parsed(file: Path, body: str) -> tuple[list[str], list[tuple[int, int, str]]]:
    """Return the words, and the marks as (first word, word after the last, name)."""
    words: list[str] = []
    marks: list[tuple[int, int, str]] = []
    opened: tuple[int, str] | None = None
    for token in MARK.sub(r" [\1\2] ", body).split():
        match = MARK.fullmatch(token)
        if match is None:
            words.append(token)
        elif not match[1] and opened is None:
            opened = len(words), match[2]
        elif match[1] and opened is not None and opened[1] == match[2] and opened[0] < len(words):
            marks.append((opened[0], len(words), match[2]))
            opened = None
        else:
            raise ConfigurationError(f"{file}: unexpected {token}", remedy="close each mark before the next")
    if opened is not None:
        raise ConfigurationError(f"{file}: [{opened[1]}] is not closed", remedy=f"add [/{opened[1]}]")
    return words, marks
