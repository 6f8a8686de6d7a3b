"""Metrics of this process, in the format of Prometheus. Their list is in `docs/operations.md`.

Values of labels come from fixed sets: names of routes, stages, operations and problem types, never from paths
or ids that clients choose.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

disable_created_metrics()  # type: ignore[no-untyped-call]  # untyped in the library

PREFIX = "videomoments_"

SHARED_REGISTRY = CollectorRegistry()
"""Metrics that API and workers have in common; workers publish theirs."""
API_REGISTRY = CollectorRegistry()
"""Metrics of the API only."""

ProcessCollector(registry=SHARED_REGISTRY)
PlatformCollector(registry=SHARED_REGISTRY)
GCCollector(registry=SHARED_REGISTRY)

# HTTP

HTTP_REQUESTS = Counter(
    f"{PREFIX}http_requests",
    "Responses by method, route template and status.",
    ["method", "route", "status"],
    registry=API_REGISTRY,
)
HTTP_SECONDS = Histogram(
    f"{PREFIX}http_request_duration_seconds",
    "Time from the request's head to the response's last byte; event streams excluded.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=API_REGISTRY,
)


class HttpTotals:
    """Figures of all requests, as plain numbers: each object of the library costs microseconds per request.

    Only the event loop changes them.
    """

    def __init__(self) -> None:
        self.in_progress = 0
        self.event_streams = 0
        self.received_bytes = 0
        self.sent_bytes = 0

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            f"{PREFIX}http_requests_in_progress", "Requests without a complete response.", self.in_progress
        )
        yield GaugeMetricFamily(f"{PREFIX}event_streams", "Open event streams.", self.event_streams)
        yield CounterMetricFamily(
            f"{PREFIX}http_received_bytes", "Bytes of request bodies.", self.received_bytes
        )
        yield CounterMetricFamily(f"{PREFIX}http_sent_bytes", "Bytes of response bodies.", self.sent_bytes)


HTTP_TOTALS = HttpTotals()
API_REGISTRY.register(HTTP_TOTALS)

PROBLEMS = Counter(f"{PREFIX}problems", "Error responses by problem type.", ["type"], registry=API_REGISTRY)

# Pipeline

FINISHED_RUNS = Counter(
    f"{PREFIX}runs_finished", "Finished runs by outcome.", ["outcome"], registry=SHARED_REGISTRY
)
FINISHED_STAGES = Counter(
    f"{PREFIX}stages_finished", "Finished stages by outcome.", ["stage", "outcome"], registry=SHARED_REGISTRY
)
STAGE_RETRIES = Counter(
    f"{PREFIX}stage_retries", "Failed attempts that were repeated.", ["stage"], registry=SHARED_REGISTRY
)
STAGE_SECONDS = Histogram(
    f"{PREFIX}stage_duration_seconds",
    "Duration of attempts of stages.",
    ["stage"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
    registry=SHARED_REGISTRY,
)

# Cloud Storage

STORAGE_REQUESTS = Counter(
    f"{PREFIX}storage_requests",
    "Requests to Cloud Storage by operation and outcome.",
    ["operation", "outcome"],
    registry=SHARED_REGISTRY,
)
STORAGE_SECONDS = Histogram(
    f"{PREFIX}storage_request_duration_seconds",
    "Time from the start of a request to the head of its response; bodies of uploads included.",
    ["operation"],
    buckets=(0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30),
    registry=SHARED_REGISTRY,
)
STORAGE_SENT_BYTES = Counter(
    f"{PREFIX}storage_sent_bytes", "Bytes of request bodies.", ["operation"], registry=SHARED_REGISTRY
)
STORAGE_RECEIVED_BYTES = Counter(
    f"{PREFIX}storage_received_bytes",
    "Announced bytes of response bodies.",
    ["operation"],
    registry=SHARED_REGISTRY,
)

# PostgreSQL

POOL_SIZE = Gauge(
    f"{PREFIX}database_pool_size",
    "Connections that the pool may open, overflow included.",
    ["pool"],
    registry=SHARED_REGISTRY,
)
POOL_IN_USE = Gauge(
    f"{PREFIX}database_pool_in_use", "Connections in use.", ["pool"], registry=SHARED_REGISTRY
)
POOL_OVERFLOW = Gauge(
    f"{PREFIX}database_pool_overflow",
    "Open connections above DATABASE_POOL_SIZE.",
    registry=SHARED_REGISTRY,
)
POOL_WAITS = Counter(
    f"{PREFIX}database_pool_waits",
    "Requests for a connection while all were in use.",
    ["pool"],
    registry=SHARED_REGISTRY,
)
POOL_WAIT_SECONDS = Counter(
    f"{PREFIX}database_pool_wait_seconds",
    "Time spent waiting for a connection while all were in use.",
    ["pool"],
    registry=SHARED_REGISTRY,
)
