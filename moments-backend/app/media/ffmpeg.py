"""FFmpeg as a converter of files: how it is called, what it tells meanwhile, why it failed.

https://ffmpeg.org/ffmpeg.html
"""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from app.core.concurrency import run_in_thread
from app.core.exceptions import (
    DiskFullError,
    FFmpegError,
    FFmpegTimeoutError,
    LocalFileError,
    MediaError,
)
from app.core.files.atomic import mapped_write_errors
from app.media import process
from app.media.ffprobe import ensure_nonempty
from app.media.formats import DEMUXERS
from app.media.process import CompletedProcess, OnOutput

OnProgress = Callable[[float], None]
"""Takes the seconds written so far. They never shrink."""

AUDIO_DEMUXERS = DEMUXERS | {"wav"}

SHORTFALL_SECONDS = 2.0
"""A file in which FFmpeg found faults and that ends so much before its own account of its length broke off.

Less is lost at many sound ends: one packet that was cut, streams of unequal length.
"""

_FULL_WORDS = ("No space left on device", "Disk quota exceeded")
_TOO_LARGE_WORDS = "File too large"
_INTERRUPTED = 255
"""FFmpeg's exit code after a SIGTERM or SIGINT, which it takes as the wish to write a shorter file."""

_PROGRESS = re.compile(rb"(frame|out_time_us)= *(\d+)")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConversionResult:
    """What FFmpeg wrote: how much, and the first fault that it found in the source, else an empty text.

    `frames` are those of the picture.
    """

    seconds: float
    frames: int
    complaint: str

    def broke_off(self, expected_seconds: float | None) -> bool:
        """Whether the source's end is missing: faults in it, and less than it says it holds."""
        if expected_seconds is None or not self.complaint:
            return False
        return self.seconds < expected_seconds - SHORTFALL_SECONDS


def base_args(ffmpeg: Path) -> list[str]:
    """The arguments that every call begins with."""
    return [os.fspath(ffmpeg), "-nostdin", "-hide_banner", "-v", "error"]


def input_args(source: Path, *options: str, demuxers: frozenset[str] = DEMUXERS) -> list[str]:
    """The arguments that open one file. Whatever its bytes are, nothing but this file is read.

    The file is named by an absolute path under `file:`, so that no name is taken for an option (`-i.mp4`) or
    another protocol (`concat:a.mp4`).
    """
    return [
        *("-protocol_whitelist", "file"),
        *("-format_whitelist", ",".join(sorted(demuxers))),
        *options,
        *("-i", f"file:{source.absolute()}"),
    ]


def seek_args(start: float, end: float) -> tuple[str, ...]:
    """The options of `reading` for what lies between two times, in seconds. Times then count from `start`."""
    if not 0 <= start < end:
        raise ValueError(f"no part of a file: from {start} to {end}")
    return ("-ss", f"{start:.6f}", "-t", f"{end - start:.6f}")


def output_args(destination: Path, *, muxer: str) -> list[str]:
    """The arguments that write one file over an existing one, and tell on stdout how far they are."""
    return ["-progress", "pipe:1", "-nostats", "-f", muxer, "-y", f"file:{destination.absolute()}"]


async def convert(
    argv: Sequence[str],
    *,
    source: Path,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    on_progress: OnProgress | None = None,
) -> ConversionResult:
    """Run a command that ends with `writing(…)`.

    Raises:
        MediaError: FFmpeg cannot read the source.
        FFmpegError: it was ended by somebody, or had not ended after `timeout` seconds.
        DiskFullError, LocalFileError: the destination cannot be written, or the source is gone.
        ToolMissingError: there is no FFmpeg.
    """
    written, frames = 0.0, 0

    def follow(line: bytes) -> None:
        nonlocal written, frames
        match = _PROGRESS.fullmatch(line.strip())
        if match is None:
            return
        key, number = match[1], int(match[2])
        if key == b"frame":
            frames = number
        elif (seconds := number / 1_000_000) > written:
            written = seconds
            if on_progress is not None:
                on_progress(seconds)

    complaint = await run_streaming(argv, source=source, timeout=timeout, on_output=follow)
    if complaint:
        logger.warning("%s has faults that were passed over: %s", source.name, complaint)
    return ConversionResult(written, frames, complaint)


