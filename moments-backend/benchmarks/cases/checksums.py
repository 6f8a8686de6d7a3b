"""Both checksums of a file in one pass."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from app.services.storage.checksums import READ_SIZE, digest_file
from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.workbench import Workbench


def measure(bench: Workbench) -> list[Measurement]:
    size = bench.size(1024, quick=4) * library.MIB
    (file,) = library.make_noise(bench.folder("file"), count=1, size=size)
    pairs = take_turns(
        bench.rounds,
        lambda: _rate(digest_file, file, size),
        lambda: _rate(_md5_alone, file, size),
    )
    return [
        Measurement(
            what="MD5 and CRC32C of a file in one pass",
            peer_name="MD5 alone",
            unit="MB per second of processor time",
            pairs=[(ours, peer) for ours, peer in pairs],
            target=Target(Bound.AT_LEAST, 0.9),
        )
    ]


def _md5_alone(path: Path) -> None:
    md5 = hashlib.md5(usedforsecurity=False)
    buffer = bytearray(READ_SIZE)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            md5.update(view[:count])


def _rate(work: Callable[[Path], object], file: Path, size: int) -> float:
    """Return MB per second of processor time; the file is in memory."""
    started = time.process_time()
    work(file)
    return size / (time.process_time() - started) / 1_000_000
