"""A folder whose databases are made once, for tests that start stacks of their own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from embedded.stack import EmbeddedStack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def stopped_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stack that ran once and was stopped in order. Copy it: it is everybody's."""
    directory = tmp_path_factory.mktemp("stopped")
    with EmbeddedStack(directory, bucket="kept", durable=False):
        pass
    return directory


@pytest.fixture
def home(stopped_home: Path, tmp_path: Path) -> Path:
    """A copy of it for one test: a start from here is one on existing data."""
    directory = tmp_path / "embedded"
    shutil.copytree(stopped_home, directory)
    owner = (stopped_home / "postgres").stat()
    for path in [directory / "postgres", *(directory / "postgres").rglob("*")]:
        shutil.chown(path, owner.st_uid, owner.st_gid)
    return directory
