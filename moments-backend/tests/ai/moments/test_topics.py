"""Topics by the network: choice of sentences, unusual talk, and the stated figures of the weights."""

import gzip
import json
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.chapters import sentence_features
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.moments.extractive.subject_changes import subject_changes
from app.ai.moments.extractive.topic_features import PENALTY_FACTORS, is_english, topic_features
from app.ai.moments.extractive.topic_network import WEIGHTS, load_weights, log_odds
from app.ai.moments.extractive.topic_segmentation import (
    MIN_TOPIC_SECONDS,
    choose_topic_starts,
    topic_starts,
)
from app.ai.sentences import Sentence, split_sentences
from app.models.transcript import Transcript, Word
from benchmarks.labelled_talk import labelled_talk
from scripts.topics.data import prepare, project_talks
from scripts.topics.evaluation import figures_of, network_boundaries
from tests.ai.moments.support.transcripts import random_transcript, spoken, transcript_of

RECORD = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
TOLERANCE = 0.1
"""Versions of ONNX Runtime round differently, which moves a few boundaries."""
DATA = os.environ.get("VIDEOMOMENTS_TALK_DATA")
GERMAN = (
    "Heute sprechen wir über die Gezeiten an der Nordsee.",
    "Der Mond zieht das Wasser der Meere zu sich heran.",
    "Zweimal am Tag steigt das Meer an jeder Küste.",
    "Und nun zu einer ganz anderen Frage, dem Backen von Brot.",
    "Ein guter Teig braucht Mehl, Wasser, Salz und Hefe.",
    "Danach backt man ihn in einem heißen Ofen.",
)


def random_vectors(count: int) -> Matrix:
    rows = np.random.default_rng(1).normal(size=(count, 384)).astype(np.float32)
    unit: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def vectors_of(engine: ExtractiveEngine, sentences: list[Sentence]) -> Matrix:
    return sentence_features(sentences, engine._encoder, lambda: None).vectors


def times(*seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(seconds, dtype=np.float64)


def odds_at(count: int, **probabilities: float) -> Matrix:
    """Return log-odds that are low except at the given sentences, such as `at40=0.5`."""
    values = np.full(count, 1e-6)
    for name, probability in probabilities.items():
        values[int(name.removeprefix("at"))] = probability
    odds: Matrix = np.log(values / (1 - values)).astype(np.float32)
    return odds


EVERY_FIVE_SECONDS = times(*range(0, 500, 5))


def test_likely_starts_are_chosen() -> None:
    odds = odds_at(100, at40=0.9, at70=0.8)
    assert choose_topic_starts(EVERY_FIVE_SECONDS, odds, most=9) == [40, 70]


def test_starts_are_limited_and_apart() -> None:
    odds = odds_at(100, at40=0.9, at47=0.8, at70=0.7, at90=0.6)
    assert choose_topic_starts(EVERY_FIVE_SECONDS, odds, most=9) == [40, 70, 90]
    assert choose_topic_starts(EVERY_FIVE_SECONDS, odds, most=2) == [40, 70]
    assert choose_topic_starts(EVERY_FIVE_SECONDS, odds, most=0) == []


def test_neighbours_support_each_other() -> None:
    odds = odds_at(100, at20=0.3, at39=0.2, at40=0.25, at41=0.2)
    assert choose_topic_starts(EVERY_FIVE_SECONDS, odds, most=1) == [40]


def test_first_sentence_starts_no_topic() -> None:
    assert choose_topic_starts(EVERY_FIVE_SECONDS, odds_at(100, at0=0.99), most=9) == []
    assert choose_topic_starts(times(0.0), odds_at(1, at0=0.99), most=9) == []


UNUSUAL: dict[str, Transcript] = {
    "one word": spoken("Hello."),
    "two sentences": spoken("Hello there.", "How are you?"),
    "three sentences": spoken("One thing.", "Another thing.", "Bye."),
    "repetition": spoken(*["Yes."] * 300),
    "no content words": spoken(*["And so it is what it is."] * 80),
    "German": spoken(*GERMAN * 30),
    "no punctuation": transcript_of(
        [
            word.model_copy(update={"word": word.word.strip(".,?")})
            for word in labelled_talk(1).transcript.word_timestamps
        ]
    ),
    "random": random_transcript(5, sentences=60),
    "no time passes": transcript_of([Word(word=f"word{n % 50}.", start=1.0, end=1.0) for n in range(400)]),
    "symbols": spoken(*["… — ?!", "♪ ♪", "١٢٣ 四五六。"] * 60),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_talk_has_valid_topics(extractive: ExtractiveEngine, name: str) -> None:
    sentences = split_sentences(UNUSUAL[name])
    starts = topic_starts(sentences, vectors_of(extractive, sentences))
    assert starts == sorted(set(starts))
    assert all(0 < start < len(sentences) for start in starts)


def test_features_of_unusual_talk_are_finite(extractive: ExtractiveEngine) -> None:
    for transcript in UNUSUAL.values():
        sentences = split_sentences(transcript)
        vectors = vectors_of(extractive, sentences)
        changes = subject_changes(sentences, vectors, PENALTY_FACTORS)
        features = topic_features(sentences, vectors, changes)
        assert features.shape == (len(sentences), len(load_weights()[0]["mean"]))
        assert np.isfinite(log_odds(load_weights(), features, vectors)).all()


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        (GERMAN, False),
        (("The moon pulls the water of the oceans towards itself.",), True),
        (("La lune attire l'eau des océans vers elle deux fois par jour.",), False),
        (("word1 word2 word3",), False),
    ],
)
def test_english_is_recognised_by_its_words(sentences: tuple[str, ...], expected: bool) -> None:
    assert is_english(split_sentences(spoken(*sentences))) is expected


