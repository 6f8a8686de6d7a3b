"""The text of `/metrics`: this process, the queue and the uploads, and the workers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from prometheus_client import Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import cancel_and_wait
from app.core.metrics import API_REGISTRY, PREFIX, SHARED_REGISTRY
from app.database.session import transaction
from app.repositories import pipeline_run_repository as runs
from app.services.metrics.worker_metrics import add_worker_metrics, read_worker_metrics

T = TypeVar("T")

CACHE_SECONDS = 3.0
"""Scrapes within this time cost the servers one query."""
TIMEOUT_SECONDS = 2.0
"""Longest time that a scrape waits for PostgreSQL, Redis or the disk."""

UPLOAD_STATUSES = ("receiving", "registering", "failed")
"""Statuses of pending uploads; finished ones are kept for a day and not counted."""


@dataclass(frozen=True)
class QueueState:
    runs: dict[str, int]
    workers: int


class MetricsExposition:
    """Renders all metrics. A part whose server is unavailable is missing, and its `…_up` is 0."""

    def __init__(
        self,
        redis: Redis,
        count_workers: Callable[[AsyncSession], Awaitable[int]],
        count_uploads: Callable[[], Awaitable[Mapping[str, int]]],
    ) -> None:
        async def queue_state() -> QueueState:
            async with transaction() as session:
                return QueueState(await runs.count_active_by_status(session), await count_workers(session))

        self._queue = _CachedRead(queue_state)
        self._uploads = _CachedRead(count_uploads)
        self._workers = _CachedRead(lambda: read_worker_metrics(redis))

    async def render(self) -> bytes:
        """Return the metrics in the text format of Prometheus."""
        queue, uploads, workers = await asyncio.gather(
            self._queue.get(), self._uploads.get(), self._workers.get()
        )
        own = [
            *API_REGISTRY.collect(),
            *SHARED_REGISTRY.collect(),
            *_state_metrics(queue, uploads, is_redis_up=workers is not None),
        ]
        return generate_latest(_Collected(add_worker_metrics(own, workers or {})))

    async def close(self) -> None:
        for read in (self._queue, self._uploads, self._workers):
            await read.close()


class _CachedRead(Generic[T]):
    """The result of a read, shared by concurrent scrapes and kept for `CACHE_SECONDS`."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._task: asyncio.Task[T] | None = None
        self._started = 0.0

    async def get(self) -> T | None:
        """Return the result; None if the read fails or takes longer than `TIMEOUT_SECONDS`."""
        now = time.monotonic()
        if self._task is None or (self._task.done() and now - self._started > CACHE_SECONDS):
            self._task, self._started = asyncio.ensure_future(self._call()), now
        task = self._task
        # A slow read continues for the next scrape instead of being cancelled and started again.
        await asyncio.wait([task], timeout=TIMEOUT_SECONDS)
        return None if not task.done() or task.cancelled() or task.exception() else task.result()

    async def close(self) -> None:
        if self._task is not None:
            await cancel_and_wait(self._task)

    async def _call(self) -> T:
        return await self._read()


class _Collected:
    """Metrics that were collected already, as the library's function expects them."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def _state_metrics(
    queue: QueueState | None, uploads: Mapping[str, int] | None, *, is_redis_up: bool
) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        f"{PREFIX}database_up", "Whether PostgreSQL answered this scrape.", value=queue is not None
    )
    yield GaugeMetricFamily(f"{PREFIX}redis_up", "Whether Redis answered this scrape.", value=is_redis_up)
    if queue is not None:
        depth = GaugeMetricFamily(f"{PREFIX}runs", "Runs that have not ended, by status.", labels=["status"])
        for status in runs.ACTIVE:
            depth.add_metric([status], queue.runs.get(status, 0))
        yield depth
        yield GaugeMetricFamily(f"{PREFIX}workers", "Workers with a recent heartbeat.", value=queue.workers)
    if uploads is not None:
        pending = GaugeMetricFamily(
            f"{PREFIX}uploads", "Uploads of this machine that are not complete.", labels=["status"]
        )
        for upload_status in UPLOAD_STATUSES:
            pending.add_metric([upload_status], uploads.get(upload_status, 0))
        yield pending
