"""`doctor --storage` over a large bucket, beside one listing by the official client."""

import hashlib
import sys
from pathlib import Path

import psycopg

from app.services.consistency.check import READ_SIDECARS_UP_TO
from benchmarks import library
from benchmarks.measurement import Bound, Comparison, Measurement, Target, take_turns
from benchmarks.processes import Finished, run
from benchmarks.storage import StorageServer, storage_server
from benchmarks.workbench import BUCKET, Workbench
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.resources import Preconditions
from embedded.storage_server.store import Store

MEGABYTE = 1e6
CONTENT = b"the bytes of a video" * 4
NAMES = (
    "videos/{0}/{0}.mp4",
    "videos/{0}/{0}.json",
    "audio/{0}/{0}.wav",
    "transcripts/{0}.json",
    "moments/{0}.json",
    "chapters/{0}.json",
    "playback/{0}/{0}.mp4",
    "storyboards/{0}/storyboard.vtt",
    "storyboards/{0}/storyboard.jpg",
    "clips/{0}/{0}_0123456789abcdef_clip.mp4",
)
"""Objects of a video."""
LISTING = """
from app.core.config import get_settings
from app.services.storage.gcs_client import connect
bucket = connect(get_settings(), connections=1).bucket
print(sum(1 for blob in bucket.list_blobs() if blob.size))
"""


def measure(bench: Workbench) -> list[Measurement]:
    videos = bench.size(10_000, quick=READ_SIDECARS_UP_TO + 1)  # smaller libraries read every sidecar
    static_dir = bench.folder("static")
    _make_files(static_dir, videos)
    with bench.database() as database_url, storage_server(bench, lambda data: _fill(data, videos)) as storage:
        _insert_rows(database_url, videos)
        environment = _environment(bench, storage, database_url, static_dir)
        check = (sys.executable, "-m", "cli", "doctor", "--storage")
        listing = (sys.executable, "-c", LISTING)
        run(listing, environment=environment)  # the server reads its index from the disk once
        rounds = take_turns(
            bench.rounds,
            lambda: run(check, environment=environment),
            lambda: run(listing, environment=environment),
        )
    objects = videos * len(NAMES)
    return [
        Measurement(
            what=f"`doctor --storage`, {objects:,} objects, {videos:,} rows and local files",
            peer_name="one listing by the official client",
            unit="s",
            pairs=[(ours.seconds, peer.seconds) for ours, peer in rounds],
            target=Target(Bound.AT_MOST, 1.5),
        ),
        Measurement(
            what="peak memory of `doctor --storage`",
            peer_name="limit",
            unit="MB",
            pairs=[(_megabytes(ours), 300.0) for ours, _ in rounds],
            target=Target(Bound.AT_MOST, 0, Comparison.DIFFERENCE),
        ),
    ]


def _megabytes(finished: Finished) -> float:
    return finished.peak_bytes / MEGABYTE


def _environment(
    bench: Workbench, storage: StorageServer, database_url: str, static_dir: Path
) -> dict[str, str]:
    return bench.environment(database_url=database_url, static_dir=static_dir) | storage.environment()


def _fill(data: Path, videos: int) -> None:
    """Store all objects in the files of a server that is not running: links to one content."""
    store = Store(data, durable=False)
    store.create_bucket(BUCKET)
    with BlobWriter(store.blobs, store.blobs.new_name()) as writer:
        writer.append([CONTENT])
        source = store.insert(BUCKET, "content", writer, {}, Preconditions())
    for number in range(videos):
        for name in NAMES:
            store.copy(source, BUCKET, name.format(library.identifier(number)), {}, Preconditions())
    store.delete(BUCKET, "content", Preconditions())
    store.close()


def _insert_rows(database_url: str, videos: int) -> None:
    library.fill(database_url, videos)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE videos SET size_bytes = %s, md5 = %s, playback_state = 'ready',"
            " relative_path = identifier || '.mp4'",
            (len(CONTENT), hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()),
        )
        connection.execute("VACUUM ANALYZE videos")


def _make_files(static_dir: Path, videos: int) -> None:
    folder = static_dir / "videos"
    folder.mkdir(parents=True)
    for number in range(videos):
        (folder / f"{library.identifier(number)}.mp4").write_bytes(CONTENT)
