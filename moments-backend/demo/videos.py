"""Generates the videos of `make demo` for a library that has none yet."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import DiskFullError, FFmpegError, VideoMomentsError
from app.core.files.atomic import move_file_if_absent
from app.media import process
from app.media.binaries import find_ffmpeg
from app.media.limits import ProcessLimits
from demo.scripts import TALKS, Talk
from demo.speech import speak

FFMPEG_SECONDS = 300
MAX_VIDEO_BYTES = 1024**3
CONCURRENT_VIDEOS = 2
SOURCE_SIZE = "320x180"
"""Images are generated at this size and scaled up, which takes a tenth of the time."""


async def make_talks(
    settings: Settings, *, report: Callable[[str], None], talks: tuple[Talk, ...] = TALKS
) -> None:
    """Generate every talk whose file name is unused in the videos directory; existing files are kept.

    Raises:
        ToolMissingError: FFmpeg or espeak-ng is missing.
        FFmpegError, DiskFullError: a video could not be generated; its partial file is deleted.
    """
    ffmpeg = find_ffmpeg(settings)
    settings.videos_dir.mkdir(parents=True, exist_ok=True)
    taken = {path.stem for path in settings.videos_dir.iterdir()}
    missing = [talk for talk in talks if talk.stem not in taken]
    for talk in talks:
        if talk not in missing:
            report(f"  {talk.filename}: skipped, a file with this name exists")
    report(f"Generating {len(missing)} short talks in {settings.videos_dir}/ …")
    slots = asyncio.Semaphore(CONCURRENT_VIDEOS)

    async def make(talk: Talk, folder: Path) -> None:
        async with slots:
            seconds = await make_talk(talk, settings.videos_dir, ffmpeg=ffmpeg, work_dir=folder)
        report(f"  {talk.filename}: {seconds:.0f} seconds")

    # On the disk of the videos, so that a finished file is moved by an atomic rename.
    with tempfile.TemporaryDirectory(dir=settings.static_path, prefix=".demo-") as folder:
        try:
            async with asyncio.TaskGroup() as group:
                for talk in missing:
                    group.create_task(make(talk, Path(folder)))
        except* VideoMomentsError as failures:
            raise failures.exceptions[0] from None


async def make_talk(talk: Talk, destination: Path, *, ffmpeg: Path, work_dir: Path) -> float:
    """Generate one talk in `destination`, unless its file name is used meanwhile; return its seconds."""
    work = work_dir / talk.stem
    work.mkdir()
    speeches = [speak(section.text) for section in talk.sections]
    inputs: list[str | Path] = []
    for number, (section, speech) in enumerate(zip(talk.sections, speeches, strict=True)):
        speech.write(work / f"{number}.wav")
        joint = ":" if "=" in section.picture else "="
        source = f"{section.picture}{joint}s={SOURCE_SIZE}:r={talk.frame_rate}"
        inputs += ["-f", "lavfi", "-t", f"{speech.seconds:.3f}", "-i", source, "-i", work / f"{number}.wav"]
    count = len(speeches)
    scale = f"scale={talk.size.replace('x', ':')},format=yuv420p,setsar=1"
    pictures = "".join(f"[{2 * number}:v]{scale}[v{number}];" for number in range(count))
    pairs = "".join(f"[v{number}][{2 * number + 1}:a]" for number in range(count))
    result = work / talk.filename
    argv = [ffmpeg, "-hide_banner", "-v", "error", "-nostdin", *inputs]
    argv += [
        "-filter_complex",
        f"{pictures}{pairs}concat=n={count}:v=1:a=1[v][a]",
        "-map",
        "[v]",
        "-map",
        "[a]",
    ]
    argv += ["-ar", "48000", *talk.codecs, result]
    limits = ProcessLimits(file_bytes=MAX_VIDEO_BYTES)
    completed = await process.run(argv, timeout=FFMPEG_SECONDS, limits=limits)
    if completed.returncode != 0:
        if "No space left" in completed.first_error_line:
            raise DiskFullError(f"no space left to write {talk.filename}", remedy="free some space and retry")
        raise FFmpegError(f"FFmpeg could not create {talk.filename}: {completed.first_error_line}")
    move_file_if_absent(result, destination / talk.filename)
    return sum(speech.seconds for speech in speeches)
