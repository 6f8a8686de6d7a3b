"""Transcripts of many hours with natural word frequencies, and queries for them."""

import json
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
import psycopg

from app.ai.embeddings.sentence_encoder import DIMENSIONS, locate
from app.models.transcript import Segment, Transcript
from app.services.search.vectors import LEVELS, PART_BYTES, STEP

SENTENCES_PER_HOUR = 700
PASSAGES_PER_HOUR = 160
"""Passages have 60 to 80 words, 10 of which overlap, and sentences 12.5 words on average."""
SECONDS_PER_SENTENCE = 3600 / SENTENCES_PER_HOUR
CLUSTERS = 2000
SPREAD = 1.2
"""Deviation of a random passage from the centre of its cluster, relative to the centre's components."""
INDEXES = ("ix_transcript_segments_words", "ix_transcript_passages_sketch")


class SpokenLibrary:
    """Random sentences of real English words, whose frequencies follow Zipf's law.

    The words are those of the sentence model's vocabulary, which is roughly in the order of frequency.
    """

    def __init__(self, hours: int) -> None:
        self.hours = hours
        self._random = random.Random(13)

    @cached_property
    def words(self) -> list[str]:
        vocabulary = json.loads(locate(None)[1].read_text(encoding="utf-8"))["model"]["vocab"]
        ordered = sorted(vocabulary, key=vocabulary.__getitem__)
        return [word for word in ordered if word.isascii() and word.isalpha() and len(word) > 1]

    @cached_property
    def _cumulative(self) -> list[float]:
        return list(accumulate(1 / (rank + 2.7) for rank in range(1, len(self.words) + 1)))

    def sentence(self, source: random.Random) -> str:
        """Return a sentence of 4 to 21 words, 12.5 on average."""
        total = self._cumulative[-1]
        words = [
            self.words[bisect(self._cumulative, source.random() * total)]
            for _ in range(source.randint(4, 21))
        ]
        return f"{' '.join(words).capitalize()}."

    def sentences(self) -> Iterator[tuple[int, int, str]]:
        """Yield hour, number and text of all sentences, the same ones in every pass."""
        source = random.Random(7)
        for hour in range(self.hours):
            for number in range(SENTENCES_PER_HOUR):
                yield hour, number, self.sentence(source)

    def queries(self, count: int) -> list[str]:
        """Return queries of one to three words of a sentence, without its most frequent words."""
        frequent = set(self.words[:150])
        found: list[str] = []
        for hour, number, text in self.sentences():
            if len(found) == count:
                break
            words = [word for word in text.rstrip(".").lower().split() if word not in frequent]
            if (hour + number) % 3 == 0 and words:
                found.append(" ".join(self._random.sample(words, min(len(words), 1 + len(found) % 3))))
        return found

    def hour_of_speech(self) -> Transcript:
        """Return a transcript of one hour that is not in the library."""
        source = random.Random(11)
        segments = [
            Segment(
                text=self.sentence(source),
                start=number * SECONDS_PER_SENTENCE,
                end=(number + 1) * SECONDS_PER_SENTENCE,
            )
            for number in range(SENTENCES_PER_HOUR)
        ]
        text = " ".join(segment.text for segment in segments)
        return Transcript(text=text, language="en", word_timestamps=[], segment_timestamps=segments)


def fill(database_url: str, library: SpokenLibrary) -> None:
    """Insert the videos, sentences and passages with COPY, and build the indexes afterwards."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO videos (identifier, cloud_url, title, duration_seconds) SELECT 'talk-' || n,"
            " 'gs://benchmarks/videos/talk-' || n || '/talk.mp4', 'Recording ' || n, 3600"
            " FROM generate_series(0, %s) n",
            (library.hours - 1,),
        )
        identifiers = [row[0] for row in connection.execute("SELECT id FROM videos ORDER BY id").fetchall()]
        connection.execute(
            "INSERT INTO transcripts (video_id, language, document_md5) SELECT id, 'en', repeat('0', 32)"
            " FROM videos"
        )
        definitions = [_definition(connection, index) for index in INDEXES]
        for index in INDEXES:
            connection.execute(f"DROP INDEX {index}".encode())
        _copy_sentences(connection, library, identifiers)
        _copy_passages(connection, library, identifiers)
        connection.execute("SET maintenance_work_mem = '256MB'")
        for definition in definitions:
            connection.execute(definition.encode())
        connection.execute("DELETE FROM search_backlog")
        connection.execute("VACUUM ANALYZE")


def _definition(connection: psycopg.Connection[tuple[str]], index: str) -> str:
    row = connection.execute("SELECT pg_get_indexdef(%s::regclass)", (index,)).fetchone()
    assert row is not None
    return row[0]


def _copy_sentences(
    connection: psycopg.Connection[tuple[str]], library: SpokenLibrary, identifiers: Sequence[int]
) -> None:
    statement = "COPY transcript_segments (video_id, number, start_time, end_time, text, language) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for hour, number, text in library.sentences():
            start = number * SECONDS_PER_SENTENCE
            copy.write_row((identifiers[hour], number, start, start + SECONDS_PER_SENTENCE, text, "en"))
    with connection.cursor() as cursor, cursor.copy("COPY search_words (word) FROM STDIN") as copy:
        for word in library.words:
            copy.write_row((word,))


def _copy_passages(
    connection: psycopg.Connection[tuple[str]], library: SpokenLibrary, identifiers: Sequence[int]
) -> None:
    """Insert random unit vectors around the centres of clusters."""
    source = np.random.default_rng(5)
    centres = source.normal(size=(CLUSTERS, DIMENSIONS)).astype(np.float32)
    statement = (
        "COPY transcript_passages (text_hash, video_id, first_segment, last_segment, sketch, embedding,"
        " segment_sketches) FROM STDIN"
    )
    width = SENTENCES_PER_HOUR // PASSAGES_PER_HOUR + 1
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for hour in range(library.hours):
            rows = centres[source.integers(CLUSTERS, size=PASSAGES_PER_HOUR)]
            rows += SPREAD * source.normal(size=rows.shape).astype(np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            levels = np.clip(np.floor(rows / STEP) + LEVELS // 2, 0, LEVELS - 1).astype(np.uint8)
            packed = (levels[:, 0::2] << 4) | levels[:, 1::2]
            signs = (rows > 0).astype(np.uint8) + ord("0")
            for number in range(PASSAGES_PER_HOUR):
                first = number * SENTENCES_PER_HOUR // PASSAGES_PER_HOUR
                last = min(first + width, SENTENCES_PER_HOUR - 1)
                copy.write_row(
                    (
                        hour * PASSAGES_PER_HOUR + number,
                        identifiers[hour],
                        first,
                        last,
                        signs[number].tobytes().decode(),
                        packed[number].tobytes(),
                        source.bytes((last - first + 1) * PART_BYTES),
                    )
                )
