"""Rebuild of the table from the sidecar objects of a bucket."""

import asyncio
import hashlib
import sys
import time
from datetime import timedelta

import psycopg

from app.core.config import Settings
from app.models.transcript import Segment, Transcript, Word
from app.services.container import AppContainer
from app.services.search.reindex import SearchBacklogProcessor, Step
from app.services.sidecars.writer import SidecarWriter
from app.services.storage.object_names import video_path
from benchmarks import library
from benchmarks.load import MEGABYTE
from benchmarks.measurement import Bound, Measurement, Target
from benchmarks.processes import BenchmarkError, Finished, run
from benchmarks.workbench import Workbench

LIMIT_SECONDS = 600.0
LIMIT_MEGABYTES = 300.0
PARALLEL = 8
MARKS_PER_VIDEO = 2
SEGMENTS = 12
INDEXED = 500
"""Videos whose words are indexed for the rate of a worker."""
COMMAND = (sys.executable, "-m", "cli", "adopt")

IDENTITY = "UPDATE videos SET size_bytes = %s, md5 = %s WHERE identifier = %s"
MARKS = """
    INSERT INTO moment_marks (video_identifier, moment_id, moment, rating, is_kept)
    SELECT identifier, lpad(to_hex(number), 16, '0'), jsonb_build_object(
        'id', lpad(to_hex(number), 16, '0'), 'start_time', number, 'end_time', number + 30,
        'title', 'A moment', 'score', 5), 4, true
    FROM videos, generate_series(1, %s) AS number
"""
CHECKSUM = """
    SELECT md5(string_agg((to_jsonb(videos) - 'id')::text, ',' ORDER BY identifier)),
        (SELECT md5(string_agg(to_jsonb(moment_marks)::text, ',' ORDER BY video_identifier, moment_id))
            FROM moment_marks)
    FROM videos
"""


def measure(bench: Workbench) -> list[Measurement]:
    count = bench.size(10_000, quick=20)
    with bench.database() as database_url:
        environment = bench.environment(database_url=database_url, static_dir=bench.folder("static"))
        settings = Settings.model_validate({name.lower(): value for name, value in environment.items()})
        written = asyncio.run(_prepare(settings, database_url, count))
        before = _checksum(database_url)
        _destroy(database_url)
        adopted = run(COMMAND, environment=environment)
        if _checksum(database_url) != before:
            raise BenchmarkError("the rebuilt rows differ")
        indexed = asyncio.run(_index(settings))
    return _measurements(count, written, adopted, indexed)


def _measurements(count: int, written: float, adopted: Finished, indexed: float) -> list[Measurement]:
    limit = f"limit: {LIMIT_SECONDS:g} s"
    return [
        Measurement(
            what=f"rebuild of {count:,} videos from sidecars by `videomoments adopt`",
            peer_name=limit,
            unit="s",
            pairs=[(adopted.seconds, LIMIT_SECONDS)],
            target=Target(Bound.AT_MOST, 1),
        ),
        Measurement(
            what="the same, memory",
            peer_name=f"limit: {LIMIT_MEGABYTES:g} MB",
            unit="MB",
            pairs=[(adopted.peak_bytes / MEGABYTE, LIMIT_MEGABYTES)],
            target=Target(Bound.AT_MOST, 1),
        ),
        Measurement(
            what="index of words by one worker, afterwards in the background",
            peer_name="one video per second",
            unit="videos/s",
            pairs=[(indexed, 1.0)],
        ),
        Measurement(
            what=f"first sidecars of {count:,} videos by one worker",
            peer_name=limit,
            unit="s",
            pairs=[(written, LIMIT_SECONDS)],
        ),
    ]


async def _prepare(settings: Settings, database_url: str, count: int) -> float:
    """Fill table and bucket; return the seconds that a worker took to write all sidecars."""
    library.fill(database_url, count)
    names = [library.identifier(number) for number in range(count)]
    async with AppContainer(settings) as container:
        await asyncio.gather(*(_put_all(container, names[start::PARALLEL]) for start in range(PARALLEL)))
        with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
            rows = [(len(name), _md5(name), name) for name in names]
            cursor.executemany(IDENTITY, rows)
            cursor.execute(MARKS, (MARKS_PER_VIDEO,))
        started = time.perf_counter()
        await SidecarWriter(settings, container.uploader).write_due(quiet=timedelta(0))
        return time.perf_counter() - started


async def _put_all(container: AppContainer, names: list[str]) -> None:
    """Create the original and the transcript of each video."""
    for name in names:
        path = video_path(container.settings, name, f"{name}.mp4")
        await container.uploader.put_json(path, name.encode(), generation=0)
        store = container.documents.transcripts
        transcript = store.encode(_transcript(name))
        await container.uploader.put_json(store.gcs_path(name), transcript, generation=0)


def _transcript(name: str) -> Transcript:
    sentence = f"This is the talk about {name.replace('-', ' ')} in twelve parts".split()
    words, segments = list[Word](), list[Segment]()
    for number in range(SEGMENTS):
        start = number * len(sentence)
        words += [Word(word=word, start=start + at, end=start + at + 1) for at, word in enumerate(sentence)]
        segments.append(Segment(text=" ".join(sentence), start=start, end=start + len(sentence)))
    text = " ".join(segment.text for segment in segments)
    return Transcript(text=text, language="en", word_timestamps=words, segment_timestamps=segments)


async def _index(settings: Settings) -> float:
    """Index the words of some videos as one worker does; return the videos per second."""
    async with AppContainer(settings) as container:
        backlog = SearchBacklogProcessor(container.rebuild_index)
        started = time.perf_counter()
        indexed = 0
        while indexed < INDEXED and await backlog.process_next() is Step.INDEXED:
            indexed += 1
        if backlog.failed:
            raise BenchmarkError(f"not indexed: {backlog.failed}")
        return indexed / (time.perf_counter() - started)


def _destroy(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("TRUNCATE videos, moment_marks, sidecar_backlog, search_backlog CASCADE")


def _checksum(database_url: str) -> object:
    with psycopg.connect(database_url) as connection:
        return connection.execute(CHECKSUM).fetchone()


def _md5(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
