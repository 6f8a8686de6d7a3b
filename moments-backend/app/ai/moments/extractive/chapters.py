"""Chapters: topics joined until they have the length and number that suit a list beside the player."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.ai.moments.base import Topic
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.titles import choose_chapter_title
from app.ai.moments.extractive.topic_segmentation import topic_starts
from app.ai.sentences import Sentence, split_sentences
from app.models.transcript import Transcript

MIN_SECONDS = 30.0
MIN_SHARE = 1 / 60
"""A chapter lasts at least `MIN_SECONDS`, and this share of the speech: a minute in a talk of an hour."""
CHAPTERS_PER_ROOT_MINUTE = 2.6
"""At most this many times √minutes: 3 in two minutes, 8 in ten, 20 in an hour, 40 in four hours."""


def find_chapters(
    transcript: Transcript, encoder: SentenceEncoder, check: Callable[[], None] = lambda: None
) -> list[Topic]:
    """Return the chapters of a transcript; an empty list if there are fewer than two.

    Args:
        check: called before every batch of sentences; its exceptions end the work.
    """
    sentences = split_sentences(transcript)
    if len(sentences) < 2:  # noqa: PLR2004 - two chapters need two sentences
        return []
    features = sentence_features(sentences, encoder, check)
    return chapters_of(features, topic_starts(features.sentences, features.vectors))


def sentence_features(
    sentences: Sequence[Sentence],
    encoder: SentenceEncoder,
    check: Callable[[], None],
    *,
    earliest: float = 0.0,
    latest: float | None = None,
) -> SentenceFeatures:
    """Return the features of at least one sentence; see `SentenceFeatures`."""
    texts = sorted({sentence.text for sentence in sentences})  # "Yeah." occurs hundreds of times
    rows = {text: row for row, text in enumerate(texts)}
    vectors = encoder.encode(texts, check)[[rows[sentence.text] for sentence in sentences]]
    return SentenceFeatures(sentences, vectors, earliest=earliest, latest=latest)


def chapters_of(features: SentenceFeatures, starts: Sequence[int]) -> list[Topic]:
    """Return the chapters from 0 to the end of the speech; an empty list if there are fewer than two.

    Args:
        starts: numbers of the sentences that start a topic, without the first sentence.
    """
    boundaries = _joined(features, [0, *starts, len(features.sentences)])
    if len(boundaries) <= 2:  # noqa: PLR2004 - one chapter
        return []
    changes = [
        round(float(features.ends[start - 1] + features.starts[start]) / 2, 3) for start in boundaries[1:-1]
    ]
    times = [0.0, *changes, max(float(features.clip_ends[-1]), changes[-1])]
    return [
        Topic(start, end, choose_chapter_title(features, first, following - 1))
        for (start, end), (first, following) in zip(pairwise(times), pairwise(boundaries), strict=True)
    ]


def _joined(features: SentenceFeatures, boundaries: list[int]) -> list[int]:
    """Join neighbours that are too short, then the most similar ones until there are few enough."""
    seconds = float(features.ends[-1])
    shortest = max(MIN_SECONDS, seconds * MIN_SHARE)
    most = max(1, math.floor(CHAPTERS_PER_ROOT_MINUTE * math.sqrt(seconds / 60)))
    while len(boundaries) > 2:  # noqa: PLR2004 - one chapter is left
        lengths = [_length(features, low, high) for low, high in pairwise(boundaries)]
        short = {number for number, length in enumerate(lengths) if length < shortest}
        if not short and len(lengths) <= most:
            break
        # The change `n` is between the chapters n - 1 and n.
        changes = [n for n in range(1, len(lengths)) if not short or {n - 1, n} & short]
        del boundaries[min(changes, key=lambda n: _difference(features, *boundaries[n - 1 : n + 2]))]
    return boundaries


def _length(features: SentenceFeatures, low: int, high: int) -> float:
    """Return the seconds from the start of a chapter to that of the next; the first one starts at 0."""
    start = 0.0 if low == 0 else float(features.starts[low])
    return float(features.starts[high] if high < len(features.sentences) else features.ends[-1]) - start


def _difference(features: SentenceFeatures, low: int, change: int, high: int) -> float:
    """Return the scatter that joining two chapters would add (Ward, 1963)."""
    sums, weights = features.vector_sums, np.concatenate(([0.0], np.cumsum(np.sqrt(features.word_counts))))
    before, after = weights[change] - weights[low], weights[high] - weights[change]
    means = (sums[change] - sums[low]) / before - (sums[high] - sums[change]) / after
    return float(before * after / (before + after) * (means @ means))
