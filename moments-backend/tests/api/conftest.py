"""The application, in this process or behind a real socket."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
from fastapi import FastAPI

from app.core.config import Settings
from app.core.urls.database import normalise_database_url
from app.database.migrations import upgrade_to_head
from app.main import app, create_app
from app.services.container import ApiContainer
from app.services.moments.documents import VideoDocumentStores
from app.services.storage.gcs_uploader import GCSUploader
from app.services.transcripts.store import TranscriptStore
from embedded.postgres import Postgres
from embedded.stack import EmbeddedStack
from embedded.valkey import Valkey
from tests.api.support.openapi_assertions import assert_declared
from tests.api.support.rows import add_row
from tests.api.support.runs import MOMENT_IDS, TRANSCRIPT, moments
from tests.api.support.transcripts import TALK
from tests.fixtures.library import Library
from tests.fixtures.raw_http import serving_app


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a new application in this process."""
    async with connected_to(create_app(settings)) as client:
        yield client


@asynccontextmanager
async def connected_to(application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Start the application and yield a client, each of whose responses must be declared in OpenAPI."""
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(application),
            base_url="http://localhost",
            event_hooks={"response": [assert_declared]},
        ) as client,
    ):
        yield client


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of `app.main.app`: building the routes of a new application takes 100 ms."""
    app.middleware_stack = None  # middlewares read the settings when they are built
    async with connected_to(app) as opened:
        yield opened


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Yield the address of a new application behind uvicorn, in a thread."""
    with serving_app(create_app(settings), lifespan="on") as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    with serving(settings) as opened:
        yield opened


# Servers that a test stops or pauses


@pytest.fixture(scope="module")
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """Yield a PostgreSQL and a Valkey that no other module uses."""
    directory = tmp_path_factory.mktemp("outages")
    with EmbeddedStack(directory, bucket="unused", storage=False, durable=False) as running:
        upgrade_to_head(normalise_database_url(running.environment()["DATABASE_URL"]))
        yield running


@pytest.fixture
def postgres(own_servers: EmbeddedStack) -> Postgres:
    return next(server for server in own_servers.servers if isinstance(server, Postgres))


@pytest.fixture
def valkey(own_servers: EmbeddedStack) -> Valkey:
    return next(server for server in own_servers.servers if isinstance(server, Valkey))


@pytest.fixture
def own_settings(settings: Settings, own_servers: EmbeddedStack) -> Settings:
    environment = own_servers.environment()
    return Settings(
        database_url=environment["DATABASE_URL"],
        redis_host=environment["REDIS_HOST"],
        redis_port=int(environment["REDIS_PORT"]),
        redis_password=environment.get("REDIS_PASSWORD"),
    )


# Transcripts


@pytest.fixture
def container(client: httpx.AsyncClient) -> ApiContainer:
    made: ApiContainer = app.state.container
    return made


@pytest.fixture
async def store(container: ApiContainer, library: Library) -> TranscriptStore:
    """Return the store of the application, with the transcript of the video `talk`."""
    add_row(library, "talk", duration_seconds=60)
    await container.transcripts.record_run("talk", TALK)
    return container.transcripts


# Moments


@pytest.fixture
async def documents(settings: Settings) -> AsyncIterator[VideoDocumentStores]:
    uploader = GCSUploader(settings)
    yield VideoDocumentStores.of(settings, uploader)
    await uploader.close()


@pytest.fixture
async def talk(library: Library, documents: VideoDocumentStores) -> Library:
    """Create a video of 100 s with transcript, moments (one refined) and clips."""
    add_row(library, "talk", duration_seconds=100.0)
    await documents.transcripts.write("talk", TRANSCRIPT)
    await documents.moments.write("talk", moments())
    library.settings.moment_clips_dir.mkdir()
    for moment_id in MOMENT_IDS[:2]:
        name = f"talk_{moment_id}_clip.mp4"
        (library.settings.moment_clips_dir / name).write_bytes(b"clip")
        library.put(f"clips/talk/{name}", b"clip")
    return library
