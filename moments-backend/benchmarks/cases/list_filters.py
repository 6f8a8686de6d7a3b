"""First page of a long list with each filter and each order, beside the statement alone."""

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from statistics import median, quantiles
from typing import NamedTuple

import psycopg

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.workbench import Workbench

PAGE = 50
PERCENTILE = 95
COLUMNS = "identifier, cloud_url, source_url, title, duration_seconds, created_at, id"

ORGANISE = """
    UPDATE videos SET size_bytes = file_size_kb * 1024 + 7, is_favorite = id % 10 = 0,
        tags = CASE WHEN id % 1000 = 0 THEN '{rare,common}' WHEN id % 2 = 0 THEN '{common}'
            ELSE '{}' END::text[],
        language = CASE WHEN id % 50 = 0 THEN 'de' END, channel = 'Channel ' || id % 40,
        relative_path = (id % 300) || '/' || (id % 7) || '/' || identifier || '.mp4',
        recorded_at = created_at - id % 977 * interval '1 day',
        watch_position = CASE WHEN id % 400 = 0 THEN 30 END,
        last_watched_at = CASE WHEN id % 200 = 0 THEN created_at + interval '1 day' END,
        deleted_at = CASE WHEN id % 97 = 0 THEN now() END
"""
"""Sets the columns that filters read; some videos are in the trash."""


class Case(NamedTuple):
    """A request, and what its statement adds to the plain list."""

    parameters: str
    condition: str = "true"
    order: str = "created_at DESC, id DESC"


CASES = (
    Case(""),
    Case("sort=title", order="title_key, id"),
    Case("sort=size_bytes", order="coalesce(size_bytes, -1::bigint) DESC, id DESC"),
    Case(
        "sort=recorded_at",
        order="coalesce(recorded_at, '-infinity'::timestamp with time zone) DESC, id DESC",
    ),
    Case("sort=duration_seconds", order="coalesce(duration_seconds, '-infinity'::float8), id"),
    Case(
        "q=thema+uber+99",
        "search_text LIKE '%thema%' AND search_text LIKE '%uber%' AND search_text LIKE '%99%'",
    ),
    Case("q=nowhere", "search_text LIKE '%nowhere%'"),
    Case("tag=common", "tags @> '{common}'"),
    Case("tag=rare&tag=common", "tags @> '{rare,common}'"),
    Case("favorite=true", "is_favorite"),
    Case("folder=17", "relative_path LIKE '17/%'"),
    Case(
        "language=de",
        "coalesce(language, (SELECT t.language FROM transcripts AS t WHERE t.video_id = videos.id)) = 'de'",
    ),
    Case("state=no_transcript", "NOT EXISTS (SELECT FROM transcripts AS t WHERE t.video_id = videos.id)"),
    Case(
        "watched=in_progress&sort=last_watched_at",
        "watch_position IS NOT NULL",
        "coalesce(last_watched_at, '-infinity'::timestamp with time zone) DESC, id DESC",
    ),
    Case("min_size=1000000000", "size_bytes >= 1000000000"),
    Case("min_duration=7100&sort=title", "duration_seconds >= 7100", "title_key, id"),
    Case("added_to=2026-01-01", "created_at < '2026-01-02'"),
    Case(
        "recorded_from=2025-12-31&channel=Channel+3", "recorded_at >= '2025-12-31' AND channel = 'Channel 3'"
    ),
)


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(100_000, quick=1_000)
    requests = bench.size(40, quick=5)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, 100)
    with bench.database() as database_url, psycopg.connect(database_url, autocommit=True) as connection:
        # The list does not use it, and it takes most of the time of the changes below.
        connection.execute("DROP INDEX ix_videos_words")
        library.fill(database_url, rows)
        connection.execute(ORGANISE)
        connection.execute("VACUUM (FULL, ANALYZE) videos")
        with (
            bench.our_application(database_url=database_url, static_dir=static_dir) as server,
            closing(HTTPConnection(server.url.removeprefix("http://"))) as client,
        ):
            rounds = take_turns(
                bench.rounds,
                lambda: _each_request(client, requests),
                lambda: _each(lambda case: _statement(connection, case), requests),
            )
    plain, *_ = CASES
    ours, peer = (median(times[plain] for times in side) for side in zip(*rounds, strict=True))
    slowest = max(CASES, key=lambda case: median(ours[case] / peer[case] for ours, peer in rounds))
    return [
        Measurement(
            what=f"first page of {PAGE} of {rows:,} rows, p95: worst of {len(CASES)} filters and orders",
            peer_name="its statement alone",
            unit="ms",
            pairs=[(ours[slowest], peer[slowest]) for ours, peer in rounds],
            target=Target(Bound.AT_MOST, 2),
            note=f"worst: {slowest.parameters or 'no filter'}; without a filter, a request takes"
            f" {ours:.1f} ms and the statement {peer:.1f} ms: most of a short request is HTTP and Python",
        )
    ]


def _each(run: Callable[[Case], None], requests: int) -> dict[Case, float]:
    """Return the 95th percentile of the latency of each case in ms."""
    return {case: _percentile(partial(run, case), requests) for case in CASES}


def _each_request(client: HTTPConnection, requests: int) -> dict[Case, float]:
    client.close()  # the server has closed a connection that was idle while the statements ran
    return _each(lambda case: _request(client, case), requests)


def _percentile(run: Callable[[], None], requests: int) -> float:
    run()
    latencies = []
    for _ in range(requests):
        started = time.perf_counter()
        run()
        latencies.append(time.perf_counter() - started)
    return quantiles(latencies, n=100)[PERCENTILE - 1] * 1000


def _request(client: HTTPConnection, case: Case) -> None:
    client.request("GET", f"/api/videos?limit={PAGE}&{case.parameters}")
    client.getresponse().read()


def _statement(connection: psycopg.Connection, case: Case) -> None:
    statement = (
        f"SELECT {COLUMNS} FROM videos WHERE deleted_at IS NULL AND {case.condition}"
        f" ORDER BY {case.order} LIMIT {PAGE}"
    )
    connection.execute(statement.encode(), prepare=True, binary=True).fetchall()
