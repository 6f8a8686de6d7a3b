"""Copies for browsers: streams copied from another container, and streams encoded again."""

import asyncio
import os
import time
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, clip_encoder, ffprobe, playback, x264
from app.media.playback_plan import PlaybackMethod, PlaybackPlan
from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import run
from benchmarks.workbench import Workbench

SIZE = "1280x720"


def measure(bench: Workbench) -> list[Measurement]:
    folder = bench.folder("playback")
    film = _make_film(folder, size=bench.size(1024, quick=4) * library.MIB)
    ours, peer = folder / "ours.mp4", folder / "peer.mp4"
    remux = take_turns(bench.rounds, lambda: _ours(film, ours, "remux"), lambda: _copy_file(film, peer))
    film.unlink()
    camera = _make_camera_video(folder / "camera.avi", seconds=bench.size(30.0, quick=1.0))
    encoding = take_turns(bench.rounds, lambda: _ours(camera, ours, "encode"), lambda: _bare(camera, peer))
    return [
        Measurement(
            what="a playback copy of a 1 GiB H.264 MKV, streams copied",
            peer_name="`cp` of the file",
            unit="s",
            pairs=[(one, other) for one, other in remux],
            target=Target(Bound.AT_MOST, 3),
            note="the copy is checked, and its index is at the front",
        ),
        Measurement(
            what="a playback copy of 30 s of MPEG-4 AVI in 720p, encoded",
            peer_name="FFmpeg alone, the same codecs and settings",
            unit="s",
            pairs=[(one, other) for one, other in encoding],
            target=Target(Bound.AT_MOST, 1.1),
        ),
    ]


def _make_film(folder: Path, *, size: int) -> Path:
    """Create an MKV of about `size` bytes at 8 Mbit/s, which repeats a short scene."""
    scene, film = folder / "scene.mkv", folder / "film.mkv"
    rate = ("-b:v", "8M", "-maxrate", "8M", "-bufsize", "8M", "-g", "50")
    run(
        [
            *_generate(seconds=4, noise=20),
            *("-c:v", "libx264", "-preset", "ultrafast", *rate, "-c:a", "aac", scene),
        ]
    )
    repeated = max(0, size // scene.stat().st_size - 1)
    repeat = ("-stream_loop", str(repeated), "-i", scene, "-c", "copy", film)
    run([binaries.find_ffmpeg(Settings()), "-v", "error", "-y", *repeat])
    scene.unlink()
    return film


def _make_camera_video(path: Path, *, seconds: float) -> Path:
    run([*_generate(seconds=seconds, noise=3), "-c:v", "mpeg4", "-q:v", "4", "-c:a", "libmp3lame", path])
    return path


def _generate(*, seconds: float, noise: int) -> list[str | Path]:
    images = f"testsrc2=size={SIZE}:rate=25,noise=alls={noise}:allf=t,format=yuv420p"
    return [
        *(binaries.find_ffmpeg(Settings()), "-v", "error", "-y"),
        *("-f", "lavfi", "-i", images, "-f", "lavfi", "-i", "sine=sample_rate=48000", "-t", str(seconds)),
    ]


def _ours(video: Path, copy: Path, method: PlaybackMethod) -> float:
    """Make a copy, which includes reading the facts of the original, and return the seconds."""
    _settle(copy)
    started = time.perf_counter()
    made = asyncio.run(_make(video, copy, PlaybackPlan(method)))
    seconds = time.perf_counter() - started
    assert made == method, f"the copy was made by {made}"
    return seconds


async def _make(video: Path, copy: Path, plan: PlaybackPlan) -> PlaybackMethod:
    settings = Settings()
    info = (await ffprobe.probe(video, settings=settings)).info
    return await playback.make_playback_copy(
        video, copy, plan=plan, info=info, settings=settings, timeout=600
    )


def _settle(file: Path) -> None:
    """Delete a file and write what earlier rounds left in memory, which would slow the next one down."""
    file.unlink(missing_ok=True)
    os.sync()


def _copy_file(source: Path, destination: Path) -> float:
    _settle(destination)
    return run(["cp", source, destination]).seconds


def _bare(video: Path, copy: Path) -> float:
    """Encode with a plain FFmpeg command and return the seconds."""
    threads = str(clip_encoder.encoder_threads(Settings()))
    bound = ("-maxrate", playback.MAX_VIDEO_BITRATE, "-bufsize", playback.BUFFER_BITS)
    key_frames = ("-force_key_frames", f"expr:gte(t,n_forced*{playback.KEY_FRAME_SECONDS})")
    sound = ("-c:a", "aac", "-b:a", playback.AUDIO_BITRATE, "-ar", str(playback.AUDIO_RATE), "-ac", "2")
    return run(
        [
            *(binaries.find_ffmpeg(Settings()), "-v", "error", "-y", "-i", video),
            *(*x264.PLAYBACK_COPY.args(), *bound, *key_frames, "-pix_fmt", "yuv420p"),
            *("-threads:v", threads, *sound, "-movflags", "+faststart", copy),
        ]
    ).seconds
