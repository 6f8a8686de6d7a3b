"""Repeated migration of a large folder with everything registered, beside a plain listing of it."""

import asyncio
import contextlib
import gc
import os
import shutil
import time
from pathlib import Path

import psycopg

from app.core.config import Settings
from app.services.library.identity import identifier_of, object_filename
from app.services.migration.cancellation import CancellationToken
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode
from app.services.migration.scanner import scan
from app.services.migration.service import Migration, Options
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.migration import SCRIPT
from benchmarks.processes import BenchmarkError, run
from benchmarks.workbench import BUCKET, Workbench
from cli.migrate import GC_THRESHOLD
from cli.migrate_report import TextReporter
from cli.progress import make_display

FILES_PER_FOLDER = 20
AGE_SECONDS = 3600
"""Files that were changed shortly before are read again."""

MD5 = "0" * 32
"""Unchanged files are not hashed, so any MD5 serves."""


def measure(bench: Workbench) -> list[Measurement]:
    folders = bench.size(500, quick=2)
    static = bench.folder("static")
    make_files(static / "videos", folders)
    with bench.database() as database_url:
        register(static / "videos", database_url)
        environment = bench.environment(database_url=database_url, static_dir=static)
        settings = Settings(database_url=database_url, static_dir=static, gcs_bucket_name=BUCKET)
        find = [_program("find"), str(static / "videos"), "-printf", "%p %s %T@\n"]
        rounds = take_turns(
            bench.rounds,
            lambda: _migrate(settings, folders * FILES_PER_FOLDER),
            lambda: run(SCRIPT, environment=environment).seconds,
            lambda: run(find).seconds,
        )
    what = f"scan of {folders * FILES_PER_FOLDER:,} files in {folders} folders, second run"
    return [
        Measurement(
            what=what,
            peer_name="`find -printf` of the same",
            unit="s",
            pairs=[(ours, found) for ours, _, found in rounds],
            target=Target(Bound.AT_MOST, 10),
            note="folder, rows, decisions and output; without the start of the program",
        ),
        Measurement(
            what=f"{what}, whole command",
            peer_name="`find -printf` of the same",
            unit="s",
            pairs=[(command, found) for _, command, found in rounds],
        ),
    ]


def make_files(videos: Path, folders: int) -> None:
    """Create small files, half of them in subfolders of one folder."""
    then = time.time() - AGE_SECONDS
    for number in range(folders):
        folder = videos / "2023" / f"trip-{number:03}" if number % 2 else videos / f"trip-{number:03}"
        folder.mkdir(parents=True)
        for index in range(FILES_PER_FOLDER):
            path = folder / f"IMG_{number:03}{index:02}.MOV"
            path.write_bytes(bytes(1000 + index))
            os.utime(path, (then, then))


def register(videos: Path, database_url: str) -> None:
    """Insert the rows of all files."""
    columns = "identifier, cloud_url, size_bytes, md5, relative_path, file_size_kb"
    with psycopg.connect(database_url, autocommit=True) as connection:
        with connection.cursor().copy(f"COPY videos ({columns}) FROM STDIN") as copy:
            for video in scan(videos).videos:
                name = identifier_of(video.relative_path)
                url = f"gs://{BUCKET}/videos/{name}/{object_filename(video.relative_path)}"
                copy.write_row((name, url, video.size, MD5, video.relative_path, video.size // 1024))
        connection.execute("VACUUM ANALYZE videos")


def _migrate(settings: Settings, count: int) -> float:
    """Return the seconds of a run that prints to the null device."""
    progress, cancellation = MigrationProgress(), CancellationToken()
    _, display = make_display(progress)
    reporter = TextReporter(Mode.MIGRATE, "static/videos/", display, cancellation)
    options = Options(Mode.MIGRATE, settings.videos_dir)
    migration = Migration(options, settings, reporter, progress, cancellation)
    gc.freeze()  # as the command does
    gc.set_threshold(GC_THRESHOLD)
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        started = time.perf_counter()
        result = asyncio.run(migration.run())
        reporter.end(result)
        seconds = time.perf_counter() - started
    if (len(result.outcomes), result.failures) != (count, []):
        raise BenchmarkError(f"{len(result.outcomes)} of {count} files were skipped as registered")
    return seconds


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise BenchmarkError(f"{name} is not installed")
    return path
