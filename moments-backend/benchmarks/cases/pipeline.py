"""Full pipeline by one worker: from a video to its transcript, moments and clips."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.core.config import Settings
from app.media.binaries import find_ffmpeg
from benchmarks.measurement import Bound, Measurement, Target
from benchmarks.processes import STOP_SECONDS, BenchmarkError
from benchmarks.speech import record
from benchmarks.workbench import Workbench
from embedded.process import ServerProcess, server_environment

REAL_TIME = 1.0
POLL_SECONDS = 0.2
TIMEOUT_SECONDS = 1800


def measure(bench: Workbench) -> list[Measurement]:
    seconds = bench.size(180, quick=20)
    static = bench.folder("static")
    (static / "videos").mkdir()
    names = ["warm-up", *(f"talk-{number}" for number in range(min(bench.rounds, 3)))]
    _make_videos(bench, [static / "videos" / f"{name}.mp4" for name in names], seconds)
    with bench.database() as database_url:
        environment = bench.environment(database_url=database_url, static_dir=static)
        with (
            bench.our_application(database_url=database_url, static_dir=static) as server,
            _worker(environment),
            httpx.Client(base_url=server.url, timeout=30) as client,
        ):
            elapsed = [_run(client, name) for name in names][1:]
    return [
        Measurement(
            what=f"the whole pipeline for {seconds} s of talk in 720p, one worker",
            peer_name="real time",
            unit="seconds of video per second",
            pairs=[(seconds / duration, REAL_TIME) for duration in elapsed],
            target=Target(Bound.AT_LEAST, 6.0),
            note="audio, transcript, moments and their clips, all uploaded",
        )
    ]


def _make_videos(bench: Workbench, targets: list[Path], seconds: float) -> None:
    """Create a video of speech and moving images under several names."""
    recordings = record(bench.folder("speech"), sections=100, voices=1)
    audio = max(recordings, key=lambda recording: recording.seconds)
    first, *others = targets
    images = "gradients=s=1280x720:r=25:speed=0.02"
    command: list[str | Path] = [
        find_ffmpeg(Settings()),
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        images,
        "-stream_loop",
        "-1",
    ]
    command += ["-i", audio.path, "-t", str(seconds), "-c:v", "libx264", "-preset", "veryfast", "-crf", "28"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-c:a", "aac", first], check=True)
    for other in others:
        other.hardlink_to(first)


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[None]:
    argv = [sys.executable, "-m", "cli", "worker"]
    process = ServerProcess(
        argv,
        log=Path(environment["STATIC_DIR"], "worker.log"),
        stop_signal=signal.SIGTERM,
        environment=server_environment(**environment),
    )
    try:
        yield
    finally:
        process.stop(within=STOP_SECONDS)


def _run(client: httpx.Client, video_id: str) -> float:
    """Run the pipeline for a video and return the seconds to its end."""
    started = time.perf_counter()
    client.post("/api/generate_moments", json={"video_id": video_id}).raise_for_status()
    while time.perf_counter() - started < TIMEOUT_SECONDS:
        state = client.get(f"/api/pipeline/{video_id}/status").raise_for_status().json()
        if state["status"] == "completed":
            return time.perf_counter() - started
        if state["status"] in {"failed", "cancelled"}:
            raise BenchmarkError(f"the run of {video_id} {state['status']}: {state['error']}")
        time.sleep(POLL_SECONDS)
    raise BenchmarkError(f"the run of {video_id} did not end within {TIMEOUT_SECONDS} s")
