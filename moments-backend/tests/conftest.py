"""What every test may ask for: the real servers, and a database, a bucket and a folder of its own."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING

import pytest
import redis

from app.core.config import Settings, get_settings
from app.core.urls.database import normalise_database_url
from app.database.migrations import upgrade_to_head
from app.database.session import async_session_factory, close_db, init_db
from embedded.gcs import create_bucket
from embedded.stack import EmbeddedStack
from tests.fixtures.database import own_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """The servers of this run. Their own database has the tables and no rows: each test's is its copy."""
    directory = tmp_path_factory.mktemp("embedded")
    with EmbeddedStack(directory, bucket="the-session-bucket", durable=False) as running:
        upgrade_to_head(normalise_database_url(running.environment()["DATABASE_URL"]))
        yield running


@pytest.fixture
def database_url(stack: EmbeddedStack) -> Iterator[str]:
    """A database of this test's own, with the tables and no rows."""
    with own_database(stack) as url:
        yield url


@pytest.fixture
def bucket(stack: EmbeddedStack) -> str:
    """The name of an empty bucket of this test's own."""
    name = f"test-{uuid.uuid4().hex}"
    create_bucket(stack.environment()["STORAGE_EMULATOR_HOST"], name)
    return name


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's own: neither environment, nor `.env`, nor a running stack of theirs."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "no.env"))  # for processes that a test starts
    monkeypatch.setenv("EMBEDDED_DIR", str(tmp_path / "no-embedded-stack"))


@pytest.fixture
def settings(
    stack: EmbeddedStack,
    database_url: str,
    bucket: str,
    tmp_path: Path,
    clean_environment: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Settings]:
    """The settings of this test; subprocesses and `get_settings()` see the same ones.

    Redis is emptied first, and the folders for videos are there.
    """
    environment = stack.environment() | {
        "DATABASE_URL": database_url,
        "GCS_BUCKET_NAME": bucket,
        "STATIC_DIR": str(tmp_path / "static"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    made = get_settings()
    made.videos_dir.mkdir(parents=True)
    password = made.redis_password.get_secret_value() if made.redis_password else None
    with redis.Redis(host=made.redis_host, port=made.redis_port, password=password) as client:
        client.flushall()
    yield made
    get_settings.cache_clear()


@pytest.fixture
async def session_factory(settings: Settings) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """`app.database.session.async_session_factory`, bound to this test's database."""
    await init_db(settings)
    yield async_session_factory
    await close_db()


@pytest.fixture
async def session(session_factory: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    async with session_factory() as opened:
        yield opened


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
