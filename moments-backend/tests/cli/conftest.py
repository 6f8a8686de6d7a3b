"""A library of its own for each test of a command."""

import pytest

from app.core.config import Settings
from tests.fixtures.library import Library


@pytest.fixture
def library(settings: Settings) -> Library:
    return Library(settings)
