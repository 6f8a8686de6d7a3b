"""The one place that starts a program."""

import asyncio
import os
import re
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.core.concurrency import await_uncancellable
from app.core.exceptions import FFmpegError, FFmpegTimeoutError, ToolMissingError

MAX_STDOUT_BYTES = 64 * 1024**2
STDERR_TAIL_BYTES = 64 * 1024
_BLOCK_BYTES = 64 * 1024
_LEAVE_SECONDS = 10
_SPEAKER = re.compile(r"^(\[[^\]]* @ 0x[0-9a-f]+\] *)+")


@dataclass(frozen=True, slots=True)
class CompletedProcess:
    """How a program ended. `returncode` is minus the signal's number for one that a signal ended."""

    stdout: bytes
    stderr: bytes
    returncode: int

    @property
    def signal_name(self) -> str | None:
        """The name of the signal that ended the program, such as `SIGSEGV`."""
        if self.returncode >= 0:
            return None
        try:
            return signal.Signals(-self.returncode).name
        except ValueError:
            return f"signal {-self.returncode}"

    @property
    def first_error_line(self) -> str:
        """The first line on stderr that says something, which names the cause; those after it follow from it.

        FFmpeg's own mark of the part that speaks, `[mov,mp4 @ 0x55…]`, is left out.
        """
        lines = (
            _SPEAKER.sub("", line).strip() for line in self.stderr.decode("utf-8", "replace").split("\n")
        )
        return next((line for line in lines if line), "")


OnOutput = Callable[[bytes], None]
"""Takes one line of a program's stdout, without its end."""


async def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,  # noqa: ASYNC109 - the limit ends the process, which a caller's timeout scope could not explain
    stdin: bytes | None = None,
    on_output: OnOutput | None = None,
) -> CompletedProcess:
    """Run a program to its end, whatever its exit code.

    It gets a process group of its own, and the whole group is killed when `timeout` seconds have passed, when
    the caller is cancelled or when it says more than `MAX_STDOUT_BYTES`. No child is left behind, not even as
    a zombie. Of stderr the last `STDERR_TAIL_BYTES` are kept.

    With `on_output`, each line of stdout is handed to it on the event loop as it comes, and none is kept: the
    answer's `stdout` is empty, and only a single line may be too long. What it raises ends the program. Who
    listens has long work done: where Linux has `setpriv`, that ends with this process, however it ends.

    Raises:
        ToolMissingError: there is no such program, or it may not be started.
        FFmpegTimeoutError: it had not ended in time.
        FFmpegError: it could not be run, or it said too much.
    """
    program = Path(argv[0]).name
    process = await _started(argv if on_output is None else _bound_to_us(argv), program, stdin)
    if on_output is None:
        reading = asyncio.create_task(_read_all(process, program))
    else:
        reading = asyncio.create_task(_read_lines(process, program, on_output))
    listening = asyncio.create_task(_read_tail(process))
    feeding = asyncio.create_task(_feed(process, stdin))
    work: list[asyncio.Task[Any]] = [reading, listening, feeding]
    try:
        async with asyncio.timeout(timeout):
            await asyncio.gather(*work)
            returncode = await process.wait()
    except TimeoutError:
        await _end(process, work)
        raise FFmpegTimeoutError(program, timeout) from None
    except BaseException:
        await _end(process, work)
        raise
    return CompletedProcess(reading.result(), listening.result(), returncode)


def _bound_to_us(argv: Sequence[str | Path]) -> Sequence[str | Path]:
    """The same program, ended by the kernel when we are: after a `kill -9` nobody else would."""
    setpriv = _setpriv()
    # Where there is no such program, it is the one to be named.
    return (
        argv if setpriv is None or shutil.which(argv[0]) is None else [setpriv, "--pdeathsig", "KILL", *argv]
    )


@cache
def _setpriv() -> str | None:
    return shutil.which("setpriv") if sys.platform == "linux" else None


async def _started(argv: Sequence[str | Path], program: str, stdin: bytes | None) -> Process:
    """The program, running. A start that is cancelled is seen through: asyncio would lose the process."""
    starting = asyncio.ensure_future(_start(argv, program, stdin))
    try:
        await await_uncancellable(starting)
    except asyncio.CancelledError:
        if starting.exception() is None:
            await _end(starting.result(), ())
        raise
    return starting.result()


async def _start(argv: Sequence[str | Path], program: str, stdin: bytes | None) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=DEVNULL if stdin is None else PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise ToolMissingError(f"{argv[0]} is not there", remedy=f"install {program}") from error
    except PermissionError as error:
        raise ToolMissingError(
            f"{argv[0]} may not be started", remedy="give it the right to execute (chmod +x)"
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
    """Hand on every line, the last one also where nothing ends it; nothing is kept."""
    assert process.stdout is not None  # noqa: S101 - opened as a pipe above
    blocks: list[bytes] = []  # of the line that has not ended yet
    size = 0
    while block := await process.stdout.read(_BLOCK_BYTES):
        first, *others = block.split(b"\n")
        blocks.append(first)
        size += len(first)
        _check_length(size, program)
        if others:
            on_output(b"".join(blocks))
            *whole, begun = others
            for line in whole:
                on_output(line)
            blocks, size = [begun], len(begun)
    if size:
        on_output(b"".join(blocks))
    return b""


def _check_length(size: int, program: str) -> None:
    if size > MAX_STDOUT_BYTES:
        raise FFmpegError(f"{program} answered with more than {MAX_STDOUT_BYTES // 1024**2} MiB")


async def _read_tail(process: Process) -> bytes:
    assert process.stderr is not None  # noqa: S101 - opened as a pipe above
    tail = b""
    while block := await process.stderr.read(_BLOCK_BYTES):
        tail = (tail + block)[-STDERR_TAIL_BYTES:]
    return tail


async def _feed(process: Process, content: bytes | None) -> None:
    if content is None or process.stdin is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):  # it read no further: its exit code tells why
        process.stdin.write(content)
        await process.stdin.drain()
    process.stdin.close()


async def _end(process: Process, work: Sequence[asyncio.Task[Any]]) -> None:
    """Kill what is left of the group, and wait for the child. A cancelled caller waits too: it is short."""
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(process.pid, signal.SIGKILL)
    for task in work:
        task.cancel()
    await await_uncancellable(asyncio.ensure_future(_leave(process, work)))


async def _leave(process: Process, work: Sequence[asyncio.Task[Any]]) -> None:
    """Read the pipes to their end: before that, no process counts as ended in asyncio."""
    await asyncio.gather(*work, return_exceptions=True)
    with suppress(TimeoutError):  # a grandchild that left the group may hold them open
        async with asyncio.timeout(_LEAVE_SECONDS):
            await asyncio.gather(_discard(process.stdout), _discard(process.stderr), process.wait())


async def _discard(stream: asyncio.StreamReader | None) -> None:
    while stream is not None and await stream.read(_BLOCK_BYTES):
        pass
