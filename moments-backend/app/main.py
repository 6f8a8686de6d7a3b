"""The API: `uvicorn app.main:app --port 7005`."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app.api.auth import PROTECTED, AuthMiddleware
from app.api.compression import CompressionMiddleware
from app.api.conditional_json import ConditionalJsonMiddleware
from app.api.endpoints import (
    audit,
    bulk,
    chapters,
    clips,
    duplicates,
    engine,
    exports,
    facets,
    feed,
    health,
    keys,
    library_moments,
    markers,
    metrics,
    migrations,
    moments,
    pipeline,
    playback,
    runs,
    search,
    session,
    shared,
    shares,
    storage,
    storyboards,
    subscriptions,
    system,
    tags,
    thumbnails,
    transcripts,
    trash,
    uploads,
    videos,
    views,
    vocabulary,
    watch_folders,
    webhooks,
)
from app.api.error_handlers import ErrorMiddleware, add_exception_handlers
from app.api.guards.middleware import GuardMiddleware
from app.api.local_stream import LocalStreamMiddleware
from app.api.object_response import ObjectStreams
from app.api.openapi import OpenAPIApp, operation_id
from app.api.params.unknown import reject_unknown_parameters
from app.api.request_middleware import HEADER as REQUEST_ID_HEADER, RequestMiddleware
from app.api.security_headers import SecurityHeadersMiddleware
from app.api.server_sent_events import EventStreamSlots
from app.api.spa import SpaMiddleware
from app.api.tus.middleware import EXPOSED_HEADERS, TusResumableMiddleware
from app.api.tus.protocol import TusProtocol
from app.core.config import Settings, get_settings
from app.core.logging import configure_logging, configure_startup_logging
from app.core.proxy_bypass import exempt_loopback_from_proxies
from app.core.version import VERSION
from app.services.container import ApiContainer

PROTECTED_ENDPOINTS = (
    *(bulk, trash, duplicates),
    webhooks,
    *(videos, tags, views, feed, search, playback, facets, thumbnails, storyboards, transcripts, chapters),
    *(moments, clips, markers, library_moments, engine, exports, pipeline, runs, uploads),
    *(vocabulary, session, audit, keys, shares, system),
    *(watch_folders, subscriptions, migrations, storage),
)
"""Modules whose routes need a key, if one is set."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the application. Without `settings` it reads the environment when it starts."""

    def get() -> Settings:
        return settings or get_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(get())
        exempt_loopback_from_proxies()
        async with ApiContainer(get()) as container:
            app.state.container = container
            app.state.tus = TusProtocol(container.settings, container.uploads)
            app.state.object_streams = ObjectStreams(container.uploader)
            app.state.event_stream_slots = EventStreamSlots(container.settings)
            # Freeze startup objects: scanning them in every GC cycle made the full list 10 % slower.
            gc.freeze()
            yield
            gc.unfreeze()

    app = OpenAPIApp(
        title="VideoMoments",
        summary="Self-hosted video library: files in Cloud Storage, metadata in PostgreSQL.",
        version=VERSION,
        lifespan=lifespan,
        # The check for OpenTelemetry providers took a tenth of a streamed range; `/metrics` has our figures.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        docs_url=None,  # the web app has a page of its own, which loads nothing from other servers
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    # The middleware that is added last is the outermost one.
    app.add_middleware(LocalStreamMiddleware)
    app.add_middleware(ConditionalJsonMiddleware)
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(SpaMiddleware, settings=get)
    app.add_middleware(AuthMiddleware)
    app.add_middleware(GuardMiddleware, settings=get)
    app.add_middleware(ErrorMiddleware)
    app.add_middleware(TusResumableMiddleware)
    app.add_middleware(_cors, settings=get)
    app.add_middleware(SecurityHeadersMiddleware)
    app.add_middleware(RequestMiddleware)
    add_exception_handlers(app)
    api = APIRouter(prefix=PROTECTED, dependencies=[Depends(reject_unknown_parameters)])
    for module in PROTECTED_ENDPOINTS:
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(shared.router, dependencies=[Depends(reject_unknown_parameters)])
    app.include_router(health.router)
    app.include_router(metrics.router)
    return app


def _cors(app: ASGIApp, settings: Callable[[], Settings]) -> ASGIApp:
    """Add CORS for the origins of the settings, outside authentication: a preflight carries no key."""
    origins = settings().cors_origins
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        # A wildcard origin must not use the browser's cookie.
        allow_credentials="*" not in origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=[
            *("Accept-Ranges", "Content-Range", "ETag", "Link", "X-Total-Count"),
            *(REQUEST_ID_HEADER, *EXPOSED_HEADERS),
        ],
    )


configure_startup_logging()
app = create_app()
