"""Subprocesses of FFmpeg, ffprobe and yt-dlp: limits, output and termination."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.core.concurrency import await_uncancellable
from app.core.exceptions import FFmpegError, FFmpegTimeoutError, ToolMissingError
from app.media import error_lines
from app.media.limits import ProcessLimits, is_out_of_memory, start_error

MAX_STDOUT_BYTES = 8 * 1024**2
STDERR_HEAD_BYTES = 8 * 1024
STDERR_TAIL_BYTES = 56 * 1024
_BLOCK_BYTES = 64 * 1024
_DRAIN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class CompletedProcess:
    """Result of a finished program. `returncode` is the negative signal number after a signal."""

    stdout: bytes
    stderr: bytes
    returncode: int

    @property
    def signal_name(self) -> str | None:
        """Return the name of the signal that terminated the program, such as `SIGSEGV`."""
        if self.returncode >= 0:
            return None
        try:
            return signal.Signals(-self.returncode).name
        except ValueError:
            return f"signal {-self.returncode}"

    @property
    def first_error_line(self) -> str:
        """Return the line on stderr that names the cause, without FFmpeg's component prefix."""
        return error_lines.cause(self.stderr)


OnOutput = Callable[[bytes], None]
"""Called with each line of stdout, without its line break."""

NO_FILES = ProcessLimits()


async def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,  # noqa: ASYNC109 - the limit ends the process, which a caller's timeout scope could not explain
    limits: ProcessLimits = NO_FILES,
    stdin: bytes | None = None,
    on_output: OnOutput | None = None,
) -> CompletedProcess:
    """Run a program and return its result, whatever the exit code.

    The program gets its own process group, which is killed after `timeout` seconds, on cancellation, or if
    stdout exceeds `MAX_STDOUT_BYTES`. No child is left behind, not even a zombie. The first
    `STDERR_HEAD_BYTES` and the last `STDERR_TAIL_BYTES` of stderr are kept. A program that reports a lack of
    memory is killed as well.

    Args:
        limits: memory, file size and environment of the program; by default it can write no file.
        on_output: called on the event loop with each line of stdout, which is then not collected, so that the
            size limit applies to single lines. Its exceptions end the program. Such runs are long: on Linux
            with `setpriv` the kernel kills them if this process dies.

    Raises:
        ToolMissingError: program not found or not executable.
        FFmpegTimeoutError: timeout.
        FFmpegError: the program could not be started, or its output is too long.
    """
    program = Path(argv[0]).name
    process = await _start_uncancellable(
        _limited(argv, limits, timeout, killed_with_parent=on_output is not None),
        limits.environment(),
        program,
        stdin,
    )
    if on_output is None:
        reading = asyncio.create_task(_read_all(process, program))
    else:
        reading = asyncio.create_task(_read_lines(process, program, on_output))
    reading_errors = asyncio.create_task(_read_errors(process, limits))
    feeding = asyncio.create_task(_feed(process, stdin))
    tasks: list[asyncio.Task[Any]] = [reading, reading_errors, feeding]
    try:
        async with asyncio.timeout(timeout):
            await asyncio.gather(*tasks)
            returncode = await process.wait()
    except TimeoutError:
        await _end(process, tasks)
        raise FFmpegTimeoutError(program, timeout) from None
    except BaseException:
        await _end(process, tasks)
        raise
    if reason := start_error(returncode, reading_errors.result()):
        raise FFmpegError(f"{program} could not be started: {reason}")
    return CompletedProcess(reading.result(), reading_errors.result(), returncode)


def _limited(
    argv: Sequence[str | Path],
    limits: ProcessLimits,
    timeout: float,
    *,
    killed_with_parent: bool,
) -> Sequence[str | Path]:
    """Return the command that applies the limits.

    With `killed_with_parent`, the kernel kills the program with this process, even after SIGKILL.
    """
    if shutil.which(argv[0]) is None:
        return argv  # fails with an error that names the program
    setpriv = _setpriv() if killed_with_parent else None
    started = argv if setpriv is None else [setpriv, "--pdeathsig", "KILL", *argv]
    return limits.command(started, timeout=timeout)


