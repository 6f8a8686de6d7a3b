"""Encoding of a 30 s clip."""

import asyncio
import time
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, clip_encoder, x264
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import run
from benchmarks.workbench import Workbench


def measure(bench: Workbench) -> list[Measurement]:
    start, seconds = bench.size((12.34, 30.0), quick=(0.34, 1.0))
    folder = bench.folder("clips")
    video = make_video(folder / "talk.mp4", seconds=2 * start + seconds)
    _ours(video, folder / "ours.mp4", start, seconds)  # reads the file into the page cache
    pairs = take_turns(
        bench.rounds,
        lambda: _ours(video, folder / "ours.mp4", start, seconds),
        lambda: _bare(video, folder / "bare.mp4", start, seconds),
    )
    return [
        Measurement(
            what=f"a clip of {seconds:.0f} s from 720p",
            peer_name="FFmpeg alone, the same codecs and settings",
            unit="s",
            pairs=[(ours, peer) for ours, peer in pairs],
            target=Target(Bound.AT_MOST, 1.1),
            note=f"{clip_encoder.encoder_threads(Settings())} threads for the encoder",
        )
    ]


def make_video(path: Path, *, seconds: float) -> Path:
    """Create a video of a nearly static image with some noise, and a tone."""
    images = "testsrc2=size=1280x720:rate=30,noise=alls=3:allf=t,format=yuv420p"
    run(
        [
            *(binaries.find_ffmpeg(Settings()), "-v", "error"),
            *("-f", "lavfi", "-i", images, "-f", "lavfi", "-i", "sine=sample_rate=48000"),
            *("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-t", str(seconds), path),
        ]
    )
    return path


def _ours(video: Path, clip: Path, start: float, seconds: float) -> float:
    """Encode one clip and return the seconds."""
    started = time.perf_counter()
    asyncio.run(
        clip_encoder.cut_clip(video, clip, start=start, end=start + seconds, settings=Settings(), timeout=600)
    )
    return time.perf_counter() - started


def _bare(video: Path, clip: Path, start: float, seconds: float) -> float:
    """Encode one clip with a plain FFmpeg command and return the seconds."""
    return run(
        [
            *(binaries.find_ffmpeg(Settings()), "-v", "error", "-y"),
            *("-ss", str(start), "-t", str(seconds), "-i", video),
            *x264.CLIP.args(),
            *("-pix_fmt", "yuv420p", "-threads:v", str(clip_encoder.encoder_threads(Settings()))),
            *(
                "-c:a",
                "aac",
                "-b:a",
                clip_encoder.AUDIO_BITRATE,
                "-ar",
                str(clip_encoder.AUDIO_RATE),
                "-ac",
                "2",
            ),
            *("-movflags", "+faststart", clip),
        ]
    ).seconds
