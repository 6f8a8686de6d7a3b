"""Passages in the database: edits, the backlog and a missing model."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.ai.embeddings.sentence_encoder import Matrix, SentenceEncoder
from app.services.search import passage_index
from app.services.search.passage_backlog import PassageBacklogProcessor
from app.services.search.passage_index import PassageIndexer
from tests.api.support.rows import add_row
from tests.api.support.search_index import ENCODER, add_transcript
from tests.fixtures.library import Library

TALK = [
    f"Sentence number {number} is about the tides and the moon above the harbour." for number in range(60)
]


class CountingEncoder(SentenceEncoder):
    """Counts the texts that it encodes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def encode_with_parts(
        self,
        texts: Sequence[str],
        parts: Sequence[Sequence[tuple[int, int]]],
        check: Callable[[], None] = lambda: None,
    ) -> tuple[Matrix, list[Matrix]]:
        self.texts += texts
        return ENCODER.encode_with_parts(texts, parts, check)


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
async def talk(library: Library, session_factory: object) -> Library:
    add_row(library, "talk")
    return library


def passages(library: Library) -> list[tuple[int, int, bytes]]:
    with library.connection() as connection:
        return connection.execute(
            "SELECT first_segment, last_segment, embedding FROM transcript_passages ORDER BY first_segment"
        ).fetchall()


def backlog(library: Library) -> int:
    with library.connection() as connection:
        row = connection.execute("SELECT count(*) FROM passage_backlog").fetchone()
        assert row is not None
        return int(row[0])


async def test_edit_embeds_changed_passages_only(talk: Library, encoder: CountingEncoder) -> None:
    indexer = PassageIndexer(encoder)
    await indexer.prepare("talk", TALK)
    await add_transcript("talk", TALK, indexer=indexer)
    before, embedded = passages(talk), len(encoder.texts)
    assert embedded == len(before) > 8
    edited = [*TALK]
    edited[30] = "Here something else was said about bread and butter in the morning."
    fresh = PassageIndexer(encoder)
    await add_transcript("talk", edited, indexer=fresh)
    assert 1 <= len(encoder.texts) - embedded <= 2
    changed = [old != new for old, new in zip(before, passages(talk), strict=True)]
    assert 1 <= sum(changed) <= 2
    assert backlog(talk) == 0


async def test_moved_passages_keep_their_vectors(talk: Library, encoder: CountingEncoder) -> None:
    await add_transcript("talk", TALK, indexer=PassageIndexer(encoder))
    count = len(encoder.texts)
    await add_transcript("talk", ["", *TALK], indexer=PassageIndexer(encoder))
    assert len(encoder.texts) - count <= 1
    await add_transcript("talk", [], indexer=PassageIndexer(encoder))
    assert passages(talk) == []


async def test_long_import_is_completed_afterwards(
    talk: Library, encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passage_index, "MAX_INLINE", 2)
    indexer = PassageIndexer(encoder)
    await add_transcript("talk", TALK, indexer=indexer)
    assert (passages(talk), encoder.texts, backlog(talk)) == ([], [], 1)
    assert await PassageBacklogProcessor(indexer).process() == 1
    assert len(passages(talk)) == len(encoder.texts) > 8
    assert backlog(talk) == 0
    assert await PassageBacklogProcessor(indexer).process() == 0


async def test_missing_model_leaves_the_backlog(talk: Library, tmp_path: Path) -> None:
    indexer = PassageIndexer(SentenceEncoder(tmp_path))
    await add_transcript("talk", TALK, indexer=indexer)
    assert await PassageBacklogProcessor(indexer).process() == 0
    assert (passages(talk), backlog(talk)) == ([], 1)
    assert await PassageBacklogProcessor(PassageIndexer(ENCODER)).process() == 1