@cache
def _setpriv() -> str | None:
    return shutil.which("setpriv") if sys.platform == "linux" else None


async def _start_uncancellable(
    argv: Sequence[str | Path], environment: Mapping[str, str], program: str, stdin: bytes | None
) -> Process:
    """Start the program even if cancelled meanwhile, because asyncio would lose the process; then end it."""
    starting = asyncio.ensure_future(_start(argv, environment, program, stdin))
    try:
        await await_uncancellable(starting)
    except asyncio.CancelledError:
        if starting.exception() is None:
            await _end(starting.result(), ())
        raise
    return starting.result()


async def _start(
    argv: Sequence[str | Path], environment: Mapping[str, str], program: str, stdin: bytes | None
) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            env=environment,
            stdin=DEVNULL if stdin is None else PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise ToolMissingError(f"{argv[0]} not found", remedy=f"install {program}") from error
    except PermissionError as error:
        raise ToolMissingError(
            f"{argv[0]} is not executable", remedy="make it executable (chmod +x)"
        ) from error
    except OSError as error:
        raise FFmpegError(f"{program} could not be started: {error.strerror}") from error


async def _read_all(process: Process, program: str) -> bytes:
    assert process.stdout is not None  # noqa: S101 - opened as a pipe above
    blocks: list[bytes] = []
    size = 0
    while block := await process.stdout.read(_BLOCK_BYTES):
        blocks.append(block)
        size += len(block)
        _check_length(size, program)
    return b"".join(blocks)


async def _read_lines(process: Process, program: str, on_output: OnOutput) -> bytes:
    """Pass each line to `on_output`, also the last one without a line break; return nothing."""
    assert process.stdout is not None  # noqa: S101 - opened as a pipe above
    blocks: list[bytes] = []  # of the incomplete line
    size = 0
    while block := await process.stdout.read(_BLOCK_BYTES):
        first, *others = block.split(b"\n")
        blocks.append(first)
        size += len(first)
        _check_length(size, program)
        if others:
            on_output(b"".join(blocks))
            *complete, last = others
            for line in complete:
                on_output(line)
            blocks, size = [last], len(last)
    if size:
        on_output(b"".join(blocks))
    return b""


def _check_length(size: int, program: str) -> None:
    if size > MAX_STDOUT_BYTES:
        raise FFmpegError(f"{program} wrote more than {MAX_STDOUT_BYTES // 1024**2} MiB")


async def _read_errors(process: Process, limits: ProcessLimits) -> bytes:
    """Return the start of stderr, which names the cause, and its end; drop what is in between."""
    assert process.stderr is not None  # noqa: S101 - opened as a pipe above
    head = tail = b""
    while block := await process.stderr.read(_BLOCK_BYTES):
        if limits.memory_bytes is not None and is_out_of_memory(block):
            _kill_group(process)
        missing = STDERR_HEAD_BYTES - len(head)
        head += block[:missing]
        tail = (tail + block[missing:])[-STDERR_TAIL_BYTES:]
    return head + tail


async def _feed(process: Process, content: bytes | None) -> None:
    if content is None or process.stdin is None:
        return
    with suppress(
        BrokenPipeError, ConnectionResetError
    ):  # the program stopped reading; its exit code shows the reason
        process.stdin.write(content)
        await process.stdin.drain()
    process.stdin.close()


async def _end(process: Process, tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Kill the process group and wait for the child, which is short, even if the caller is cancelled."""
    _kill_group(process)
    for task in tasks:
        task.cancel()
    await await_uncancellable(asyncio.ensure_future(_drain(process, tasks)))


def _kill_group(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS returns EPERM for a group of zombies
        os.killpg(process.pid, signal.SIGKILL)


async def _drain(process: Process, tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Read the pipes to their end; asyncio does not report the exit before that."""
    await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(TimeoutError):  # a grandchild that left the group may hold the pipes open
        async with asyncio.timeout(_DRAIN_SECONDS):
            await asyncio.gather(_discard(process.stdout), _discard(process.stderr), process.wait())


async def _discard(stream: asyncio.StreamReader | None) -> None:
    while stream is not None and await stream.read(_BLOCK_BYTES):
        pass
