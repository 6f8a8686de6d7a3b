"""Health of every part that the API can see."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.client_access import is_loopback_address
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import VideoMomentsError
from app.core.files.disk_space import RESERVED_BYTES
from app.core.version import VERSION
from app.database.read_pool import ReadPool
from app.database.session import transaction
from app.models.system import SystemInfo, SystemPart, SystemStorage
from app.services.storage.gcs_uploader import GCSUploader

TIMEOUT_SECONDS = 5.0
LOW_SPACE_BYTES = 4 * RESERVED_BYTES
GIB = 1024**3

Check = Callable[[], Awaitable[SystemPart]]


class SystemService:
    """Describes the installation. Every check ends within `TIMEOUT_SECONDS` and never raises."""

    def __init__(
        self,
        settings: Settings,
        read_pool: ReadPool,
        redis: Redis,
        uploader: GCSUploader,
        count_workers: Callable[[AsyncSession], Awaitable[int]],
    ) -> None:
        self._settings = settings
        self._read_pool = read_pool
        self._redis = redis
        self._uploader = uploader
        self._count_workers = count_workers

    async def describe(self) -> SystemInfo:
        """Return version, storage and the health of all parts, which are checked at once."""
        checks: dict[str, Check] = {
            "PostgreSQL": self._check_database,
            "Redis": self._check_redis,
            "Bucket": self._check_bucket,
            "Workers": self._check_workers,
            "Disk": self._check_disk,
        }
        parts = await asyncio.gather(*(_run(name, check) for name, check in checks.items()))
        return SystemInfo(version=VERSION, storage=describe_storage(self._settings), parts=list(parts))

    async def _check_database(self) -> SystemPart:
        ((version,),) = await self._read_pool.rows("SHOW server_version", {})
        return _ok("PostgreSQL", f"PostgreSQL {str(version).partition(' ')[0]}")

    async def _check_redis(self) -> SystemPart:
        info = await self._redis.info("server")
        version = info.get("valkey_version") or info.get("redis_version")
        return _ok("Redis", f"{info.get('server_name', 'redis')} {version}")

    async def _check_bucket(self) -> SystemPart:
        await self._uploader.check_access()
        return _ok("Bucket", f"gs://{self._uploader.bucket_name} is accessible")

    async def _check_workers(self) -> SystemPart:
        async with transaction() as session:
            workers = await self._count_workers(session)
        if workers:
            return _ok("Workers", f"{workers} running")
        remedy = "start one with `videomoments worker`, or everything with `make run`"
        return SystemPart(
            name="Workers", state="warning", detail="none running: runs stay queued", remedy=remedy
        )

    async def _check_disk(self) -> SystemPart:
        folder = self._settings.static_path
        free = (await run_in_thread(shutil.disk_usage, folder)).free
        detail = f"{free / GIB:.1f} GiB free in {folder.name}/"
        if free < LOW_SPACE_BYTES:
            return SystemPart(
                name="Disk",
                state="warning",
                detail=detail,
                remedy="delete files, or remove local originals with `videomoments offload --all`",
            )
        return _ok("Disk", detail)


def describe_storage(settings: Settings) -> SystemStorage:
    """Return the bucket, and whether its server is on this machine."""
    host = urlsplit(settings.storage_emulator_host or "").hostname
    is_embedded = host == "localhost" or is_loopback_address(host)
    return SystemStorage(bucket=settings.gcs_bucket_name, is_embedded=is_embedded)


def _ok(name: str, detail: str) -> SystemPart:
    return SystemPart(name=name, state="ok", detail=detail)


async def _run(name: str, check: Check) -> SystemPart:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await check()
    except VideoMomentsError as error:
        return SystemPart(name=name, state="broken", detail=error.cause, remedy=error.remedy)
    except TimeoutError:
        detail = f"no response within {TIMEOUT_SECONDS:g} s"
        return SystemPart(name=name, state="broken", detail=detail, remedy="check that its server is running")
    except (RedisError, OSError) as error:
        detail = str(error) or type(error).__name__
        return SystemPart(name=name, state="broken", detail=detail, remedy="check that its server is running")