def test_quick_talk_is_left_to_the_change_points(extractive: ExtractiveEngine) -> None:
    sentences = split_sentences(labelled_talk(2).transcript)
    vectors = vectors_of(extractive, sentences)
    (plain,) = subject_changes(sentences, vectors, [1.0])
    assert topic_starts(sentences, vectors) == plain


def test_slower_talk_has_topics_of_the_network(extractive: ExtractiveEngine) -> None:
    words = labelled_talk(2).transcript.word_timestamps
    slow = transcript_of([Word(word=word.word, start=3 * word.start, end=3 * word.end) for word in words])
    sentences = split_sentences(slow)
    starts = topic_starts(sentences, vectors_of(extractive, sentences))
    assert len(starts) >= 3
    assert min(np.diff([sentences[start].start for start in starts])) >= MIN_TOPIC_SECONDS


def assert_close(figures: dict[str, float], stated: dict[str, float]) -> None:
    assert figures["boundaries"] == pytest.approx(stated["boundaries"], abs=1)
    for measure in ("f1", "pk"):
        assert figures[measure] == pytest.approx(stated[measure], abs=TOLERANCE)


@pytest.mark.slow
def test_weights_have_the_stated_figures(extractive: ExtractiveEngine, tmp_path: Path) -> None:
    talks = project_talks(tmp_path, extractive._encoder)
    found = [network_boundaries(load_weights(), talk) for talk in talks]
    figures = figures_of(talks, {"network": found})["project"]["network"]
    assert_close(figures, RECORD["project"]["network"])


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="VIDEOMOMENTS_TALK_DATA does not name the folder of labelled talks")
def test_weights_have_the_stated_figures_on_real_talks(extractive: ExtractiveEngine, tmp_path: Path) -> None:
    names = RECORD["sample"]["talks"]
    talks = []
    for kind in RECORD["talks"]:
        with gzip.open(Path(str(DATA)) / f"{kind}.jsonl.gz", "rt", encoding="utf-8") as lines:
            chosen = [line for line in lines if json.loads(line)["id"] in names]
        (tmp_path / f"{kind}.jsonl").write_text("".join(chosen), encoding="utf-8")
        talks += prepare(tmp_path / f"{kind}.jsonl", tmp_path, extractive._encoder, lambda _: None)
    assert sorted(talk.talk_id for talk in talks) == sorted(names)
    found = [network_boundaries(load_weights(), talk) for talk in talks]
    for kind, figures in figures_of(talks, {"network": found}).items():
        assert_close(figures["network"], RECORD["sample"]["figures"][kind]["network"])


def test_weights_are_small_and_have_their_notices() -> None:
    assert WEIGHTS.stat().st_size <= 1_000_000
    notice = WEIGHTS.with_name("NOTICE").read_text(encoding="utf-8")
    assert "Copyright (c) 2021 Yale-LILY" in notice
    assert "Copyright (c) 2021 Bitcoin Transcripts" in notice
    assert len(load_weights()) == len(RECORD["seeds"])


@pytest.mark.slow
def test_twenty_thousand_sentences_need_bounded_memory() -> None:
    text = labelled_talk(0, repeats=16).transcript.word_timestamps
    words = [text[n % len(text)].word for n in range(200_000)]
    sentences = [
        Sentence(n, " ".join(words[10 * n : 10 * n + 10]), 4.0 * n, 4.0 * n + 3.8, 10 * n, 10 * n + 9, True)
        for n in range(20_000)
    ]
    vectors = random_vectors(20_000)
    tracemalloc.start()
    starts = topic_starts(sentences, vectors)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert all(0 < start < 20_000 for start in starts)
    assert peak < 600e6
