"""The API: `uvicorn app.main:app --port 7005`."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app.api.auth import PROTECTED, AuthMiddleware
from app.api.dependencies import AppContainer
from app.api.endpoints import health, moments, pipeline, session, transcripts, uploads, videos
from app.api.error_handlers import ErrorMiddleware, add_exception_handlers
from app.api.openapi import OpenAPIApp, operation_id
from app.api.spa import SpaMiddleware
from app.api.tus.protocol import EXPOSED_HEADERS, TusProtocol, TusResumableMiddleware
from app.core.config import Settings, get_settings
from app.core.logging import configure_logging
from app.core.proxy_bypass import exempt_loopback_from_proxies
from app.core.redis import create_redis
from app.database.read_pool import ReadPool
from app.database.session import close_db, init_db
from app.services.library.local_files import VideoFileCache
from app.services.library.thumbnails import ThumbnailStore
from app.services.moments.clips import ClipService
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.moments.editing import MomentEditingService
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.run_reader import RunReader
from app.services.pipeline.run_service import RunService
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.service import UploadService


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application. Without `settings` it reads the environment's, when it starts."""

    def settings_of() -> Settings:
        return settings or get_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging()
        exempt_loopback_from_proxies()
        async with _clients(settings_of()) as clients:
            app.state.clients = clients
            # What is there by now stays. Each round of the collector that looks through it again costs a
            # long list a tenth of its time.
            gc.freeze()
            yield
            gc.unfreeze()

    app = OpenAPIApp(
        title="VideoMoments",
        summary="A library of videos: files in Cloud Storage, facts in PostgreSQL.",
        version="0.1.0",
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    # The last one added is the outermost.
    app.add_middleware(SpaMiddleware, settings=settings_of)
    app.add_middleware(AuthMiddleware, settings=settings_of)
    app.add_middleware(ErrorMiddleware)
    app.add_middleware(TusResumableMiddleware)
    app.add_middleware(_cross_origin, settings=settings_of)
    add_exception_handlers(app)
    api = APIRouter(prefix=PROTECTED)
    api.include_router(videos.router)
    api.include_router(transcripts.router)
    api.include_router(moments.router)
    api.include_router(pipeline.router)
    api.include_router(uploads.router)
    api.include_router(session.router)
    app.include_router(api)
    app.include_router(health.router)
    return app


@asynccontextmanager
async def _clients(settings: Settings) -> AsyncIterator[AppContainer]:
    """Every client of the application. None of them connects before it is used."""
    async with AsyncExitStack() as closing:
        await init_db(settings)
        closing.push_async_callback(close_db)
        reader = ReadPool(settings)
        closing.push_async_callback(reader.close)
        redis = create_redis(settings)
        closing.push_async_callback(redis.aclose)
        uploader = GCSUploader(settings)
        closing.push_async_callback(uploader.close)
        thumbnails = ThumbnailStore(settings, uploader)
        closing.push_async_callback(thumbnails.close)
        live, documents = RunStatusStore(redis, settings), VideoDocumentStores.of(settings, uploader)
        marked = EditedMomentsReader(documents.moments)
        submission = RunService(settings, RunQueue(settings), live)
        receiving = UploadService(settings, uploader, submission)
        closing.push_async_callback(receiving.close)
        await receiving.start()
        yield AppContainer(
            settings=settings,
            reader=reader,
            redis=redis,
            uploader=uploader,
            originals=VideoFileCache(settings),
            thumbnails=thumbnails,
            live=live,
            submission=submission,
            watching=RunReader(settings, live),
            documents=documents,
            clips=ClipService(settings, uploader, marked),
            moments=marked,
            editing=MomentEditingService(settings, uploader, documents, marked),
            uploads=receiving,
            tus=TusProtocol(settings, receiving),
        )


def _cross_origin(app: ASGIApp, settings: Callable[[], Settings]) -> ASGIApp:
    """CORS headers for the origins of the settings, outside the access rules: a preflight shows no key."""
    origins = settings().cors_origins
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        # Any origin at all may not use the browser's cookie.
        allow_credentials="*" not in origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["Accept-Ranges", "Content-Range", "ETag", "Link", "X-Total-Count", *EXPOSED_HEADERS],
    )


app = create_app()
