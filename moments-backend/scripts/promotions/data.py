"""Marked talks and ordinary speech as examples of the classifier of promotions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.ai.embeddings.sentence_encoder import Matrix, SentenceEncoder
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotion_features import pooled_vectors, promotion_features
from app.ai.moments.extractive.promotions import promotion_evidence
from app.ai.moments.extractive.topic_segmentation import topic_starts
from app.ai.moments.extractive.vocabulary import Floats
from app.ai.moments.intelligible import Range
from app.ai.sentences import split_sentences
from app.models.transcript import Transcript
from evaluation.labelled_talks import load_labelled_talks
from evaluation.marked_talks import MarkedTalk, load_marked_talks
from scripts.topics.data import cached_vectors

LANGUAGE = "en"
OWN_AUTHORS = {"d": "own", "h": "own"}
"""First letters of the files whose author also wrote the phrases; the others have one letter per author."""
SHORTEST_WORDS = 2000
MIDDLE = 0.12, 0.9
"""Part of an ordinary talk that counts as free of introductions and farewells."""
MEASURED = 4
"""Every fourth ordinary talk is measured, and not used for training."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Talk:
    """A talk with what the classifier reads.

    Attributes:
        features: of the application.
        evidence: of the phrases.
        columns: see `promotion_features`.
        pooled: see `pooled_vectors`.
    """

    features: SentenceFeatures
    evidence: Floats
    columns: Matrix
    pooled: list[Matrix]

    @property
    def words(self) -> Floats:
        return self.features.word_counts

    @property
    def middle(self) -> slice:
        low, high = (int(share * len(self.words)) for share in MIDDLE)
        return slice(low, high)


@dataclass(frozen=True)
class ExampleTalk(Talk):
    """A talk with marks, and the ranges of its topics."""

    marked: MarkedTalk
    author: str
    labels: npt.NDArray[np.bool_]
    topics: Sequence[Range]


def example_talks(cache: Path, encoder: SentenceEncoder, progress: Progress) -> list[ExampleTalk]:
    """Return the marked talks of the development set."""
    talks = []
    for marked in load_marked_talks():
        if marked.is_held_out:
            continue
        progress(marked.id)
        talk = _prepared(marked.transcript, cache, encoder)
        sentences = talk.features.sentences
        shares = [marked.marked_seconds(s.start, s.end) / (s.end - s.start) for s in sentences]
        starts = topic_starts(sentences, talk.features.vectors)
        letter = marked.id[0]
        talks.append(
            ExampleTalk(
                **vars(talk),
                marked=marked,
                author=OWN_AUTHORS.get(letter, letter),
                labels=np.array(shares) > 0.5,  # noqa: PLR2004 - most of the sentence
                topics=[(low, high - 1) for low, high in pairwise([0, *starts, len(sentences)])],
            )
        )
    return talks


def ordinary_talks(
    files: Sequence[Path], count: int, cache: Path, encoder: SentenceEncoder, progress: Progress
) -> list[Talk]:
    """Return the `count` shortest talks of each file that have at least `SHORTEST_WORDS` words."""
    talks = []
    for file in files:
        transcripts = [talk.transcript for talk in load_labelled_talks(file)]
        long = [item for item in transcripts if len(item.word_timestamps) >= SHORTEST_WORDS]
        for transcript in sorted(long, key=lambda item: len(item.word_timestamps))[:count]:
            progress(f"{file.name}: {len(transcript.word_timestamps)} words")
            talks.append(_prepared(transcript, cache, encoder))
    return talks


def _prepared(transcript: Transcript, cache: Path, encoder: SentenceEncoder) -> Talk:
    sentences = split_sentences(transcript)
    features = SentenceFeatures(sentences, cached_vectors(sentences, cache, encoder))
    evidence = promotion_evidence(features, LANGUAGE)
    return Talk(features, evidence, promotion_features(features, evidence), pooled_vectors(features))
