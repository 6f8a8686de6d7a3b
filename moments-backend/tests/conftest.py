"""Fixtures for every test: the servers, and a database, a bucket and folders of its own."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.core.config import Settings, get_settings
from app.database.session import async_session_factory, close_db, init_db
from embedded.gcs import create_bucket
from embedded.stack import EmbeddedStack
from tests.fixtures.database import DatabasePool
from tests.fixtures.file_cache import share_cache
from tests.fixtures.library import Library, flush_redis
from tests.fixtures.servers import SharedServers, SharedStack, wait_for_servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

SLOW_AREAS = (
    "ai/moments/test_extractive",
    "ai/transcription/test_whisper",
    "benchmarks/",
    "cli/",
    "demo/",
    "embedded/",
    "media/",
    "services/backup/",
    "services/downloads/",
    "services/pipeline/",
    "services/storage/",
    "services/uploads/",
    "web/",
)
"""Folders and files below `tests/` whose tests `make test-fast` skips."""
MAX_WORKERS = 6
"""Each loads models and starts browsers of its own, which takes about 1 GB."""
SERVERS = pytest.StashKey[SharedServers]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return the number of workers for `-n auto`."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2, MAX_WORKERS)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the servers while the workers collect the tests, and pass their directory on."""
    node.workerinput["servers"] = str(_servers(node.config).directory)


def pytest_configure(config: pytest.Config) -> None:
    # Shells start background jobs with SIGINT ignored, which the commands under test would inherit.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if directory := _given_directory(config):
        share_cache(directory / "cache")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the areas that start programs, models or browsers, so that the fast tests take a minute."""
    for item in items:
        area = item.path.relative_to(Path(__file__).parent).as_posix()
        if area.startswith(SLOW_AREAS):
            item.add_marker(pytest.mark.slow)


def pytest_unconfigure(config: pytest.Config) -> None:
    if servers := config.stash.get(SERVERS, None):
        servers.stop()


def _given_directory(config: pytest.Config) -> Path | None:
    """Return the directory that the controller passed on; None in a run without workers."""
    given = getattr(config, "workerinput", {}).get("servers")
    return Path(given) if given else None


def _servers(config: pytest.Config) -> SharedServers:
    if SERVERS not in config.stash:
        config.stash[SERVERS] = SharedServers()
    return config.stash[SERVERS]


@pytest.fixture(scope="session", autouse=True)
def _tls_context() -> Iterator[None]:
    """Read the certificate store once per run: it takes 40 ms, and httpx reads it for every client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> SharedStack:
    """Return the servers that all workers of this run share."""
    return wait_for_servers(_given_directory(pytestconfig) or _servers(pytestconfig).directory)


@pytest.fixture(scope="session")
def databases(stack: SharedStack) -> Iterator[DatabasePool]:
    pool = DatabasePool(stack)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def valkey_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return the settings of this worker's Valkey: a channel spans all databases of a server."""
    directory = tmp_path_factory.mktemp("valkey")
    with EmbeddedStack(directory, bucket="unused", database=False, storage=False, durable=False) as running:
        yield running.environment()


@pytest.fixture(scope="session")
def server_environment(stack: SharedStack, valkey_environment: dict[str, str]) -> dict[str, str]:
    """Return the settings that name all servers."""
    return stack.environment() | valkey_environment


@pytest.fixture
def database_url(databases: DatabasePool) -> Iterator[str]:
    """Return the URL of a database with the tables and no rows."""
    with databases.database() as url:
        yield url


@pytest.fixture
def bucket(stack: EmbeddedStack) -> str:
    """Return the name of an empty bucket."""
    name = f"test-{uuid.uuid4().hex}"
    servers = stack.environment()
    create_bucket(servers["STORAGE_EMULATOR_HOST"], servers["STORAGE_EMULATOR_TOKEN"], name)
    return name


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove the developer's settings: environment, `.env` and a running stack."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "no.env"))  # for processes that a test starts
    monkeypatch.setenv("EMBEDDED_DIR", str(tmp_path / "no-embedded-stack"))


@pytest.fixture
def settings(
    server_environment: dict[str, str],
    database_url: str,
    bucket: str,
    tmp_path: Path,
    clean_environment: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Settings]:
    """Return settings that subprocesses and `get_settings()` read as well, with an empty Redis database."""
    environment = server_environment | {
        "DATABASE_URL": database_url,
        "GCS_BUCKET_NAME": bucket,
        "STATIC_DIR": str(tmp_path / "static"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    made = get_settings()
    made.static_path.mkdir(mode=0o700)
    made.videos_dir.mkdir()
    flush_redis(made)
    yield made
    get_settings.cache_clear()


@pytest.fixture
def library(settings: Settings) -> Library:
    return Library(settings)


@pytest.fixture
async def session_factory(settings: Settings) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Return `app.database.session.async_session_factory`, bound to this test's database."""
    await init_db(settings)
    yield async_session_factory
    await close_db()


@pytest.fixture
async def session(session_factory: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    async with session_factory() as opened:
        yield opened


@pytest.fixture(scope="session")
def stopped_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data directory of a stack that ran once and was stopped gracefully; tests use copies."""
    directory = tmp_path_factory.mktemp("stopped")
    with EmbeddedStack(directory, bucket="kept", durable=False):
        pass
    return directory


@pytest.fixture
def data_dir(stopped_data_dir: Path, tmp_path: Path) -> Path:
    """Return a copy of `stopped_data_dir`, from which a stack starts on existing data."""
    directory = tmp_path / "embedded"
    # Keeps the owners, and copies the thousand files of a cluster faster than Python.
    subprocess.run(["cp", "-a", stopped_data_dir, directory], check=True)
    return directory
