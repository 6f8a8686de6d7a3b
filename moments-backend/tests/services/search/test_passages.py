"""Passages, their stored vectors and the topic of a question."""

import numpy as np
import pytest

from app.services.search.lexical import score_texts
from app.services.search.passages import MIN_WORDS, OVERLAP_WORDS, split_passages
from app.services.search.question import query_words, topic_of
from app.services.search.vectors import compress, expand, score_parts, sketch
from tests.api.support.search_index import ENCODER


@pytest.mark.parametrize("lengths", [[], [1], [7] * 200, [200, 3, 200], [60, 10, 10, 60, 5], [0, 1, 0]])
def test_every_segment_is_in_a_passage(lengths: list[int]) -> None:
    segments = [" ".join(["word"] * length) for length in lengths]
    passages = split_passages(segments)
    covered = {number for passage in passages for number in range(passage.first, passage.last + 1)}
    assert covered == set(range(len(lengths)))
    firsts = [passage.first for passage in passages]
    assert firsts == sorted(set(firsts))
    for passage in passages:
        texts = [passage.text[start:end] for start, end in passage.parts]
        assert texts == segments[passage.first : passage.last + 1]


def test_passages_have_60_to_80_words_and_overlap() -> None:
    passages = split_passages(["one two three four five six seven eight"] * 100)
    sizes = [len(passage.text.split()) for passage in passages[:-1]]
    assert (min(sizes), max(sizes)) == (64, 64)
    shared = passages[0].last - passages[1].first + 1
    assert OVERLAP_WORDS <= shared * 8 < MIN_WORDS / 2


def test_key_depends_on_the_text_only() -> None:
    first, second = split_passages(["The moon."])[0], split_passages(["", "The moon."])[0]
    assert first.key == split_passages(["The moon."])[0].key
    assert first.key != second.key
    assert -(2**63) <= first.key < 2**63


def test_stored_vectors_keep_the_similarity() -> None:
    texts = ["The moon pulls the sea.", "Bread needs flour and water.", "Stocks fell on Monday."]
    rows = ENCODER.encode([*texts, "Why is there a tide?"])
    stored = [compress(row, np.empty((0, 384), dtype=np.float32)) for row in rows[:3]]
    expanded = expand([vectors.embedding for vectors in stored])
    assert np.abs(expanded @ rows[3] - rows[:3] @ rows[3]).max() < 0.03
    assert {len(vectors.embedding) for vectors in stored} == {192}
    assert {len(vectors.sketch) for vectors in stored} == {384}
    assert sketch(rows[0]) == stored[0].sketch


def test_best_segment_of_a_passage_is_found() -> None:
    (passage,) = split_passages(
        ["We baked bread all morning.", "Then the moon lifted the sea at the harbour.", "My shoes were wet."]
    )
    rows, parts = ENCODER.encode_with_parts([passage.text], [passage.parts])
    assert np.allclose(rows, ENCODER.encode([passage.text]), atol=1e-5)
    stored = compress(rows[0], parts[0])
    assert len(stored.parts) == 3 * 16
    (query,) = ENCODER.encode(["tides caused by gravity"])
    assert int(np.argmax(score_parts(query, stored.parts))) == 1


def test_parts_beyond_the_model_have_no_vector() -> None:
    text = "word " * 500
    _, (parts,) = ENCODER.encode_with_parts([text], [((0, 10), (2400, 2499))])
    assert np.linalg.norm(parts, axis=1) == pytest.approx([1, 0])


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("Summarize the discussion about the tides.", "the tides."),
        ("What did the group think about the tides?", "the group think about the tides?"),
        ("Please explain tides", "tides"),
        ("Why?", "Why?"),
        ("moon", "moon"),
        ("whatever works", "whatever works"),
        ("", ""),
    ],
)
def test_topic_has_no_question_words(query: str, topic: str) -> None:
    assert topic_of(query) == topic


def test_query_words_fall_back_to_all_words() -> None:
    assert query_words("What did the group think about tides?") == {"tide"}
    assert query_words("the group decided") == {"group", "decided"}
    assert query_words("what was it") == frozenset()


def test_rare_words_score_higher() -> None:
    texts = ["the moon and the sea", "the sea and the wind", "the sea", "bread"]
    scores = score_texts(texts, {"moon", "sea"})
    assert scores[0] > scores[1] > scores[3] == 0
    assert list(score_texts(texts, frozenset())) == [0, 0, 0, 0]
    assert len(score_texts([], {"moon"})) == 0
