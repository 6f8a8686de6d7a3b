"""Use of bucket and disk by kind, computed in the background and shared through Redis."""

import asyncio
import logging
import shutil
import stat
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from os import scandir
from pathlib import Path

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.clock import utc_now
from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import Settings
from app.core.exceptions import VideoMomentsError
from app.models.storage import OffloadEstimate, PartUsage, StorageUsage, StorageUsageStatus
from app.services.consistency.bucket import BucketTotals
from app.services.consistency.disk import LocalOriginals
from app.services.consistency.parts import OTHER, ObjectParts
from app.services.consistency.table import iterate_rows
from app.services.storage.gcs_uploader import GCSUploader

logger = logging.getLogger(__name__)

KEEP = timedelta(hours=1)
"""Age from which on a request starts a new computation."""
SHORTEST = timedelta(seconds=30)
"""Age up to which not even a request for a new computation starts one."""
LOCK_SECONDS = 900
"""Longest time that another process is expected to need."""
KEY = "storage-usage"
LOCK_KEY = "storage-usage:lock"
_KINDS = {
    "videos": "originals",
    "audios": "audio",
    "moment_clips": "clips",
    "uploads": "unfinished uploads",
    ".work": "work folders",
    ".trash": "trash",
}
"""Kinds of the folders below `STATIC_DIR`; others have the name of the folder."""


class StorageUsageService:
    """Returns the last computed use at once, and computes it in the background when it is old."""

    def __init__(self, settings: Settings, uploader: GCSUploader, redis: Redis) -> None:
        self._settings = settings
        self._uploader = uploader
        self._redis = redis
        self._last: StorageUsageStatus | None = None
        self._failed_at: datetime | None = None
        self._computing: asyncio.Task[None] | None = None

    async def status(self, *, refresh: bool = False) -> StorageUsageStatus:
        """Return the last result; start a computation if it is older than `KEEP`, or on request."""
        last = await self._load()
        age = None if last is None or last.computed_at is None else utc_now() - last.computed_at
        is_due = age is None or age > KEEP or (refresh and age > SHORTEST)
        has_just_failed = self._failed_at is not None and utc_now() - self._failed_at < SHORTEST
        if is_due and not has_just_failed and not self._is_computing():
            self._computing = asyncio.create_task(self._compute())
        if self._is_computing():
            return _status("computing", last)
        return last or self._last or _status("computing", None)

    async def close(self) -> None:
        if self._computing is not None:
            await cancel_and_wait(self._computing)

    def _is_computing(self) -> bool:
        return self._computing is not None and not self._computing.done()

    async def _compute(self) -> None:
        has_lock = True
        with suppress(RedisError, OSError):
            has_lock = bool(await self._redis.set(LOCK_KEY, "1", nx=True, ex=LOCK_SECONDS))
        if not has_lock:
            return  # another process computes it
        try:
            usage = await measure(self._settings, self._uploader)
        except VideoMomentsError as error:
            logger.warning("Storage use not computed: %s", error.cause)
            self._failed_at = utc_now()
            computed_at = None if self._last is None else self._last.computed_at
            usage_before = None if self._last is None else self._last.usage
            self._last = StorageUsageStatus(
                state="failed", computed_at=computed_at, error=error.cause, usage=usage_before
            )
        else:
            await self._save(
                StorageUsageStatus(state="ready", computed_at=utc_now(), error=None, usage=usage)
            )
        finally:
            with suppress(RedisError, OSError):
                await self._redis.delete(LOCK_KEY)

    async def _save(self, status: StorageUsageStatus) -> None:
        self._last = status
        with suppress(RedisError, OSError):
            await self._redis.set(KEY, status.model_dump_json(), ex=int(timedelta(days=7).total_seconds()))

    async def _load(self) -> StorageUsageStatus | None:
        """Return the newest result of any process."""
        with suppress(RedisError, OSError, ValidationError):
            stored = await self._redis.get(KEY)
            if stored is not None:
                shared = StorageUsageStatus.model_validate_json(stored)
                is_ours = shared.usage and shared.usage.bucket_name == self._settings.gcs_bucket_name
                if is_ours and _time(shared) >= _time(self._last):
                    self._last = shared
        return self._last if self._last is not None and self._last.usage is not None else None


async def measure(settings: Settings, uploader: GCSUploader) -> StorageUsage:
    """List the bucket and the local folders.

    Raises:
        StorageError, DatabaseError, ConfigurationError: bucket, table or folder cannot be read.
    """
    parts, totals = ObjectParts(settings), BucketTotals()
    async for page in uploader.list_pages():
        for found in page:
            totals.add(parts.of(found.name).kind, found.size)
    disk = await run_in_thread(_measure_disk, settings.static_path)
    free = await run_in_thread(shutil.disk_usage, settings.static_path)
    return StorageUsage(
        bucket_name=settings.gcs_bucket_name,
        bucket=_usages(totals.objects, totals.sizes),
        bucket_bytes=sum(size for kind, size in totals.sizes.items() if kind != OTHER),
        disk=_usages(*disk),
        disk_bytes=sum(disk[1].values()),
        disk_free_bytes=free.free,
        disk_total_bytes=free.total,
        offload=await _estimate_offload(settings),
    )


async def _estimate_offload(settings: Settings) -> OffloadEstimate:
    originals = await run_in_thread(LocalOriginals.scan, settings)
    videos = size = 0
    async for rows in iterate_rows():
        for row in rows:
            file = originals.match(row)
            if file is not None:
                videos += 1
                size += file.size
    return OffloadEstimate(videos=videos, bytes=size)


def _measure_disk(root: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Return number and bytes of the files below the folders of `STATIC_DIR`, by kind. Blocks."""
    counts: dict[str, int] = defaultdict(int)
    sizes: dict[str, int] = defaultdict(int)
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_symlink() or not folder.is_dir():
            continue
        kind = _KINDS.get(folder.name, folder.name)
        pending = [str(folder)]
        while pending:
            with suppress(FileNotFoundError, PermissionError), scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                        continue
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        counts[kind] += 1
                        sizes[kind] += status.st_size
    return counts, sizes


def _usages(counts: Mapping[str, int], sizes: Mapping[str, int]) -> list[PartUsage]:
    usages = [PartUsage(kind=kind, count=count, bytes=sizes[kind]) for kind, count in counts.items()]
    return sorted(usages, key=lambda usage: (-usage.bytes, usage.kind))


def _status(state: str, last: StorageUsageStatus | None) -> StorageUsageStatus:
    return StorageUsageStatus.model_validate(
        {
            "state": state,
            "computed_at": None if last is None else last.computed_at,
            "error": None,
            "usage": None if last is None else last.usage,
        }
    )


def _time(status: StorageUsageStatus | None) -> float:
    if status is None or status.computed_at is None:
        return 0.0
    return status.computed_at.timestamp()
