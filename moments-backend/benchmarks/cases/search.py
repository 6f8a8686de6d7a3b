"""Search across 1,000 hours of speech: latency, size of the index and time to index an hour."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

import psycopg

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.core.config import Settings
from app.core.urls.database import normalise_database_url
from app.database.models import Video
from app.database.session import close_db, init_db, transaction
from app.services.search.index import index_transcript
from app.services.search.meaning import SEARCH_SETTINGS
from app.services.search.passage_index import PassageIndexer
from benchmarks import library, spoken_library
from benchmarks.load import MEGABYTE, put_load
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import Server
from benchmarks.spoken_library import SpokenLibrary
from benchmarks.workbench import Workbench

CLIENTS = 8
QUERIES = 400
"""More than the API remembers the vectors of."""
LIMIT = 20
PERCENTILE = 95

BARE_STATEMENT = f"""
    WITH found AS MATERIALIZED (
        SELECT video_id, number, text FROM transcript_segments
        WHERE search_vector(language, text) @@ %s::tsquery LIMIT 1000
    )
    SELECT videos.identifier, found.number, start_time, end_time, found.text
    FROM (SELECT * FROM found ORDER BY length(text), video_id, number LIMIT {LIMIT}) AS found
        JOIN transcript_segments USING (video_id, number) JOIN videos ON videos.id = found.video_id
"""
TERMS = """
    SELECT string_agg('(' || search_query(word, ARRAY['en'])::text || ')', ' & ') FROM unnest(%s::text[]) word
"""
SIZES = """
    SELECT (SELECT sum(octet_length(text)) FROM transcript_segments),
        pg_total_relation_size('transcript_segments') + pg_total_relation_size('search_words')
            + pg_total_relation_size('transcripts'),
        pg_total_relation_size('transcript_passages')
"""


def measure(bench: Workbench) -> list[Measurement]:
    speech = SpokenLibrary(bench.size(1_000, quick=2))
    seconds = bench.size(10.0, quick=0.3)
    queries = speech.queries(bench.size(QUERIES, quick=20))
    static_dir = bench.folder("static")
    library.make_folders(static_dir, 0)
    with bench.database() as database_url:
        spoken_library.fill(database_url, speech)
        terms = _terms(database_url, queries)
        with bench.our_application(database_url=database_url, static_dir=static_dir) as server:
            words, auto = (_paths(queries, mode) for mode in ("words", "auto"))
            for paths in (words, auto):  # loads model and caches
                put_load(server, paths, clients=CLIENTS, seconds=seconds / 5)
            pairs = take_turns(
                bench.rounds,
                lambda: _p95_of_api(server, words, seconds),
                lambda: _p95_of_statement(database_url, terms, seconds),
            )
            autos = [_p95_of_api(server, auto, seconds) for _ in range(bench.rounds)]
        sizes = _sizes(database_url)
        indexed = asyncio.run(_index_hour(database_url, speech))
    return [*_latencies(speech, [(ours, bare) for ours, bare in pairs], autos), *sizes, *indexed]


def _latencies(
    speech: SpokenLibrary, pairs: Sequence[tuple[float, float]], autos: Sequence[float]
) -> list[Measurement]:
    where = f"{speech.hours * spoken_library.SENTENCES_PER_HOUR:,} sentences, {CLIENTS} clients, p95"
    return [
        Measurement(
            what=f"`GET /api/search` by words, {where}",
            peer_name=f"bare SQL statement, {CLIENTS} connections",
            unit="ms",
            pairs=pairs,
            target=Target(Bound.AT_MOST, 2),
        ),
        Measurement(
            what=f"`GET /api/search` by words and meaning, {where}",
            peer_name="300 ms",
            unit="ms",
            pairs=[(ours, 300.0) for ours in autos],
            target=Target(Bound.AT_MOST, 1),
            note="every query is new to the API's cache of vectors",
        ),
    ]


def _paths(queries: Sequence[str], mode: str) -> list[str]:
    return [f"/api/search?{urlencode({'q': query, 'mode': mode, 'limit': LIMIT})}" for query in queries]


def _p95_of_api(server: Server, paths: Sequence[str], seconds: float) -> float:
    load = put_load(server, paths, clients=CLIENTS, seconds=seconds)
    return _p95([latency for latencies in load.latencies.values() for latency in latencies])


def _p95_of_statement(database_url: str, terms: Sequence[str], seconds: float) -> float:
    def run(first: int) -> list[float]:
        latencies: list[float] = []
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(SEARCH_SETTINGS.encode())
            end = time.perf_counter() + seconds
            position = first * len(terms) // CLIENTS
            while (started := time.perf_counter()) < end:
                connection.execute(BARE_STATEMENT, (terms[position % len(terms)],), prepare=True).fetchall()
                latencies.append(time.perf_counter() - started)
                position += 1
        return latencies

    with ThreadPoolExecutor(CLIENTS) as pool:
        return _p95([latency for part in pool.map(run, range(CLIENTS)) for latency in part])


def _p95(latencies: Sequence[float]) -> float:
    return quantiles(latencies, n=100)[PERCENTILE - 1] * 1000


def _terms(database_url: str, queries: Sequence[str]) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [_first(connection, TERMS, query.split())[0] for query in queries]


def _sizes(database_url: str) -> list[Measurement]:
    with psycopg.connect(database_url) as connection:
        text, words, passages = (int(size) / MEGABYTE for size in _first(connection, SIZES))
    return [
        Measurement(
            what="search index with vectors, its copy of the text included",
            peer_name="text of the transcripts",
            unit="MB",
            pairs=[(words + passages, text)],
            target=Target(Bound.AT_MOST, 6),
        ),
        Measurement(
            what="search index without vectors",
            peer_name="text of the transcripts",
            unit="MB",
            pairs=[(words, text)],
        ),
    ]


async def _index_hour(database_url: str, speech: SpokenLibrary) -> list[Measurement]:
    """Index an hour of speech: the transaction without vectors, then the vectors."""
    settings = Settings(database_url=normalise_database_url(database_url))
    indexer = PassageIndexer(SentenceEncoder(settings.embedding_model_path))
    transcript = speech.hour_of_speech()
    texts = [segment.text for segment in transcript.segment_timestamps]
    await init_db(settings)
    try:
        async with transaction() as session:
            video = Video(identifier="new", cloud_url="gs://benchmarks/videos/new/new.mp4")
            session.add(video)
            await session.flush()
            started = time.perf_counter()
            await index_transcript(session, video.id, transcript, document_md5="0" * 32)
        words = time.perf_counter() - started
        await indexer.prepare("new", texts[:1])  # loads the model
        started = time.process_time()
        await indexer.prepare("new", texts)
        meaning = time.process_time() - started
    finally:
        await close_db()
    return [
        Measurement(
            what="words of one hour of speech indexed",
            peer_name="2 s",
            unit="s",
            pairs=[(words, 2.0)],
            target=Target(Bound.AT_MOST, 1),
        ),
        Measurement(
            what="passages of one hour of speech embedded, processor time",
            peer_name="15 s",
            unit="s",
            pairs=[(meaning, 15.0)],
            target=Target(Bound.AT_MOST, 1),
        ),
    ]


def _first(connection: psycopg.Connection[Any], statement: str, *parameters: object) -> tuple[Any, ...]:
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return tuple(row)
