"""FFmpeg runs: arguments, progress and errors.

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

from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    DiskFullError,
    FFmpegError,
    FFmpegTimeoutError,
    LocalFileError,
    MediaError,
    OutputLimitError,
)
from app.core.files.atomic import mapped_write_errors
from app.core.files.disk_space import ensure_free_space, fsync_path
from app.media import process
from app.media.error_lines import missing_component
from app.media.file_checks import ensure_nonempty
from app.media.formats import DEMUXERS
from app.media.limits import (
    ProcessLimits,
    decoder_args,
    decoder_threads,
    limit_error,
    media_limits,
)
from app.media.process import CompletedProcess, OnOutput

OnProgress = Callable[[float], None]
"""Called with the seconds written so far, which never decrease."""

AUDIO_DEMUXERS = DEMUXERS | {"wav"}

SHORTFALL_SECONDS = 2.0
"""Missing seconds from which a source with errors counts as truncated.

Complete files may lack less: a cut last packet, streams of unequal length.
"""

SPACE_CHECK_SECONDS = 0.5
"""Interval of the checks of free disk space while FFmpeg writes."""

_DISK_FULL_MESSAGES = ("No space left on device", "Disk quota exceeded")
_FILE_TOO_LARGE_MESSAGE = "File too large"
_INTERRUPTED = 255
"""FFmpeg's exit code after SIGTERM or SIGINT, on which it finishes a shorter file."""

_PROGRESS = re.compile(rb"(frame|out_time_us)= *(\d+)")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConversionResult:
    """Output of a conversion: duration, number of video frames, and the first error in the source, if any."""

    seconds: float
    frames: int
    source_error: str

    def ended_early(self, expected_seconds: float | None) -> bool:
        """Return whether the end of the source is missing: it has errors and is shorter than declared."""
        if expected_seconds is None or not self.source_error:
            return False
        return self.seconds < expected_seconds - SHORTFALL_SECONDS


def base_args(ffmpeg: Path) -> list[str]:
    # Without a number, each filter starts a thread per processor.
    threads = ("-filter_threads", str(decoder_threads()))
    return [os.fspath(ffmpeg), "-nostdin", "-hide_banner", "-v", "error", *threads]


def input_args(
    source: Path, *options: str, max_pixels: int, demuxers: frozenset[str] = DEMUXERS
) -> list[str]:
    """Return the arguments that open one file, and prevent FFmpeg from reading any other.

    An absolute path with `file:` cannot be mistaken for an option (`-i.mp4`) or a protocol (`concat:a.mp4`).
    """
    return [
        *("-protocol_whitelist", "file"),
        *("-format_whitelist", ",".join(sorted(demuxers))),
        *decoder_args(max_pixels, threads=decoder_threads()),
        *options,
        *("-i", f"file:{source.absolute()}"),
    ]


def seek_args(start: float, end: float) -> tuple[str, ...]:
    """Return the options of `input_args` for a range in seconds. Output times are relative to `start`."""
    if not 0 <= start < end:
        raise ValueError(f"invalid range: from {start} to {end}")
    return ("-ss", f"{start:.6f}", "-t", f"{end - start:.6f}")


def output_args(destination: Path, *, muxer: str) -> list[str]:
    """Return the arguments that overwrite a file and report progress on stdout."""
    return ["-progress", "pipe:1", "-nostats", "-f", muxer, "-y", f"file:{destination.absolute()}"]


async def convert(
    argv: Sequence[str],
    *,
    source: Path,
    destination: Path,
    max_bytes: int,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    on_progress: OnProgress | None = None,
) -> ConversionResult:
    """Run a command that ends with `output_args(destination, …)`.

    Args:
        max_bytes: maximum size of the output.
        timeout: seconds for the whole conversion.

    Raises:
        MediaError: FFmpeg cannot read the source.
        MediaLimitError: the source needs too much memory or has too large pictures.
        OutputLimitError: the output would exceed `max_bytes`.
        FFmpegError: FFmpeg was killed or timed out.
        DiskFullError, LocalFileError: the destination cannot be written, or the source is missing.
        ToolMissingError: FFmpeg not found.
    """
    written, frames = 0.0, 0

    def parse(line: bytes) -> None:
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

    running = asyncio.create_task(
        run_streaming(
            argv, source=source, settings=settings, timeout=timeout, on_output=parse, file_bytes=max_bytes
        )
    )
    try:
        while not (await asyncio.wait([running], timeout=SPACE_CHECK_SECONDS))[0]:
            await run_in_thread(ensure_free_space, destination.parent, 0)
    except BaseException:
        await cancel_and_wait(running)
        raise
    source_error = running.result()
    if source_error:
        logger.warning("skipped errors in %s: %s", source.name, source_error)
    return ConversionResult(written, frames, source_error)


