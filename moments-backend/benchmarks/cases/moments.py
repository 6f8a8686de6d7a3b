"""Topic boundaries and speed of the extractive engine."""

import asyncio
import time
from collections.abc import Callable, Sequence

from app.ai.embeddings.sentence_encoder import Matrix, SentenceEncoder
from app.ai.moments.base import MomentSearchResult
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.core.config import Settings
from app.models.generation_options import GenerationOptions
from benchmarks.labelled_talk import LabelledTalk, boundary_f1, labelled_talk, share_inside_sentences
from benchmarks.measurement import Bound, Comparison, Measurement, Target
from benchmarks.workbench import Workbench

WITHIN_SECONDS = 5.0
OPTIONS = GenerationOptions()
MAX_PROCESSOR_SECONDS = 2.0
HOUR_REPEATS = 8
"""Repetitions of the subjects, which take seven to eight minutes."""


def measure(bench: Workbench) -> list[Measurement]:
    engine = ExtractiveEngine(Settings())
    talks = [labelled_talk(seed) for seed in range(bench.rounds)]
    found = [asyncio.run(engine.find(talk.transcript, OPTIONS)) for talk in talks]
    hour = labelled_talk(0, repeats=bench.size(HOUR_REPEATS, quick=1), wrong_words=0.1)
    seconds = [_speed(engine, hour) for _ in range(bench.rounds)]
    length = hour.sentences[-1][1]
    costs = [_processor_seconds(hour) for _ in range(bench.rounds)]
    measured = list(zip(talks, found, strict=True))
    return [
        Measurement(
            what=f"subject changes found in a talk, F1 within {WITHIN_SECONDS:g} s",
            peer_name="as many, evenly spaced",
            unit="F1",
            pairs=[(_f1(talk, _changes(result)), _f1(talk, _even(talk))) for talk, result in measured],
            target=Target(Bound.AT_LEAST, 0.3, Comparison.DIFFERENCE),
        ),
        Measurement(
            what="moment boundaries inside a sentence",
            peer_name="as many moments of the same length, evenly spaced",
            unit="% of boundaries",
            pairs=[
                (_percent_cut(talk, _boundaries(result)), _percent_cut(talk, _even_boundaries(talk, result)))
                for talk, result in measured
            ],
            target=Target(Bound.AT_MOST, -50, Comparison.DIFFERENCE),
        ),
        Measurement(
            what=f"topics and moments of a transcript of {length / 60:.0f} minutes",
            peer_name="real time",
            unit="s",
            pairs=[(taken, length) for taken in seconds],
            target=Target(Bound.AT_MOST, 0.02),
        ),
        Measurement(
            what=f"topics and moments of {length / 60:.0f} minutes, without the vectors",
            peer_name="2 s of processor time",
            unit="s of processor time",
            pairs=[(cost, MAX_PROCESSOR_SECONDS) for cost in costs],
            target=Target(Bound.AT_MOST, 1.0),
        ),
    ]


class _KnownVectors(SentenceEncoder):
    """Returns the vectors of earlier calls without computing them again."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[str, ...], Matrix] = {}

    def encode(self, texts: Sequence[str], check: Callable[[], None] = lambda: None) -> Matrix:
        key = tuple(texts)
        if key not in self._known:
            self._known[key] = super().encode(texts, check)
        return self._known[key]


def _processor_seconds(talk: LabelledTalk) -> float:
    """Return the processor time of a search whose vectors are known."""
    engine = ExtractiveEngine(Settings(), encoder=_KnownVectors())
    asyncio.run(engine.find(talk.transcript, OPTIONS))
    started = time.process_time()
    asyncio.run(engine.find(talk.transcript, OPTIONS))
    return time.process_time() - started


def _speed(engine: ExtractiveEngine, talk: LabelledTalk) -> float:
    started = time.perf_counter()
    asyncio.run(engine.find(talk.transcript, OPTIONS))
    return time.perf_counter() - started


def _changes(found: MomentSearchResult) -> list[float]:
    return [topic.start_time for topic in found.topics[1:]]


def _even(talk: LabelledTalk) -> list[float]:
    """Return evenly spaced changes; unlike the engine, this baseline is given their number."""
    step = talk.sentences[-1][1] / (len(talk.changes) + 1)
    return [step * number for number in range(1, len(talk.changes) + 1)]


def _f1(talk: LabelledTalk, changes: list[float]) -> float:
    return boundary_f1(changes, talk.changes, within=WITHIN_SECONDS)


def _boundaries(found: MomentSearchResult) -> list[float]:
    return [boundary for moment in found.moments for boundary in (moment.start_time, moment.end_time)]


def _even_boundaries(talk: LabelledTalk, found: MomentSearchResult) -> list[float]:
    lengths = [moment.end_time - moment.start_time for moment in found.moments]
    step = talk.sentences[-1][1] / len(lengths)
    starts = [step * number + step / 3 for number in range(len(lengths))]
    return [
        boundary
        for start, length in zip(starts, lengths, strict=True)
        for boundary in (start, start + length)
    ]


def _percent_cut(talk: LabelledTalk, boundaries: list[float]) -> float:
    return 100 * share_inside_sentences(boundaries, talk.sentences)
