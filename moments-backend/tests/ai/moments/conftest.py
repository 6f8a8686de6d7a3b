"""The extractive engine, with its model loaded once."""

from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from app.ai.embeddings.sentence_encoder import Matrix, SentenceEncoder
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.core.config import Settings


class CachingEncoder(SentenceEncoder):
    """Encoder that caches its results, since most tests use the same transcript."""

    def __init__(self) -> None:
        super().__init__()
        self._results: dict[tuple[str, ...], Matrix] = {}

    def encode(self, texts: Sequence[str], check: Callable[[], None] = lambda: None) -> Matrix:
        key = tuple(texts)
        if key not in self._results:
            self._results[key] = super().encode(texts, check)
        return self._results[key]


@pytest.fixture(scope="session")
async def extractive() -> AsyncIterator[ExtractiveEngine]:
    engine = ExtractiveEngine(Settings(embedding_model_path=None))
    engine._encoder = CachingEncoder()
    yield engine
    await engine.close()
