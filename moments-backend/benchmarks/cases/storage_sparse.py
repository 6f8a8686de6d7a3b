"""A sparse file far larger than memory: uploaded, listed and streamed."""

import asyncio
import shutil
import urllib.request
from pathlib import Path

from benchmarks import library
from benchmarks.cases.storage_video import memory
from benchmarks.measurement import Measurement
from benchmarks.migration import SCRIPT
from benchmarks.processes import BenchmarkError, run
from benchmarks.storage import storage_server
from benchmarks.workbench import Workbench

READ_BYTES = 1024 * 1024
MIGRATION_MEGABYTES = 250
GIB = 1024**3


def measure(bench: Workbench) -> list[Measurement]:
    size = bench.size(20 * GIB, quick=16 * library.MIB)
    video = make_sparse_video(bench.folder("video"), size)
    free = shutil.disk_usage(video.parent).free
    if free < size * 1.2:
        raise BenchmarkError(f"not enough disk space: {size / GIB:g} GiB needed, {free / GIB:.0f} GiB free")
    with storage_server(bench) as storage, bench.database() as url:
        settings = bench.environment(database_url=url, static_dir=bench.folder("static"))
        migrated = run([*SCRIPT, "--videos-dir", video.parent], environment=settings | storage.environment())
        after_upload = storage.server.peak_bytes()
        ((name, stored),) = storage.object_sizes().items()
        if stored != size:
            raise BenchmarkError(f"the object has {stored} instead of {size} bytes")
        link = asyncio.run(storage.link(name))
        streamed = 0
        with urllib.request.urlopen(storage.server.url + link) as response:
            while block := response.read(READ_BYTES):
                streamed += len(block)
        if streamed != size:
            raise BenchmarkError(f"{streamed} instead of {size} bytes were streamed")
        after_stream = storage.server.peak_bytes()
    what = f"sparse file of {size / GIB:g} GiB"
    return [
        memory(f"{what}, memory of the storage server for the upload", [after_upload], 100),
        memory(f"{what}, the same after streaming it", [after_stream], 100),
        memory(f"{what}, memory of the migration", [migrated.peak_bytes], MIGRATION_MEGABYTES),
    ]


def make_sparse_video(folder: Path, size: int) -> Path:
    """Return a short video that an MP4 `free` box with a hole extends to `size` bytes."""
    (video,) = library.make_videos(folder, count=1, size=library.MIB)
    with video.open("r+b") as file:
        file.seek(0, 2)
        rest = size - file.tell()
        file.write((1).to_bytes(4, "big") + b"free" + rest.to_bytes(8, "big"))
        file.truncate(size)
    return video
