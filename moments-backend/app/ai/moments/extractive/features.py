"""All that is known of a talk's lines, as columns and running sums: any stretch of it costs the same."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.boundaries import span_boundaries
from app.ai.moments.extractive.cues import SIGN_OFF, cues_in, is_dependent_clause
from app.ai.moments.extractive.vocabulary import Floats, Vocabulary, content_words
from app.ai.sentences import Sentence

SHORT_LINE_WORDS = 3
"""A line of fewer words, such as "Right." or "Oh, really?", opens nothing."""
SIDE_WORDS = 50
"""On each side of a line, by which it is seen whether the subject goes on."""
CUE_WORDS_MIN = 5
"""Shorter lines carry no cue: "The first one." says little."""


class SentenceFeatures:
    """Lines, what they are about, and where clips of them begin and end.

    Args:
        lines: at least one.
        vectors: one row for each line.
    """

    def __init__(
        self,
        lines: Sequence[Sentence],
        vectors: Matrix,
        *,
        earliest: float = 0.0,
        latest: float | None = None,
    ) -> None:
        self.lines = lines
        self.vectors = vectors
        self.starts = np.array([line.start for line in lines])
        self.ends = np.array([line.end for line in lines])
        edges = [
            span_boundaries(lines, index, index, earliest=earliest, latest=latest)
            for index in range(len(lines))
        ]
        # As they are told, so that a length that is checked is the length that is told.
        self.clip_starts = np.array([round(start, 3) for start, _ in edges])
        self.clip_ends = np.array([round(end, 3) for _, end in edges])
        self.pauses = np.concatenate(([9.0], np.maximum(0, self.starts[1:] - self.ends[:-1]), [9.0]))
        """Before each line, and after the last one; nothing comes before the first."""
        self.finishes = np.array([line.ends_sentence for line in lines])
        if not self.finishes[:-1].any():
            self.finishes[:] = True  # one endless sentence: its pieces have to do
        self.begins = np.concatenate(([True], self.finishes[:-1]))

    @cached_property
    def content(self) -> list[list[str]]:
        return [content_words(line.text) for line in self.lines]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.content)

    @cached_property
    def word_counts(self) -> Floats:
        return np.array([float(line.last_word - line.first_word + 1) for line in self.lines])

    @cached_property
    def content_weights(self) -> Floats:
        """How much each line tells: its content words, the rare ones counting for more."""
        rarity = self.vocabulary.rarity
        return np.array([sum(0.5 + 0.5 * rarity(word) for word in set(words)) for words in self.content])

    @cached_property
    def density_p90(self) -> float:
        """What one line in ten tells for each of its words."""
        longer = self.word_counts > SHORT_LINE_WORDS
        densities = (self.content_weights / self.word_counts)[longer]
        return max(0.1, float(np.quantile(densities, 0.9)) if len(densities) else 1.0)

    @cached_property
    def cues(self) -> Floats:
        return np.array(
            [
                max((weight for weight, _ in cues_in(line.text).values()), default=0.0)
                if count >= CUE_WORDS_MIN
                else 0.0
                for line, count in zip(self.lines, self.word_counts, strict=True)
            ]
        )

    @cached_property
    def opening_score(self) -> Floats:
        """How well each line stands first."""
        values = []
        for line, count in zip(self.lines, self.word_counts, strict=True):
            short = count <= SHORT_LINE_WORDS
            values.append(
                0.0
                if short or SIGN_OFF.search(line.text)
                else 0.35
                if is_dependent_clause(line.text)
                else 1.0
            )
        return np.array(values)

    @cached_property
    def is_sign_off(self) -> Floats:
        return np.array([1.0 if SIGN_OFF.search(line.text) else 0.0 for line in self.lines])

    @cached_property
    def word_sums(self) -> Floats:
        return _sums(self.word_counts)

    @cached_property
    def content_sums(self) -> Floats:
        return _sums(self.content_weights)

    @cached_property
    def cue_sums(self) -> Floats:
        return _sums(self.cues)

    @cached_property
    def spoken_sums(self) -> Floats:
        return _sums(self.ends - self.starts)

    @cached_property
    def contrasts(self) -> Floats:
        """Before each line: how little what is said just before it and from it on have in common, 0 to 1."""
        weights = np.sqrt(self.word_counts)[:, None].astype(np.float32)
        weighted = (self.vectors - np.average(self.vectors, axis=0, weights=weights[:, 0])) * weights
        sums = np.vstack([np.zeros((1, weighted.shape[1]), np.float32), np.cumsum(weighted, axis=0)])
        words = self.word_sums
        numbers = np.arange(len(self.lines))
        lows = np.minimum(np.searchsorted(words, words[numbers] - SIDE_WORDS, side="right") - 1, numbers)
        highs = np.searchsorted(words[:-1], words[numbers] + SIDE_WORDS, side="left")
        before = sums[numbers] - sums[np.maximum(lows, 0)]
        after = sums[highs] - sums[numbers]
        alike = np.einsum("ij,ij->i", before, after)
        norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        contrasts: Floats = np.clip(1 - alike / np.maximum(norms, 1e-9), 0, 1).astype(np.float64)
        return contrasts

    @cached_property
    def vector_sums(self) -> Matrix:
        """Long lines count for more than "Right." does."""
        weighted = self.vectors * np.sqrt(self.word_counts)[:, None].astype(np.float32)
        return np.vstack([np.zeros((1, weighted.shape[1]), np.float32), np.cumsum(weighted, axis=0)])


def _sums(values: Floats) -> Floats:
    """`sums[b] - sums[a]` is the sum of the values `a … b - 1`."""
    return np.concatenate(([0.0], np.cumsum(values)))
