"""Metrics of workers, published in Redis so that `/metrics` of any API process includes them.

Workers need no port of their own, and any number of them on any machine is found. The metrics of a worker
that ended remain for `EXPIRY_SECONDS`, long enough for one more scrape.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, cast

import orjson
from prometheus_client import Metric
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.concurrency import cancel_and_wait
from app.core.metrics import SHARED_REGISTRY

logger = logging.getLogger(__name__)

PREFIX = "videomoments:metrics:"
NAMES = f"{PREFIX}workers"
"""Set of the names of workers that have published."""

PUBLISH_SECONDS = 5.0
EXPIRY_SECONDS = 120
WORKER_LABEL = "worker"


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


class WorkerMetricsPublisher:
    """Publishes this process's metrics from `start` to `close`; errors of Redis only delay them."""

    def __init__(self, redis: Redis, name: str | None = None) -> None:
        self._redis = redis
        self._name = name or worker_name()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._publish_periodically())

    async def close(self) -> None:
        """Publish the final values."""
        if self._task is not None:
            await cancel_and_wait(self._task)
            await self._publish()

    async def _publish_periodically(self) -> None:
        while True:
            await self._publish()
            await asyncio.sleep(PUBLISH_SECONDS)

    async def _publish(self) -> None:
        document = orjson.dumps([_to_document(metric) for metric in SHARED_REGISTRY.collect()])
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.sadd(NAMES, self._name)
                pipeline.set(_key(self._name), document, ex=EXPIRY_SECONDS)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            logger.debug("Metrics not published: %s", error)


async def read_worker_metrics(redis: Redis) -> dict[str, list[Metric]]:
    """Return the published metrics by worker, and forget workers whose metrics have expired.

    Raises:
        RedisError, OSError: Redis is unavailable.
    """
    names = sorted(cast("set[str]", await redis.smembers(NAMES)))
    if not names:
        return {}
    documents = await redis.mget([_key(name) for name in names])
    found = dict(zip(names, documents, strict=True))
    expired = [name for name, document in found.items() if document is None]
    if expired:
        await redis.srem(NAMES, *expired)
    return {name: _parse(document) for name, document in found.items() if document is not None}


def add_worker_metrics(metrics: Iterable[Metric], workers: Mapping[str, Iterable[Metric]]) -> list[Metric]:
    """Add the samples of workers, with the label `worker`, to the metrics of the same name."""
    merged = {metric.name: metric for metric in metrics}
    for worker, published in workers.items():
        for metric in published:
            if not metric.samples:
                continue
            target = merged.get(metric.name)
            if target is None:
                target = merged[metric.name] = Metric(metric.name, metric.documentation, metric.type)
            for sample in metric.samples:
                target.add_sample(sample.name, {**sample.labels, WORKER_LABEL: worker}, sample.value)
    return list(merged.values())


def _key(name: str) -> str:
    return f"{PREFIX}worker:{name}"


def _to_document(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "type": metric.type,
        "documentation": metric.documentation,
        "samples": [(sample.name, sample.labels, sample.value) for sample in metric.samples],
    }


def _parse(document: str | bytes) -> list[Metric]:
    """Return the metrics of a document; none if another version wrote it in another format."""
    metrics: list[Metric] = []
    with suppress(orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        for entry in orjson.loads(document):
            metric = Metric(entry["name"], entry["documentation"], entry["type"])
            for name, labels, value in entry["samples"]:
                metric.add_sample(name, labels, float(value))
            metrics.append(metric)
    return metrics