async def run_streaming(
    argv: Sequence[str],
    *,
    source: Path,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    on_output: OnOutput,
) -> str:
    """Run a command for what it says on stdout. Its errors are those of `convert`.

    Returns:
        The first fault that FFmpeg found in the source and passed over; mostly empty.
    """
    try:
        completed = await process.run(argv, timeout=timeout, on_output=on_output)
    except FFmpegTimeoutError as error:
        raise FFmpegTimeoutError(
            "FFmpeg", timeout, remedy="retry; a faster disk or fewer processes at once help"
        ) from error
    complaint = _without_paths(completed.first_error_line, source, argv)
    _check_ended_well(completed, complaint, source)
    if completed.returncode == 0:
        return complaint
    await asyncio.to_thread(ensure_nonempty, source)  # gone meanwhile? That is the better cause.
    if "not on whitelist" in complaint:
        complaint = "it is not a video"
    raise MediaError(
        f"{source.name} could not be decoded: {complaint or 'FFmpeg gives no reason'}",
        remedy="does it play elsewhere? Replace it by a whole copy",
    )


def _check_ended_well(completed: CompletedProcess, complaint: str, source: Path) -> None:
    """Raise what is not the source's fault. FFmpeg may end with 0 though its last bytes were not written."""
    everything = completed.stderr.decode("utf-8", "replace")
    if any(words in everything for words in _FULL_WORDS):
        raise DiskFullError(
            f"no space left to write what FFmpeg makes of {source.name}",
            remedy="free some space and retry",
        )
    if _TOO_LARGE_WORDS in everything:
        raise LocalFileError(
            f"what FFmpeg makes of {source.name} is larger than a file may be here",
            remedy="raise the limit (ulimit -f), or use a file system without one",
        )
    ended_by = completed.signal_name
    if ended_by is None and completed.returncode == _INTERRUPTED and not complaint:
        ended_by = "a signal"
    if ended_by is not None:
        raise FFmpegError(
            f"FFmpeg was ended by {ended_by} while it read {source.name}",
            remedy="retry; was the memory exhausted?",
        )


def _without_paths(complaint: str, source: Path, argv: Sequence[str]) -> str:
    """The same words, with names where FFmpeg puts whole paths."""
    for word in (f"file:{source.absolute()}", argv[-1]):
        if word.startswith("file:"):
            complaint = complaint.replace(word, Path(word).name)
    return complaint


@asynccontextmanager
async def atomic_output(destination: Path) -> AsyncIterator[Path]:
    """A path to write to, which becomes `destination` when the block ends well and is removed otherwise.

    The folder is made where it is missing. The path is a hidden sibling with a short name of its own, so one
    that a killed worker left behind is in nobody's way.

    Raises:
        DiskFullError, LocalFileError: there is no writing there.
    """
    sibling = destination.with_name(f".{uuid4().hex}.part")
    try:
        await run_in_thread(lambda: _begin(sibling, destination))
        yield sibling
        await run_in_thread(lambda: _finish(sibling, destination))
    finally:
        await run_in_thread(lambda: _remove(sibling))


def _begin(sibling: Path, destination: Path) -> None:
    with mapped_write_errors(destination):
        sibling.parent.mkdir(parents=True, exist_ok=True)
        sibling.touch(exist_ok=False)


def _finish(sibling: Path, destination: Path) -> None:
    with mapped_write_errors(destination):
        descriptor = os.open(sibling, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sibling.replace(destination)


def _remove(sibling: Path) -> None:
    with suppress(OSError):  # the folder may be what could not be made; then its error is the one to tell
        sibling.unlink(missing_ok=True)
