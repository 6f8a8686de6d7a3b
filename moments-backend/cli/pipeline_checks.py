"""Checks of `videomoments doctor` for the pipeline: workers, models and downloads."""

import shutil
import tempfile
from importlib import metadata
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.ai.moments import factory as moments
from app.ai.transcription import factory as transcription
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import ConfigurationError, DatabaseUnavailableError, SchemaMissingError
from app.database import session as database
from app.services.pipeline.queue import RunQueue
from cli.checks_base import LOW_SPACE_BYTES, CheckResult, State

RESPONSE_SECONDS = 10.0
NO_WORKER_REMEDY = "start one with `videomoments worker`, or everything with `make run`"
AUTH_STATUSES = {401, 403}


async def check_worker(settings: Settings) -> str | CheckResult:
    """Check the tables of the queue, and that a worker is alive."""
    engine = database.create_engine(settings)
    try:
        async with database.database_timeout(), AsyncSession(engine) as session:
            workers = await RunQueue(settings).count_workers(session)
    except DatabaseUnavailableError:
        return CheckResult("", State.WARNING, "skipped: database unavailable")
    except SchemaMissingError as error:
        raise ConfigurationError("the queue has no tables", remedy=error.remedy) from error
    finally:
        await engine.dispose()
    if not workers:
        return CheckResult("", State.WARNING, "none running: runs stay queued", NO_WORKER_REMEDY)
    return f"{workers} running"


async def check_transcription(settings: Settings) -> str | CheckResult:
    """Check that the model is installed, without loading it, or that its server responds."""
    transcriber = transcription.create_transcriber(settings)
    await transcriber.close()
    match settings.transcription_engine:
        case "whisper":
            from app.ai.transcription.whisper_model import find  # noqa: PLC0415

            return f"{transcriber.name} in {await run_in_thread(find, settings.whisper_model)}"
        case "openai":
            from app.ai.transcription.openai_compatible import OPENAI_URL  # noqa: PLC0415

            url = _models_url(settings.transcription_base_url or OPENAI_URL)
        case "http":
            url = settings.transcription_base_url or ""
    return await _request(url, settings.transcription_api_key, name=transcriber.name, prefix="TRANSCRIPTION")


async def check_moments(settings: Settings) -> str | CheckResult:
    """Check that the model is installed, without loading it, or that its server responds."""
    engine = moments.create_engine(settings)
    await engine.close()
    if settings.moment_engine == "openai":
        from app.ai.moments.chat.client import OPENAI_URL  # noqa: PLC0415

        url = _models_url(settings.moment_base_url or OPENAI_URL)
        return await _request(url, settings.moment_api_key, name=engine.name, prefix="MOMENT")
    from app.ai.embeddings.sentence_encoder import locate  # noqa: PLC0415

    model, _ = await run_in_thread(locate, settings.embedding_model_path)
    return f"{engine.name} in {model.parent}"


async def check_yt_dlp(_: Settings) -> str | CheckResult:
    try:
        return f"{metadata.version('yt-dlp')}, for links to video sites"
    except metadata.PackageNotFoundError:
        return CheckResult(
            "", State.WARNING, "not installed: links to video sites cannot be downloaded", "run `make setup`"
        )


async def check_work_folder(settings: Settings) -> str | CheckResult:
    return await run_in_thread(_check_work_folder, settings)


def _check_work_folder(settings: Settings) -> str | CheckResult:
    folder = settings.work_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        # Only a warning: "Files" reports an unusable STATIC_DIR.
        return CheckResult("", State.WARNING, f"cannot write to {folder}: {error.strerror}")
    largest = settings.video_download_max_size_bytes
    detail = f"{folder}, {free / 1024**3:.1f} GiB free; downloads use up to {largest / 1024**3:.1f} GiB each"
    if free < LOW_SPACE_BYTES:
        return CheckResult("", State.WARNING, detail, "free some space: downloads are stored here first")
    return detail


def _models_url(base: str) -> str:
    """Return the URL of the model list: cheap, and protected by the API key."""
    return f"{base.rstrip('/')}/models"


async def _request(url: str, key: SecretStr | None, *, name: str, prefix: str) -> str | CheckResult:
    """Check that a server responds and accepts the key; any other status is ignored.

    Args:
        prefix: common prefix of the server's settings.
    """
    server = urlsplit(url).netloc.rpartition("@")[2]
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        async with httpx.AsyncClient(timeout=RESPONSE_SECONDS, headers=headers) as client:
            status = (await client.get(url)).status_code
    except httpx.HTTPError as error:
        raise ConfigurationError(
            f"cannot reach {server}: {error or type(error).__name__}",
            remedy=f"check that the server is running, and {prefix}_BASE_URL",
        ) from error
    if status in AUTH_STATUSES:
        raise ConfigurationError(
            f"{server} returned {status}", remedy=f"set {prefix}_API_KEY to a valid key of this server"
        )
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return CheckResult("", State.WARNING, f"{server} returned {status}", "check again later")
    return f"{name} at {server}"
