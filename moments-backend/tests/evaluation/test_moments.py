"""Figures on moments, topics and titles, from talks whose labels are known."""

import gzip
import json
from pathlib import Path

import pytest

from app.ai.moments.extractive.engine import ExtractiveEngine
from app.core.config import Settings
from app.core.exceptions import ConfigurationError
from evaluation.labelled_talks import load_labelled_talks
from evaluation.lift import chance_seconds, shared_seconds
from evaluation.moments import _files, _labelled
from evaluation.subjects import SUBJECTS
from evaluation.title_overlap import rouge_1


@pytest.mark.parametrize(
    ("title", "heading", "expected"),
    [
        ("Silent payments", "Silent payments", 1.0),
        ("The tides of the harbour", "Harbour tides explained", 0.8),
        ("Bread", "Harbour", 0.0),
        ("The", "Harbour", 0.0),
        ("Harbour", "What is it?", None),
    ],
)
def test_rouge_counts_shared_content_words(title: str, heading: str, expected: float | None) -> None:
    assert rouge_1(title, heading) == pytest.approx(expected)


def test_overlapping_marks_count_once() -> None:
    assert shared_seconds([(0, 10)], [(5, 8), (7, 20)]) == 5


def test_chance_is_the_marked_share_of_the_talk() -> None:
    # A tenth of the talk is marked, far from both ends.
    chance = chance_seconds([(0, 20)] * 40, [(450, 550)], seconds=1000, seed=1)
    assert chance == pytest.approx(40 * 20 / 10, rel=0.1)


def test_moment_as_long_as_the_talk_has_no_lift() -> None:
    assert chance_seconds([(0, 60)], [(10, 20)], seconds=60, seed=1) == 10


async def test_labelled_talks_have_all_figures(tmp_path: Path) -> None:
    subjects = [" ".join(text.split()) for text in SUBJECTS[:4]]
    starts = [sum(len(text.split()) for text in subjects[:number]) for number in range(4)]
    line = {
        "id": "own",
        "words": " ".join(subjects),
        "boundaries": starts[1:],
        "titles": ["Why buses bunch", "How the kidney works", "Negotiation and anchors"],
        "passages": [[starts[1], starts[2], "Why do buses come in threes?"]],
    }
    with gzip.open(tmp_path / "own.jsonl.gz", "wt") as file:
        file.write(json.dumps(line) + "\n")
    engine = ExtractiveEngine(Settings())
    talks = load_labelled_talks(_files(tmp_path)[0])
    figures = {figure.name: figure.value for figure in await _labelled(engine, "own", talks, lambda _: None)}
    await engine.close()
    assert figures["own (1 talk): topics, F1 within 10 s / Pk, no topics"].startswith("0.000 / ")
    assert float(figures["own (1 talk): topics, F1 within 10 s / Pk"].split(" / ")[0]) >= 0.5
    assert float(figures["own (1 talk): title ROUGE-1"]) > 0
    assert float(figures["own (1 talk): lift on marked passages"]) >= 0
    assert figures["own (1 talk): moments inside one topic"].endswith("%")


def test_folder_without_data_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="contains no file"):
        _files(tmp_path)
