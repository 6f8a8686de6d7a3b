"""Evaluates moments, topics and titles of the built-in engine on talks that people marked.

Figures are means over talks, so that a long talk does not count more than a short one. Everything is
deterministic: the same version and data give the same figures.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.ai.moments.base import MomentSearchResult
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.titles import choose_chapter_title
from app.ai.sentences import split_sentences
from app.core.config import Settings
from app.core.exceptions import ConfigurationError
from app.models.generation_options import GenerationOptions
from evaluation.boundaries import boundary_f1, evenly_spread, pk
from evaluation.labelled_talks import LabelledTalk, load_labelled_talks
from evaluation.lift import Span, chance_seconds, shared_seconds
from evaluation.marked_talks import MarkedTalk, load_marked_talks
from evaluation.table import Figure
from evaluation.title_overlap import rouge_1

OPTIONS = GenerationOptions()
PATTERNS = ("*.jsonl", "*.jsonl.gz")
MARKED_SHARE = 0.2
"""A moment counts as an advertisement if more than this share of its time is marked as one."""
PROGRESS_TALKS = 20

Progress = Callable[[str], None]


def evaluate(
    data: Path | None, *, limit: int | None = None, on_progress: Progress = lambda _: None
) -> list[Figure]:
    """Find moments in every talk and compare them with what people marked.

    Args:
        data: folder of JSON Lines as in `labelled_talks`, one file per kind of talk; None: only the project's
            own marked talks.
        limit: number of talks of each file to use; None: all.

    Raises:
        VideoMomentsError: the data cannot be read, or the model is missing.
    """
    files = [] if data is None else _files(data)
    return asyncio.run(_evaluate(files, limit, on_progress))


async def _evaluate(files: Sequence[Path], limit: int | None, on_progress: Progress) -> list[Figure]:
    engine = ExtractiveEngine(Settings())
    try:
        figures = await _advertisements(engine, load_marked_talks(), on_progress)
        for file in files:
            talks = load_labelled_talks(file)[:limit]
            figures += await _labelled(engine, file.name.partition(".")[0], talks, on_progress)
    finally:
        await engine.close()
    return figures


def _files(data: Path) -> list[Path]:
    files = sorted(file for pattern in PATTERNS for file in data.glob(pattern))
    if not files:
        raise ConfigurationError(
            f"{data} contains no file named {' or '.join(PATTERNS)}",
            remedy="name a folder of talks in the format of docs/quality.md",
        )
    return files


async def _advertisements(
    engine: ExtractiveEngine, talks: Sequence[MarkedTalk], on_progress: Progress
) -> list[Figure]:
    """Return the share of moments that are advertisements, introductions or farewells."""
    on_progress(f"{len(talks)} talks with advertisements")
    figures = []
    for name, is_held_out in (("development", False), ("held out", True)):
        group = [talk for talk in talks if talk.is_held_out is is_held_out]
        count = marked = 0
        for talk in group:
            moments = (await engine.find(talk.transcript, OPTIONS)).moments
            count += len(moments)
            marked += sum(
                talk.is_marked(moment.start_time, moment.end_time, share=MARKED_SHARE) for moment in moments
            )
        share = f"{marked / max(1, count):.1%} ({marked} of {count})"
        what = f"advertisements, introductions, farewells among moments, {len(group)} own talks, {name}"
        figures.append(Figure(what, share, "≤ 3 %"))
    return figures


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """One talk, what the engine found in it, and titles for the topics that people marked."""

    talk: LabelledTalk
    result: MomentSearchResult
    titles: tuple[tuple[str, str], ...]
    """Title by the engine, and people's heading, of each marked topic."""
    first_sentences: tuple[tuple[str, str], ...]

    @property
    def changes(self) -> list[float]:
        return [topic.start_time for topic in self.result.topics[1:]]

    @property
    def moments(self) -> list[Span]:
        return [(moment.start_time, moment.end_time) for moment in self.result.moments]


