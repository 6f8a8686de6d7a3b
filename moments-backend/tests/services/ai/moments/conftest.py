"""The embedded engine, with its model loaded once."""

from collections.abc import AsyncIterator

import pytest

from app.core.config import Settings
from app.services.ai.moments.extractive.engine import ExtractiveEngine


@pytest.fixture(scope="session")
async def extractive() -> AsyncIterator[ExtractiveEngine]:
    engine = ExtractiveEngine(Settings(embedding_model_path=None))
    yield engine
    await engine.close()
