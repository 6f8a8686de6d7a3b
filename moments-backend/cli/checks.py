"""Checks of `videomoments doctor`; each returns its result, and a remedy if it failed."""

import asyncio
import json
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from redis.exceptions import RedisError
from sqlalchemy import make_url

from app.core.concurrency import run_in_thread
from app.core.config import Settings, servers_to_embed
from app.core.exceptions import ConfigurationError, VideoMomentsError
from app.core.redis import create_redis
from app.database.migrations import describe_database, head_revision
from app.services.storage.gcs_uploader import GCSUploader
from cli.checks_base import CHECK_SECONDS, LOW_SPACE_BYTES, Check, CheckResult, State
from cli.media_checks import check_ffmpeg, check_ffprobe
from cli.pipeline_checks import (
    check_moments,
    check_transcription,
    check_work_folder,
    check_worker,
    check_yt_dlp,
)
from cli.processes import local_url
from cli.remote.server import running_address
from cli.security_checks import check_api_key, check_network, check_private_files
from cli.supervisor import require_api_key_for_public_host
from embedded.ports import bind_error

START_REMEDY = "start it with `make run`"


async def check_python(_: Settings) -> str:
    return f"{sys.version.split()[0]} at {sys.executable}"


async def check_database(settings: Settings) -> str:
    url = make_url(settings.database_url)
    where = f"{url.host}:{url.port or 5432}/{url.database}"
    try:
        database = await run_in_thread(describe_database, settings.database_url)
    except VideoMomentsError as error:
        own = "check that the server is running, and host, port and password in DATABASE_URL"
        remedy = START_REMEDY if "database" in servers_to_embed() else own
        raise ConfigurationError(f"{where}: {error.cause}", remedy=remedy) from error
    return f"{database.server_version} at {where}"


async def check_tables(settings: Settings) -> str:
    try:
        found = (await run_in_thread(describe_database, settings.database_url)).revision
    except VideoMomentsError as error:
        raise ConfigurationError("skipped: database unavailable") from error
    needed = await run_in_thread(head_revision)
    if found != needed:
        raise ConfigurationError(
            "no tables" if found is None else f"revision {found} is outdated, {needed} is required",
            remedy="run `make run`, or: cd moments-backend && .venv/bin/alembic upgrade head",
        )
    return f"revision {found}"


async def check_redis(settings: Settings) -> str:
    where = f"{settings.redis_host}:{settings.redis_port}"
    client = create_redis(settings)
    try:
        info = await client.info("server")
    except (RedisError, OSError) as error:
        own = "check that the server is running, and REDIS_HOST, REDIS_PORT and REDIS_PASSWORD"
        remedy = START_REMEDY if "redis" in servers_to_embed() else own
        raise ConfigurationError(f"{where}: {error}", remedy=remedy) from error
    finally:
        await client.aclose()
    version = info.get("valkey_version") or info.get("redis_version")
    return f"{info.get('server_name', 'redis')} {version} at {where}"


async def check_credentials(settings: Settings) -> str | CheckResult:
    key, emulator = settings.gcs_service_account_file, settings.storage_emulator_host
    if emulator:
        return f"emulator at {emulator}, links signed with {key or 'a temporary key'}"
    if _lacks_embedded_storage(settings):
        return CheckResult("", State.WARNING, "none until the embedded storage is running", START_REMEDY)
    return f"service account key {key}" if key else "application default credentials of this machine"


async def check_storage(settings: Settings) -> str:
    """Create, read, link and delete an object, as the application does."""
    if _lacks_embedded_storage(settings):
        raise ConfigurationError("the embedded storage is not running", remedy=START_REMEDY)
    uploader = GCSUploader(settings)
    try:
        await uploader.check_access()
        probe = uploader.video_path(".videomoments-doctor", f"{uuid.uuid4().hex}.txt")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "probe.txt"
            file.write_text("videomoments doctor\n")
            await uploader.store(file, probe)
            try:
                await uploader.download(probe, file)
                url = await uploader.generate_signed_url(probe)
                await run_in_thread(_fetch, url)
            finally:
                await uploader.delete_object(probe)
    finally:
        await uploader.close()
    return f"gs://{settings.gcs_bucket_name}: list, create, read, delete and signed links work"


async def check_files(settings: Settings) -> str | CheckResult:
    return await run_in_thread(_check_files, settings)


async def check_api(settings: Settings) -> str | CheckResult:
    require_api_key_for_public_host(settings.host, settings)
    url = running_address() or local_url(settings.host, settings.port)
    if await run_in_thread(_is_ours, url):
        return f"running at {url}"
    problem = bind_error(settings.host, settings.port)
    if problem is not None:
        raise ConfigurationError(
            f"cannot listen on {settings.host} port {settings.port}: {problem.strerror}",
            remedy="set PORT to another port, or stop the program that uses it",
        )
    return CheckResult("", State.WARNING, f"not running; port {settings.port} is free", START_REMEDY)


CHECKS: dict[str, Check] = {
    "Python": check_python,
    "ffmpeg": check_ffmpeg,
    "ffprobe": check_ffprobe,
    "PostgreSQL": check_database,
    "Tables": check_tables,
    "Redis": check_redis,
    "Credentials": check_credentials,
    "Bucket": check_storage,
    "Files": check_files,
    "Work folder": check_work_folder,
    "yt-dlp": check_yt_dlp,
    "Transcription": check_transcription,
    "Moments": check_moments,
    "API key": check_api_key,
    "Network": check_network,
    "Private files": check_private_files,
    "Worker": check_worker,
    "API": check_api,
}


async def examine(settings: Settings) -> list[CheckResult]:
    return list(await asyncio.gather(*(_run(name, check, settings) for name, check in CHECKS.items())))


async def _run(name: str, check: Check, settings: Settings) -> CheckResult:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            found = await check(settings)
    except VideoMomentsError as error:
        return CheckResult(name, State.BROKEN, error.cause, error.remedy)
    except TimeoutError:
        return CheckResult(name, State.BROKEN, f"no response within {CHECK_SECONDS} s", "check the network")
    if isinstance(found, CheckResult):
        return CheckResult(name, found.state, found.detail, found.remedy)
    return CheckResult(name, State.OK, found)


def _lacks_embedded_storage(settings: Settings) -> bool:
    return "storage" in servers_to_embed() and settings.storage_emulator_host is None


def _check_files(settings: Settings) -> str | CheckResult:
    folder = settings.static_path
    try:
        settings.videos_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        with tempfile.TemporaryFile(dir=settings.videos_dir):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"cannot write to {error.filename or folder}: {error.strerror}",
            remedy="make it writable, or set STATIC_DIR to another directory",
        ) from error
    free = shutil.disk_usage(folder).free
    detail = f"{folder} is writable, {free / 1024**3:.1f} GiB free"
    if free < LOW_SPACE_BYTES:
        return CheckResult("", State.WARNING, detail, "free some space")
    return detail


def _fetch(url: str) -> None:
    try:
        with urllib.request.urlopen(url, timeout=CHECK_SECONDS / 2) as response:  # noqa: S310 - a link signed here
            response.read()
    except OSError as error:
        raise ConfigurationError(
            f"a signed link was rejected: {error}",
            remedy="grant storage.objects.get to the signing account, and check this machine's clock",
        ) from error


def _is_ours(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as response:  # noqa: S310 - an http URL of this machine
            body = response.read()
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
    except OSError:
        return False
    try:
        return "status" in json.loads(body)
    except ValueError:
        return False
