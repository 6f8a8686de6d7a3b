"""Synthetic transcripts, some of them random with a fixed seed."""

import random

from app.ai.sentences import Sentence, split_sentences
from app.models.transcript import Transcript, Word


def transcript_of(words: list[Word], *, language: str = "en") -> Transcript:
    return Transcript(
        text=" ".join(word.word for word in words),
        language=language,
        word_timestamps=words,
        segment_timestamps=[],
    )


def spoken(*sentences: str, pause: float = 0.4, start: float = 0.0, word_seconds: float = 0.5) -> Transcript:
    """Return words of `word_seconds` each, with `pause` seconds after each sentence."""
    words: list[Word] = []
    clock = start
    for sentence in sentences:
        for word in sentence.split():
            words.append(Word(word=word, start=clock, end=clock + word_seconds))
            clock += word_seconds
        clock += pause
    return transcript_of(words)


def random_transcript(seed: int, *, sentences: int = 60) -> Transcript:
    """Return sentences of 1 to 40 words at uneven speed, some without a full stop, some overlapping."""
    random_source = random.Random(seed)
    words: list[Word] = []
    clock = random_source.uniform(0, 3)
    for _ in range(sentences):
        count = random_source.choice([1, 3, 8, 15, 40])
        for index in range(count):
            length = random_source.uniform(0.05, 0.9)
            stop = random_source.choice([".", "?", "!", ""]) if index == count - 1 else ""
            words.append(Word(word=f"word{len(words)}{stop}", start=clock, end=clock + length))
            clock += length + random_source.choice([-0.04, 0.0, 0.0, 0.05, 0.3])
        clock += random_source.choice([0.0, 0.2, 0.8, 2.5])
    return transcript_of(words)


def random_sentences(seed: int, *, sentences: int = 60) -> list[Sentence]:
    return split_sentences(random_transcript(seed, sentences=sentences))