async def run_streaming(
    argv: Sequence[str],
    *,
    source: Path,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    on_output: OnOutput,
    file_bytes: int = 0,
) -> str:
    """Run a command and pass each line of its stdout to `on_output`. Raises the same errors as `convert`.

    Args:
        file_bytes: maximum size of a file that the command writes.

    Returns:
        The first error in the source that FFmpeg skipped; usually empty.
    """
    limits = media_limits(settings, file_bytes=file_bytes)
    try:
        completed = await process.run(argv, timeout=timeout, limits=limits, on_output=on_output)
    except FFmpegTimeoutError as error:
        raise FFmpegTimeoutError(
            "FFmpeg", timeout, remedy="retry; a faster disk or fewer concurrent processes help"
        ) from error
    message = _without_paths(completed.first_error_line, source, argv)
    if completed.returncode != 0 and (exceeded := limit_error(completed.stderr, source.name, settings)):
        raise exceeded
    _ensure_no_system_error(completed, message, source, limits)
    if completed.returncode == 0:
        return message
    await run_in_thread(ensure_nonempty, source)  # a missing file is the better cause
    if (component := missing_component(completed.stderr)) is not None:
        verb = "decoded" if component.startswith("decoder") else "converted"
        raise MediaError(
            f"{source.name} could not be {verb}: this FFmpeg has no {component}",
            remedy="run `videomoments doctor`, and remove FFMPEG_PATH to use the bundled FFmpeg",
        )
    if "not on whitelist" in message:
        message = "it is not a video"
    raise MediaError(
        f"{source.name} could not be decoded: {message or 'FFmpeg reported no cause'}",
        remedy="replace it with a complete copy if it does not play elsewhere",
    )


def _ensure_no_system_error(
    completed: CompletedProcess, message: str, source: Path, limits: ProcessLimits
) -> None:
    """Raise errors that the source did not cause; FFmpeg may exit with 0 although its last write failed."""
    stderr = completed.stderr.decode("utf-8", "replace")
    if any(text in stderr for text in _DISK_FULL_MESSAGES):
        raise DiskFullError(
            f"no space left to convert {source.name}",
            remedy="free some space and retry",
        )
    if _FILE_TOO_LARGE_MESSAGE in stderr:
        if limits.is_own_file_limit():
            raise OutputLimitError(
                f"the conversion of {source.name} would exceed {limits.file_bytes} bytes",
                remedy="replace it with a copy whose time stamps are correct",
            )
        raise LocalFileError(
            f"the conversion of {source.name} exceeds the file size limit",
            remedy="raise the limit (ulimit -f), or use another file system",
        )
    signal_name = completed.signal_name
    if signal_name is None and completed.returncode == _INTERRUPTED and not message:
        signal_name = "a signal"
    if signal_name is not None:
        raise FFmpegError(
            f"FFmpeg was terminated by {signal_name} while reading {source.name}",
            remedy="retry; check whether the system ran out of memory",
        )


def _without_paths(message: str, source: Path, argv: Sequence[str]) -> str:
    """Replace paths in the message with file names."""
    for path in (f"file:{source.absolute()}", argv[-1]):
        if path.startswith("file:"):
            message = message.replace(path, Path(path).name)
    return message


@asynccontextmanager
async def atomic_output(destination: Path, *, durable: bool = True) -> AsyncIterator[Path]:
    """Yield a path that is renamed to `destination` if the block succeeds and removed otherwise.

    Missing folders are created. The path is a hidden sibling with a random name, so leftovers of killed
    workers do not collide.

    Args:
        durable: write the file to the disk, so that it survives a crash of the system.

    Raises:
        DiskFullError, LocalFileError: the destination cannot be written.
    """
    sibling = destination.with_name(f".{uuid4().hex}.part")
    try:
        await run_in_thread(_create, sibling, destination)
        yield sibling
        await run_in_thread(_finish, sibling, destination, durable)
    finally:
        await run_in_thread(_remove, sibling)


def _create(sibling: Path, destination: Path) -> None:
    with mapped_write_errors(destination):
        sibling.parent.mkdir(parents=True, exist_ok=True)
        sibling.touch(exist_ok=False)


def _finish(sibling: Path, destination: Path, durable: bool) -> None:
    with mapped_write_errors(destination):
        if durable:
            fsync_path(sibling)
        sibling.replace(destination)


def _remove(sibling: Path) -> None:
    with suppress(OSError):  # the folder may be missing; its own error is more useful
        sibling.unlink(missing_ok=True)
