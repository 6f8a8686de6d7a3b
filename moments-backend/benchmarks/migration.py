"""Runs of the migration and of rclone as processes, with an empty table and an empty bucket."""

import base64
import hashlib
import json
import shutil
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import library
from benchmarks.load import MEGABYTE
from benchmarks.measurement import take_turns
from benchmarks.peers.rclone import copy_and_probe
from benchmarks.processes import BenchmarkError, Finished, run
from benchmarks.workbench import BUCKET, Workbench
from embedded.stack import EmbeddedStack

SCRIPT = (sys.executable, "-m", "scripts.migrate_videos_to_cloud")
RCLONE = "`rclone copy`, 8 transfers, then ffprobe of each, 2 at a time"


@dataclass(frozen=True, slots=True)
class Cloud:
    """Storage server with an empty bucket, and an empty database."""

    storage_url: str
    token: str
    environment: dict[str, str]

    def migrate(self, folder: Path) -> Finished:
        return run([*SCRIPT, "--videos-dir", folder], environment=self.environment)

    def ensure_contains(self, videos: "Videos") -> None:
        """Check that the bucket contains exactly the videos.

        Raises:
            BenchmarkError: objects are missing, different or unexpected.
        """
        request = urllib.request.Request(
            f"{self.storage_url}/storage/v1/b/{BUCKET}/o?maxResults=1000",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request) as response:
            stored = [item["md5Hash"] for item in json.load(response).get("items", [])]
        if sorted(stored) != videos.md5s:
            raise BenchmarkError(f"the bucket's {len(stored)} objects differ from the videos")


@dataclass(frozen=True, slots=True)
class Videos:
    """Videos in one directory.

    Attributes:
        md5s: their checksums in base64, sorted.
        size: total bytes.
    """

    paths: Sequence[Path]
    md5s: Sequence[str]
    size: int

    @property
    def folder(self) -> Path:
        return self.paths[0].parent

    @classmethod
    def make(cls, bench: Workbench, *, count: int, size: int) -> "Videos":
        paths = library.make_videos(bench.folder("videos"), count=count, size=size)
        return cls(paths, sorted(map(_md5, paths)), count * size)


@contextmanager
def new_cloud(bench: Workbench) -> Iterator[Cloud]:
    """Start a cloud; stop it and delete its files after the block."""
    directory = bench.folder("cloud")
    try:
        with (
            EmbeddedStack(directory, bucket=BUCKET, database=False, redis=False) as storage,
            bench.database() as database_url,
        ):
            servers = storage.environment()
            settings = bench.environment(database_url=database_url, static_dir=directory) | servers
            yield Cloud(servers["STORAGE_EMULATOR_HOST"], servers["STORAGE_EMULATOR_TOKEN"], settings)
    finally:
        shutil.rmtree(directory)


def compare_with_rclone(bench: Workbench, videos: Videos) -> list[tuple[Finished, Finished]]:
    """Run ours and rclone in turns, each with a new cloud; return both of each round."""

    def ours(cloud: Cloud) -> Finished:
        return cloud.migrate(videos.folder)

    def rclone(cloud: Cloud) -> Finished:
        return copy_and_probe(videos.paths, storage_url=cloud.storage_url, token=cloud.token, bucket=BUCKET)

    def measured(work: Callable[[Cloud], Finished]) -> Finished:
        with new_cloud(bench) as cloud:
            finished = work(cloud)
            cloud.ensure_contains(videos)
        return finished

    return [
        (mine, theirs)
        for mine, theirs in take_turns(bench.rounds, lambda: measured(ours), lambda: measured(rclone))
    ]


def speeds(rounds: Sequence[tuple[Finished, Finished]], videos: Videos) -> list[tuple[float, float]]:
    """Return ours and the peer's of each round in MB/s."""
    return [
        (videos.size / MEGABYTE / ours.seconds, videos.size / MEGABYTE / peer.seconds)
        for ours, peer in rounds
    ]


def memories(rounds: Sequence[tuple[Finished, Finished]]) -> list[tuple[float, float]]:
    """Return ours and the peer's of each round in MB."""
    return [(ours.peak_bytes / MEGABYTE, peer.peak_bytes / MEGABYTE) for ours, peer in rounds]


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "md5").digest()).decode()
