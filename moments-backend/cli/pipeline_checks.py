"""What `videomoments doctor` looks at for the pipeline: its workers, its models, and what it fetches with."""

import asyncio
import shutil
import tempfile
from importlib import metadata
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.ai.moments import factory as moments
from app.ai.transcription import factory as transcription
from app.core.config import Settings
from app.core.exceptions import ConfigurationError, DatabaseUnavailableError, SchemaMissingError
from app.database import session as database
from app.services.pipeline.queue import RunQueue
from cli.checks_base import LITTLE_SPACE_BYTES, CheckResult, State

ANSWER_SECONDS = 10.0
NO_WORKER_REMEDY = "start one with `videomoments worker`, or all with `make run`"
REFUSALS = {401, 403}


async def check_worker(settings: Settings) -> str | CheckResult:
    """The queue's tables, and whether anybody works on what is in it."""
    engine = database.create_engine(settings)
    try:
        async with database.database_timeout(), AsyncSession(engine) as session:
            workers = await RunQueue(settings).count_workers(session)
    except DatabaseUnavailableError:
        return CheckResult("", State.WARNING, "not looked at, for want of the database")
    except SchemaMissingError as error:
        raise ConfigurationError("the queue has no tables", remedy=error.remedy) from error
    finally:
        await engine.dispose()
    if not workers:
        return CheckResult("", State.WARNING, "none is running, so runs wait", NO_WORKER_REMEDY)
    return f"{workers} {'is' if workers == 1 else 'are'} running"


async def check_transcription(settings: Settings) -> str | CheckResult:
    """The model is here, or its server answers. It is not loaded."""
    transcriber = transcription.create_transcriber(settings)
    await transcriber.close()
    match settings.transcription_engine:
        case "whisper":
            from app.ai.transcription.whisper_model import find  # noqa: PLC0415

            return f"{transcriber.name} in {await asyncio.to_thread(find, settings.whisper_model)}"
        case "openai":
            from app.ai.transcription.openai_compatible import OPENAI_URL  # noqa: PLC0415

            address = _models_of(settings.transcription_base_url or OPENAI_URL)
        case "http":
            address = settings.transcription_base_url or ""
    return await _ask(address, settings.transcription_api_key, name=transcriber.name, prefix="TRANSCRIPTION")


async def check_moments(settings: Settings) -> str | CheckResult:
    """The model is here, or its server answers. It is not loaded."""
    engine = moments.create_engine(settings)
    await engine.close()
    if settings.moment_engine == "openai":
        from app.ai.moments.chat.client import OPENAI_URL  # noqa: PLC0415

        address = _models_of(settings.moment_base_url or OPENAI_URL)
        return await _ask(address, settings.moment_api_key, name=engine.name, prefix="MOMENT")
    from app.ai.embeddings.sentence_encoder import locate  # noqa: PLC0415

    model, _ = await asyncio.to_thread(locate, settings.embedding_model_path)
    return f"{engine.name} in {model.parent}"


async def check_yt_dlp(_: Settings) -> str | CheckResult:
    try:
        return f"{metadata.version('yt-dlp')}, for links to sites and pages"
    except metadata.PackageNotFoundError:
        return CheckResult(
            "", State.WARNING, "not installed: links to sites cannot be fetched", "run `make setup`"
        )


async def check_work_folder(settings: Settings) -> str | CheckResult:
    """Where runs keep what they need for a while: it can be written, and has room."""
    return await asyncio.to_thread(_check_work_folder, settings)


def _check_work_folder(settings: Settings) -> str | CheckResult:
    folder = settings.work_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        # What is wrong with the folder above is said there.
        return CheckResult("", State.WARNING, f"{folder} cannot be written: {error.strerror}")
    largest = settings.video_download_max_size_bytes
    detail = f"{folder}, {free / 1024**3:.1f} GiB free; a download may have up to {largest / 1024**3:.1f} GiB"
    if free < LITTLE_SPACE_BYTES:
        return CheckResult("", State.WARNING, detail, "free some space: videos are fetched to it first")
    return detail


def _models_of(base: str) -> str:
    """The cheapest question that servers of this kind answer, and only with a key they know."""
    return f"{base.rstrip('/')}/models"


async def _ask(address: str, key: SecretStr | None, *, name: str, prefix: str) -> str | CheckResult:
    """Whether a server is there and lets us in; what else it answers to this question says nothing.

    Args:
        prefix: what its settings' names begin with.
    """
    server = urlsplit(address).netloc.rpartition("@")[2]
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, headers=headers) as client:
            status = (await client.get(address)).status_code
    except httpx.HTTPError as error:
        raise ConfigurationError(
            f"{server} cannot be reached: {error or type(error).__name__}",
            remedy=f"is the server up, and {prefix}_BASE_URL right?",
        ) from error
    if status in REFUSALS:
        raise ConfigurationError(
            f"{server} answers {status}", remedy=f"set {prefix}_API_KEY to a key that this server knows"
        )
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return CheckResult("", State.WARNING, f"{server} answers {status}", "try again once it has recovered")
    return f"{name} at {server}"
