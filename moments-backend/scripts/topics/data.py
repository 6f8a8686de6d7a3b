"""Labelled talks as training examples, with their vectors cached."""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.ai.embeddings.sentence_encoder import Matrix, SentenceEncoder
from app.ai.moments.extractive.subject_changes import subject_changes
from app.ai.moments.extractive.topic_features import PENALTY_FACTORS, topic_features
from app.ai.moments.extractive.topic_segmentation import PLAIN_PENALTY
from app.ai.moments.extractive.vocabulary import Floats
from app.ai.sentences import Sentence, split_sentences
from demo.scripts import TALKS
from evaluation.labelled_talks import LabelledTalk, LabelledTalkData, labelled_talk, load_labelled_talks
from evaluation.subjects import SUBJECTS
from scripts.topics.training import Example

PROJECT_TALKS = 3
SLOWNESS = 3

Progress = Callable[[str], None]


@dataclass(frozen=True)
class PreparedTalk:
    """A labelled talk with what the network reads.

    Attributes:
        kind: name of the file without its extensions.
        starts: of the sentences in seconds.
        changes: numbers of the sentences at the change points.
    """

    kind: str
    talk_id: str
    starts: Floats
    seconds: float
    marked: tuple[float, ...]
    changes: list[int]
    features: Matrix
    vectors: Matrix

    def example(self, weight: float) -> Example:
        """Return the talk for training; a marked topic begins with the sentence nearest to it."""
        labels = np.zeros(len(self.starts), np.float32)
        for time in self.marked:
            labels[int(np.argmin(np.abs(self.starts - time)))] = 1.0
        labels[0] = 0.0
        return Example(self.features, self.vectors, labels, weight)


def prepare(file: Path, cache: Path, encoder: SentenceEncoder, progress: Progress) -> list[PreparedTalk]:
    """Return the talks of a file of JSON Lines.

    Args:
        cache: directory for the sentence vectors, which take 7 s per hour of talk.
    """
    kind = file.name.partition(".")[0]
    talks = load_labelled_talks(file)
    prepared = []
    for number, talk in enumerate(talks, start=1):
        progress(f"{kind} {number}/{len(talks)}: {talk.id}")
        prepared.append(prepare_talk(kind, talk, cache, encoder))
    return prepared


def prepare_talk(kind: str, talk: LabelledTalk, cache: Path, encoder: SentenceEncoder) -> PreparedTalk:
    """Return one talk with features and vectors."""
    sentences = split_sentences(talk.transcript)
    vectors = cached_vectors(sentences, cache, encoder)
    changes = subject_changes(sentences, vectors, PENALTY_FACTORS)
    return PreparedTalk(
        kind=kind,
        talk_id=talk.id,
        starts=np.array([sentence.start for sentence in sentences]),
        seconds=talk.seconds,
        marked=talk.changes,
        changes=changes[PLAIN_PENALTY],
        features=topic_features(sentences, vectors, changes),
        vectors=vectors,
    )


def cached_vectors(sentences: Sequence[Sentence], cache: Path, encoder: SentenceEncoder) -> Matrix:
    """Return one embedding per sentence, from a file in `cache` named by the text if there is one."""
    texts = [sentence.text for sentence in sentences]
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    file = cache / f"{digest[:32]}.npy"
    if file.exists():
        vectors: npt.NDArray[np.float16] = np.load(file)
        return vectors.astype(np.float32)
    distinct = sorted(set(texts))
    rows = {text: row for row, text in enumerate(distinct)}
    encoded = encoder.encode(distinct)[[rows[text] for text in texts]].astype(np.float16)
    cache.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".part.npy")
    np.save(partial, encoded)
    partial.replace(file)
    return encoded.astype(np.float32)


def series(talk_id: str) -> str:
    """Return what the ids of related talks have in common: `ES2002` for `ES2002a`, `covid` for `covid_3`."""
    head, separator, _ = talk_id.partition("_")
    if separator:
        return head
    if part := re.fullmatch(r"(.*\d)[a-z]", head):
        return part[1]
    return re.sub(r"\d+$", "", head)


def folds(talks: Sequence[PreparedTalk], count: int) -> list[int]:
    """Return the fold of each talk; series stay together, and folds of each kind have similar sizes."""
    chosen: dict[tuple[str, str], int] = {}
    for kind in dict.fromkeys(talk.kind for talk in talks):
        sizes = [0] * count
        members = Counter(series(talk.talk_id) for talk in talks if talk.kind == kind)
        for name, size in sorted(members.items(), key=lambda item: (-item[1], item[0])):
            fold = sizes.index(min(sizes))
            chosen[kind, name] = fold
            sizes[fold] += size
    return [chosen[talk.kind, series(talk.talk_id)] for talk in talks]


def project_talks(cache: Path, encoder: SentenceEncoder) -> list[PreparedTalk]:
    """Return talks made of the project's own texts, which no network is trained on.

    They are spoken slowly, so that each subject lasts about as long as the topics of real talks.
    """
    texts = [" ".join(text.split()) for text in SUBJECTS]
    texts += [" ".join(section.text for section in talk.sections) for talk in TALKS]
    source = random.Random(0)  # noqa: S311 - a sample, not a secret
    talks = []
    for number in range(PROJECT_TALKS):
        order = source.sample(texts, len(texts))
        counts = [len(text.split()) for text in order]
        data = LabelledTalkData(
            id=f"project-{number}", words=" ".join(order), boundaries=list(accumulate(counts[:-1]))
        )
        talks.append(prepare_talk("project", _slowed(labelled_talk(data)), cache, encoder))
    return talks


def _slowed(talk: LabelledTalk) -> LabelledTalk:
    words = [
        word.model_copy(update={"start": SLOWNESS * word.start, "end": SLOWNESS * word.end})
        for word in talk.transcript.word_timestamps
    ]
    transcript = talk.transcript.model_copy(update={"word_timestamps": words})
    return replace(talk, transcript=transcript, changes=tuple(SLOWNESS * change for change in talk.changes))