async def _labelled(
    engine: ExtractiveEngine, name: str, talks: Sequence[LabelledTalk], on_progress: Progress
) -> list[Figure]:
    evaluated = []
    for number, talk in enumerate(talks):
        if number % PROGRESS_TALKS == 0:
            on_progress(f"{name}: talk {number + 1} of {len(talks)}")
        result = await engine.find(talk.transcript, OPTIONS)
        evaluated.append(_Evaluated(talk, result, *_titles(talk)))
    name = f"{name} ({len(talks)} talk{'s' if len(talks) != 1 else ''})"
    figures = _boundary_figures(name, [item for item in evaluated if item.talk.changes])
    figures += _moment_figures(name, evaluated)
    titled = [item for item in evaluated if item.titles]
    if titled:
        figures.append(Figure(f"{name}: title ROUGE-1", _decimal(_rouge(item.titles for item in titled))))
        first = _decimal(_rouge(item.first_sentences for item in titled))
        figures.append(Figure(f"{name}: title ROUGE-1, first sentence", first))
    return figures


def _boundary_figures(name: str, evaluated: Sequence[_Evaluated]) -> list[Figure]:
    if not evaluated:
        return []
    figures = []
    for method, found in (
        ("", [item.changes for item in evaluated]),
        (", no topics", [[] for _ in evaluated]),
        (", evenly spread", [evenly_spread(len(i.talk.changes), i.talk.seconds) for i in evaluated]),
    ):
        pairs = list(zip(found, evaluated, strict=True))
        f1 = _mean(boundary_f1(changes, item.talk.changes) for changes, item in pairs)
        errors = _mean(pk(changes, item.talk.changes, seconds=item.talk.seconds) for changes, item in pairs)
        figures.append(Figure(f"{name}: topics, F1 within 10 s / Pk{method}", f"{f1:.3f} / {errors:.3f}"))
    counts = _mean(len(i.changes) for i in evaluated), _mean(len(i.talk.changes) for i in evaluated)
    return [
        *figures,
        Figure(f"{name}: boundaries per talk, found / marked", f"{counts[0]:.1f} / {counts[1]:.1f}"),
    ]


def _moment_figures(name: str, evaluated: Sequence[_Evaluated]) -> list[Figure]:
    lengths = [end - start for item in evaluated for start, end in item.moments]
    figures = [Figure(f"{name}: mean length of moments", f"{_mean(lengths):.1f} s")]
    inside = [
        _share_inside(item.moments, item.talk) for item in evaluated if item.talk.changes and item.moments
    ]
    if inside:
        figures.append(Figure(f"{name}: moments inside one topic", f"{_mean(inside):.1%}"))
    for what, marks in (
        ("highlights", [item.talk.highlights for item in evaluated]),
        ("marked passages", [tuple(span for _, span in item.talk.passages) for item in evaluated]),
    ):
        labelled = [(item, spans) for item, spans in zip(evaluated, marks, strict=True) if spans]
        if labelled:
            figures.append(Figure(f"{name}: lift on {what}", _lift(labelled)))
    return figures


def _lift(labelled: Sequence[tuple[_Evaluated, Sequence[Span]]]) -> str:
    """Return the share of the moments' time that is marked, divided by that of random ranges."""
    shared = sum(shared_seconds(item.moments, spans) for item, spans in labelled)
    chance = sum(
        chance_seconds(item.moments, spans, seconds=item.talk.seconds, seed=number)
        for number, (item, spans) in enumerate(labelled)
    )
    return f"{shared / chance:.2f}" if chance else "–"


def _share_inside(moments: Sequence[Span], talk: LabelledTalk) -> float:
    """Return the share of moments without a topic boundary, with a second of tolerance at both ends."""
    inside = [not any(start + 1 < change < end - 1 for change in talk.changes) for start, end in moments]
    return sum(inside) / len(inside)


def _titles(talk: LabelledTalk) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return titles and first sentences of the topics that people named, each beside the heading."""
    if not talk.titles:
        return (), ()
    sentences = split_sentences(talk.transcript)
    # Chapter titles depend on words only; embedding the sentences again would double the time.
    features = SentenceFeatures(sentences, np.zeros((len(sentences), 1), np.float32))
    titles, openings = [], []
    for heading, (start, end) in talk.titles:
        inside = [n for n, sentence in enumerate(sentences) if start - 0.01 <= sentence.start < end]
        if inside:
            titles.append((choose_chapter_title(features, inside[0], inside[-1]), heading))
            openings.append((sentences[inside[0]].text, heading))
    return tuple(titles), tuple(openings)


def _rouge(talks: Iterable[Sequence[tuple[str, str]]]) -> float:
    """Return the mean over all headings."""
    values = [rouge_1(title, heading) for pairs in talks for title, heading in pairs]
    return _mean(value for value in values if value is not None)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def _decimal(value: float) -> str:
    return f"{value:.3f}"
