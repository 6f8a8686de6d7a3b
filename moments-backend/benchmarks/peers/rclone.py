"""Migration without a table: rclone copies into the bucket, then ffprobe reads every file."""

import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, ffprobe
from benchmarks.processes import Finished, run
from benchmarks.workbench import script

TRANSFERS = 8
PROBES = 2
MAX_PIXELS = 40_000_000


def copy_and_probe(videos: Sequence[Path], *, storage_url: str, token: str, bucket: str) -> Finished:
    """Copy the directory of `videos`, then probe each; the memory is rclone's, which needs more."""
    copied = run(
        [
            *(script("rclone"), "copy", "--config", "", "--transfers", str(TRANSFERS)),
            *("--gcs-access-token", token, "--gcs-endpoint", f"{storage_url}/storage/v1/"),
            *("--gcs-no-check-bucket", "--gcs-bucket-policy-only"),
            *(videos[0].parent, f":gcs:{bucket}/videos"),
        ]
    )
    program = binaries.find_ffprobe(Settings())
    started = time.perf_counter()
    with ThreadPoolExecutor(PROBES) as pool:
        for _ in pool.map(lambda video: _probe(program, video), videos):
            pass
    return Finished(copied.seconds + time.perf_counter() - started, copied.peak_bytes)


def _probe(program: Path, video: Path) -> None:
    subprocess.run(ffprobe.command(program, video, max_pixels=MAX_PIXELS), check=True, capture_output=True)
