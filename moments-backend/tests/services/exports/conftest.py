"""A machine that requests and processes exports."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from tests.fixtures.exports import Gate, Machine


@pytest.fixture
async def make_machine(
    settings: Settings, session_factory: async_sessionmaker[AsyncSession]
) -> AsyncIterator[Callable[..., Machine]]:
    """Create machines from the settings of the test and changes of them."""
    made: list[Machine] = []

    def make(**changes: object) -> Machine:
        made.append(Machine.of(settings.model_copy(update=changes)))
        return made[-1]

    yield make
    for machine in made:
        await machine.close()


@pytest.fixture
async def machine(make_machine: Callable[..., Machine]) -> Machine:
    """Return a machine whose library has the video `talk`."""
    made = make_machine()
    await made.add_video()
    return made


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate.create(tmp_path)
