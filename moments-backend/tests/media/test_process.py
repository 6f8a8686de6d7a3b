"""`run()` ends every program that it starts."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from app.core.config import BACKEND_DIR
from app.core.exceptions import FFmpegError, FFmpegTimeoutError, ToolMissingError
from app.media import process
from app.media.limits import ProcessLimits

PYTHON = sys.executable
WRITING = ProcessLimits(file_bytes=1000)
WRITE_PROCESS_IDS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(sys.argv[1] + ".new", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    """Return whether the process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def is_known(pid: int) -> bool:
    """Return whether the process exists, possibly as a zombie."""
    return Path(f"/proc/{pid}").exists()


async def started_ids(file: Path) -> tuple[int, int]:
    while not file.exists():
        await asyncio.sleep(0.01)
    parent, child = file.read_text().split()
    return int(parent), int(child)


async def until_gone(pid: int) -> None:
    """Wait until a killed grandchild has exited."""
    async with asyncio.timeout(30):
        while is_running(pid):
            await asyncio.sleep(0.01)


async def test_output_and_exit_code() -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    completed = await process.run([PYTHON, "-c", script], timeout=60)
    assert completed == process.CompletedProcess(stdout=b"out\n", stderr=b"err\n", returncode=3)
    assert completed.signal_name is None


async def test_signal_name() -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    completed = await process.run([PYTHON, "-c", script], timeout=60)
    assert completed.signal_name == "SIGSEGV"


async def test_stdin_is_empty_unless_given() -> None:
    script = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    assert (await process.run([PYTHON, "-c", script], timeout=60)).stdout == b""
    assert (await process.run([PYTHON, "-c", script], timeout=60, stdin=b"abc")).stdout == b"ABC"


async def test_unread_input_is_not_an_error() -> None:
    completed = await process.run([PYTHON, "-c", ""], timeout=60, stdin=b"x" * 10_000_000)
    assert completed.returncode == 0


async def test_start_and_end_of_long_stderr_are_kept() -> None:
    script = "import sys; sys.stderr.write('the cause\\n' + 'x' * 1_000_000 + 'the end')"
    completed = await process.run([PYTHON, "-c", script], timeout=60)
    assert len(completed.stderr) == process.STDERR_HEAD_BYTES + process.STDERR_TAIL_BYTES
    assert completed.first_error_line == "the cause"
    assert completed.stderr.endswith(b"xthe end")


async def test_too_much_output_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MAX_STDOUT_BYTES", 1_000_000)
    script = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(FFmpegError, match="wrote more than"):
        await process.run([PYTHON, "-c", script], timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_endless_output_is_stopped_in_time(stream: str) -> None:
    """The pipe still contains output when the program is killed."""
    script = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
    for _ in range(5):
        with pytest.raises(FFmpegError):
            await process.run([PYTHON, "-c", script], timeout=0.3)


@pytest.mark.slow
async def test_timeout_kills_program_and_children(tmp_path: Path) -> None:
    file = tmp_path / "ids"
    with pytest.raises(FFmpegTimeoutError, match="was stopped after 2 s") as caught:
        await process.run([PYTHON, "-c", WRITE_PROCESS_IDS, file], timeout=2, limits=WRITING)
    assert caught.value.retryable
    parent, child = await started_ids(file)
    assert not is_known(parent)
    await until_gone(child)


async def test_cancellation_kills_program_and_children(tmp_path: Path) -> None:
    file = tmp_path / "ids"
    argv = [PYTHON, "-c", WRITE_PROCESS_IDS, str(file)]
    running = asyncio.create_task(process.run(argv, timeout=600, limits=WRITING))
    parent, child = await started_ids(file)
    assert is_running(parent)
    assert is_running(child)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_known(parent)
    await until_gone(child)


@pytest.mark.parametrize("steps", range(1, 40))
async def test_cancellation_at_any_time_ends_soon(steps: int) -> None:
    """Cancel also while asyncio is starting the program."""
    argv = ["/bin/sh", "-c", "sleep 600 & sleep 600"]
    running = asyncio.create_task(process.run(argv, timeout=600))
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(30):
        with pytest.raises(asyncio.CancelledError):
            await running
    assert [child for child in psutil.Process().children() if child.cmdline() == argv] == []


async def test_lines_are_passed_on_immediately(tmp_path: Path) -> None:
    """The program continues only after its first line has arrived."""
    answer = tmp_path / "answer"
    script = (
        "import os, sys, time\nprint('one', flush=True)\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\nsys.stdout.write('\\ntwo\\nthree')"
    )
    lines: list[bytes] = []

    def take(line: bytes) -> None:
        lines.append(line)
        answer.touch()

    completed = await process.run([PYTHON, "-c", script, answer], timeout=60, on_output=take)
    assert lines == [b"one", b"", b"two", b"three"]
    assert completed == process.CompletedProcess(stdout=b"", stderr=b"", returncode=0)


async def test_long_lines_are_complete() -> None:
    lines: list[bytes] = []
    script = "for length in (200_000, 1, 100_000): print('x' * length)"
    await process.run([PYTHON, "-c", script], timeout=60, on_output=lines.append)
    assert [len(line) for line in lines] == [200_000, 1, 100_000]


async def test_output_limit_applies_per_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MAX_STDOUT_BYTES", 100_000)
    lines: list[bytes] = []
    script = "for _ in range(1000): print('x' * 1000)"
    await process.run([PYTHON, "-c", script], timeout=60, on_output=lines.append)
    assert len(lines) == 1000
    script = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(FFmpegError, match="wrote more than"):
        await process.run([PYTHON, "-c", script], timeout=60, on_output=lines.append)


async def test_callback_error_ends_the_program(tmp_path: Path) -> None:
    file = tmp_path / "ids"

    def refuse(line: bytes) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="hello"):
        await process.run(
            [PYTHON, "-c", f"print('hello', flush=True)\n{WRITE_PROCESS_IDS}", file],
            timeout=60,
            limits=WRITING,
            on_output=refuse,
        )
    if file.exists():
        parent, child = await started_ids(file)
        assert not is_known(parent)
        await until_gone(child)


