"""The extractive engine, with its model loaded once."""

from collections.abc import AsyncIterator

import pytest

from app.ai.moments.extractive.engine import ExtractiveEngine
from app.core.config import Settings


@pytest.fixture(scope="session")
async def extractive() -> AsyncIterator[ExtractiveEngine]:
    engine = ExtractiveEngine(Settings(embedding_model_path=None))
    yield engine
    await engine.close()
