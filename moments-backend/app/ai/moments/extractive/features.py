"""Features of a transcript's sentences as columns and prefix sums, so that any range costs the same."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.boundaries import span_boundaries
from app.ai.moments.extractive.cues import SIGN_OFF, find_cues, is_dependent_clause
from app.ai.moments.extractive.vocabulary import Floats, Vocabulary, content_words
from app.ai.sentences import Sentence

SHORT_SENTENCE_WORDS = 3
"""Sentences up to this length, such as "Right." or "Oh, really?", cannot open a moment."""
SIDE_WORDS = 50
"""Words before and after a sentence that `contrasts` compares."""
MIN_CUE_WORDS = 5
"""Shortest sentence in which a cue counts: "The first one." has little content."""


class SentenceFeatures:
    """Feature columns of n sentences; times in seconds. `…_sums` are prefix sums of length n + 1.

    Args:
        sentences: at least one.
        vectors: sentence embeddings of length 1, shape (n, dimensions).
        earliest: start of the audio.
        latest: end of the audio, if known.
    """

    def __init__(
        self,
        sentences: Sequence[Sentence],
        vectors: Matrix,
        *,
        earliest: float = 0.0,
        latest: float | None = None,
    ) -> None:
        self.sentences = sentences
        self.vectors = vectors
        self.starts = np.array([sentence.start for sentence in sentences])
        self.ends = np.array([sentence.end for sentence in sentences])
        boundaries = [
            span_boundaries(sentences, index, index, earliest=earliest, latest=latest)
            for index in range(len(sentences))
        ]
        # Rounded as in the result, so that the checked length is the reported one.
        self.clip_starts = np.array([round(start, 3) for start, _ in boundaries])
        self.clip_ends = np.array([round(end, 3) for _, end in boundaries])
        self.pauses = np.concatenate(([9.0], np.maximum(0, self.starts[1:] - self.ends[:-1]), [9.0]))
        """Pause before each sentence and after the last one, n + 1 values; 9 at both ends."""
        self.ends_sentence = np.array([sentence.ends_sentence for sentence in sentences])
        if not self.ends_sentence[:-1].any():
            self.ends_sentence[:] = True  # without sentence boundaries, any piece may end a moment
        self.starts_sentence = np.concatenate(([True], self.ends_sentence[:-1]))

    @cached_property
    def content(self) -> list[list[str]]:
        return [content_words(sentence.text) for sentence in self.sentences]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.content)

    @cached_property
    def word_counts(self) -> Floats:
        return np.array([float(item.last_word - item.first_word + 1) for item in self.sentences])

    @cached_property
    def content_weights(self) -> Floats:
        """Sum over the distinct content words of each sentence: 0.5 for common to 1 for rare ones."""
        rarity = self.vocabulary.rarity
        return np.array([sum(0.5 + 0.5 * rarity(word) for word in set(words)) for words in self.content])

    @cached_property
    def density_p90(self) -> float:
        """90th percentile of the content weight per word."""
        longer = self.word_counts > SHORT_SENTENCE_WORDS
        densities = (self.content_weights / self.word_counts)[longer]
        return max(0.1, float(np.quantile(densities, 0.9)) if len(densities) else 1.0)

    @cached_property
    def cues(self) -> Floats:
        """Weight of the strongest cue phrase in each sentence, 0 to 1."""
        return np.array(
            [
                max((weight for weight, _ in find_cues(sentence.text).values()), default=0.0)
                if count >= MIN_CUE_WORDS
                else 0.0
                for sentence, count in zip(self.sentences, self.word_counts, strict=True)
            ]
        )

    @cached_property
    def opening_score(self) -> Floats:
        """Suitability of each sentence as the first of a moment, 0 to 1."""
        scores = []
        for sentence, count in zip(self.sentences, self.word_counts, strict=True):
            if count <= SHORT_SENTENCE_WORDS or SIGN_OFF.search(sentence.text):
                scores.append(0.0)
            else:
                scores.append(0.35 if is_dependent_clause(sentence.text) else 1.0)
        return np.array(scores)

    @cached_property
    def is_sign_off(self) -> Floats:
        """1 for sentences that greet, thank or advertise, otherwise 0."""
        return np.array([1.0 if SIGN_OFF.search(sentence.text) else 0.0 for sentence in self.sentences])

    @cached_property
    def word_sums(self) -> Floats:
        return _prefix_sums(self.word_counts)

    @cached_property
    def content_sums(self) -> Floats:
        return _prefix_sums(self.content_weights)

    @cached_property
    def cue_sums(self) -> Floats:
        return _prefix_sums(self.cues)

    @cached_property
    def speech_sums(self) -> Floats:
        return _prefix_sums(self.ends - self.starts)

    @cached_property
    def contrasts(self) -> Floats:
        """Dissimilarity of the `SIDE_WORDS` before and from each sentence on, 0 to 1."""
        weights = np.sqrt(self.word_counts)[:, None].astype(np.float32)
        weighted = (self.vectors - np.average(self.vectors, axis=0, weights=weights[:, 0])) * weights
        sums = np.vstack([np.zeros((1, weighted.shape[1]), np.float32), np.cumsum(weighted, axis=0)])
        words = self.word_sums
        numbers = np.arange(len(self.sentences))
        lows = np.minimum(np.searchsorted(words, words[numbers] - SIDE_WORDS, side="right") - 1, numbers)
        highs = np.searchsorted(words[:-1], words[numbers] + SIDE_WORDS, side="left")
        before = sums[numbers] - sums[np.maximum(lows, 0)]
        after = sums[highs] - sums[numbers]
        products = np.einsum("ij,ij->i", before, after)
        norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        contrasts: Floats = np.clip(1 - products / np.maximum(norms, 1e-9), 0, 1).astype(np.float64)
        return contrasts

    @cached_property
    def vector_sums(self) -> Matrix:
        """Prefix sums of the vectors, weighted by √words so that "Right." counts little."""
        weighted = self.vectors * np.sqrt(self.word_counts)[:, None].astype(np.float32)
        return np.vstack([np.zeros((1, weighted.shape[1]), np.float32), np.cumsum(weighted, axis=0)])


def _prefix_sums(values: Floats) -> Floats:
    """Return `sums` such that `sums[b] - sums[a]` is the sum of `values[a:b]`."""
    return np.concatenate(([0.0], np.cumsum(values)))