@pytest.mark.slow
@pytest.mark.parametrize("ended_by", ["the limit", "the caller"])
async def test_program_with_callback_is_killed_too(tmp_path: Path, ended_by: str) -> None:
    file = tmp_path / "ids"
    lines: list[bytes] = []
    argv = [PYTHON, "-c", f"print('hello', flush=True)\n{WRITE_PROCESS_IDS}", str(file)]
    running = asyncio.create_task(
        process.run(
            argv,
            timeout=2 if ended_by == "the limit" else 600,
            limits=WRITING,
            on_output=lines.append,
        )
    )
    parent, child = await started_ids(file)
    if ended_by == "the caller":
        while not lines:
            await asyncio.sleep(0.01)
        running.cancel()
    with pytest.raises((asyncio.CancelledError, FFmpegTimeoutError)):
        await running
    assert lines == [b"hello"]
    assert not is_known(parent)
    await until_gone(child)


async def test_program_has_its_own_process_group() -> None:
    completed = await process.run([PYTHON, "-c", "import os; print(os.getpgid(0))"], timeout=60)
    assert int(completed.stdout) != os.getpgid(0)


async def test_missing_program() -> None:
    with pytest.raises(ToolMissingError, match="/no/such/program not found"):
        await process.run(["/no/such/program"], timeout=60)


async def test_program_without_execute_permission(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    with pytest.raises(ToolMissingError, match="is not executable"):
        await process.run([tmp_path / "tool"], timeout=60)


async def test_invalid_program_file(tmp_path: Path) -> None:
    (tmp_path / "tool").write_bytes(b"\x7fELF nonsense")
    (tmp_path / "tool").chmod(0o755)
    with pytest.raises(FFmpegError, match="could not be started"):
        await process.run([tmp_path / "tool"], timeout=60)


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (b"", ""),
        (b"\n\n  moov atom not found  \nError opening input\n", "moov atom not found"),
        (b"[mov,mp4 @ 0x7fdb] moov atom not found\n", "moov atom not found"),
        (b"[vist#0:0/av1 @ 0x7f59] [dec:av1 @ 0x7f60] No decoder\n", "No decoder"),
        (b"\xff\xfe\n", "\ufffd\ufffd"),
    ],
)
def test_first_error_line_names_the_cause(stderr: bytes, message: str) -> None:
    assert process.CompletedProcess(b"", stderr, 1).first_error_line == message


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="util-linux is not installed")
async def test_program_dies_with_its_parent(tmp_path: Path) -> None:
    """A killed worker cannot end its FFmpeg."""
    program = (
        "import asyncio, sys\n"
        "from app.media.process import run\n"
        "argv = [sys.executable, '-u', '-c', 'import os, time; print(os.getpid()); time.sleep(600)']\n"
        "asyncio.run(run(argv, timeout=600, on_output=lambda line: print(line.decode(), flush=True)))\n"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program), cwd=BACKEND_DIR, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    child.wait(timeout=30)


async def test_file_over_the_limit_is_a_write_error(tmp_path: Path) -> None:
    script = "import sys\nwith open(sys.argv[1], 'wb', 0) as file:\n    while True: file.write(bytes(1024))"
    completed = await process.run(
        [PYTHON, "-c", script, tmp_path / "a"], timeout=60, limits=ProcessLimits(file_bytes=10_240)
    )
    assert b"File too large" in completed.stderr
    assert (tmp_path / "a").stat().st_size == 10_240


async def test_lower_limits_of_this_process_are_kept() -> None:
    script = (
        "import asyncio, resource, sys\n"
        "from app.media.process import run\n"
        "from app.media.limits import ProcessLimits\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5120, 5120))\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))\n"
        "limits = ProcessLimits(file_bytes=2**30)\n"
        "argv = ['/bin/sh', '-c', 'ulimit -f; ulimit -n']\n"
        "print(asyncio.run(run(argv, timeout=60, limits=limits)).stdout.split(), limits.is_own_file_limit())"
    )
    ended = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script), cwd=BACKEND_DIR, stdout=asyncio.subprocess.PIPE
    )
    assert (await ended.communicate())[0] == b"[b'10', b'100'] False\n"


async def test_lack_of_memory_ends_the_program() -> None:
    """FFmpeg may repeat the failing call until its timeout."""
    script = "import sys, time; print('Out of memory', file=sys.stderr, flush=True); time.sleep(600)"
    completed = await process.run([PYTHON, "-c", script], timeout=600)
    assert completed.signal_name == "SIGKILL"
    assert completed.first_error_line == "Out of memory"


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not enforce the limit")
async def test_memory_limit_is_applied() -> None:
    script = "import sys\ntry: bytes(2**30)\nexcept MemoryError: sys.exit(7)"
    limits = ProcessLimits(memory_bytes=512 * 1024**2)
    assert (await process.run([PYTHON, "-c", script], timeout=60, limits=limits)).returncode == 7
