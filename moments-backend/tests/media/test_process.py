"""The one `run()`: it ends what it starts, whatever happens."""

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

PYTHON = sys.executable
WRITE_OWN_AND_CHILDS_ID = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(sys.argv[1] + ".new", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def is_known(pid: int) -> bool:
    """Whether the process is there, be it as a zombie."""
    return Path(f"/proc/{pid}").exists()


async def started_ids(file: Path) -> tuple[int, int]:
    while not file.exists():
        await asyncio.sleep(0.01)
    parent, child = file.read_text().split()
    return int(parent), int(child)


async def until_gone(pid: int) -> None:
    """A killed grandchild is reaped by whoever adopts it, in its own time."""
    async with asyncio.timeout(30):
        while is_running(pid):
            await asyncio.sleep(0.01)


async def test_output_and_exit_code() -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    completed = await process.run([PYTHON, "-c", script], timeout=60)
    assert completed == process.CompletedProcess(stdout=b"out\n", stderr=b"err\n", returncode=3)
    assert completed.signal_name is None


async def test_a_signal_is_named() -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    completed = await process.run([PYTHON, "-c", script], timeout=60)
    assert completed.signal_name == "SIGSEGV"


async def test_stdin_is_empty_unless_given() -> None:
    script = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    assert (await process.run([PYTHON, "-c", script], timeout=60)).stdout == b""
    assert (await process.run([PYTHON, "-c", script], timeout=60, stdin=b"abc")).stdout == b"ABC"


async def test_a_program_that_reads_no_input_is_no_error() -> None:
    completed = await process.run([PYTHON, "-c", ""], timeout=60, stdin=b"x" * 10_000_000)
    assert completed.returncode == 0


async def test_of_a_long_complaint_the_end_is_kept() -> None:
    script = "import sys; sys.stderr.write('x' * 1_000_000 + 'the end')"
    completed = await process.run([PYTHON, "-c", script], timeout=60)
    assert len(completed.stderr) == process.STDERR_TAIL_BYTES
    assert completed.stderr.endswith(b"xthe end")


async def test_a_program_that_says_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MAX_STDOUT_BYTES", 1_000_000)
    script = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(FFmpegError, match="answered with more than"):
        await process.run([PYTHON, "-c", script], timeout=60)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_a_program_that_talks_for_ever_is_stopped_in_time(stream: str) -> None:
    """What it said last is still in the pipe when it is killed, and nobody wants it any more."""
    script = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
    for _ in range(5):
        with pytest.raises(FFmpegError):
            await process.run([PYTHON, "-c", script], timeout=0.3)


async def test_a_hanging_program_and_its_children_are_killed_in_time(tmp_path: Path) -> None:
    file = tmp_path / "ids"
    with pytest.raises(FFmpegTimeoutError, match="was stopped after 2 s") as caught:
        await process.run([PYTHON, "-c", WRITE_OWN_AND_CHILDS_ID, file], timeout=2)
    assert caught.value.retryable
    parent, child = await started_ids(file)
    assert not is_known(parent)
    await until_gone(child)


async def test_cancelling_kills_the_program_and_its_children(tmp_path: Path) -> None:
    file = tmp_path / "ids"
    running = asyncio.create_task(process.run([PYTHON, "-c", WRITE_OWN_AND_CHILDS_ID, file], timeout=600))
    parent, child = await started_ids(file)
    assert is_running(parent)
    assert is_running(child)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_known(parent)
    await until_gone(child)


@pytest.mark.parametrize("steps", range(1, 40))
async def test_cancelling_at_any_moment_ends_soon(steps: int) -> None:
    """Also while asyncio is still starting the program, which it must not lose."""
    argv = ["/bin/sh", "-c", "sleep 600 & sleep 600"]
    running = asyncio.create_task(process.run(argv, timeout=600))
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(30):
        with pytest.raises(asyncio.CancelledError):
            await running
    assert [child for child in psutil.Process().children() if child.cmdline() == argv] == []


async def test_lines_are_handed_on_as_they_come(tmp_path: Path) -> None:
    """The program goes on only after its first line has arrived here."""
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


async def test_lines_longer_than_a_block_come_whole() -> None:
    lines: list[bytes] = []
    script = "for length in (200_000, 1, 100_000): print('x' * length)"
    await process.run([PYTHON, "-c", script], timeout=60, on_output=lines.append)
    assert [len(line) for line in lines] == [200_000, 1, 100_000]


async def test_of_many_lines_none_counts_against_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MAX_STDOUT_BYTES", 100_000)
    lines: list[bytes] = []
    script = "for _ in range(1000): print('x' * 1000)"
    await process.run([PYTHON, "-c", script], timeout=60, on_output=lines.append)
    assert len(lines) == 1000
    script = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(FFmpegError, match="answered with more than"):
        await process.run([PYTHON, "-c", script], timeout=60, on_output=lines.append)


async def test_what_the_reader_of_lines_raises_ends_the_program(tmp_path: Path) -> None:
    file = tmp_path / "ids"

    def refuse(line: bytes) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="hello"):
        await process.run(
            [PYTHON, "-c", f"print('hello', flush=True)\n{WRITE_OWN_AND_CHILDS_ID}", file],
            timeout=60,
            on_output=refuse,
        )
    if file.exists():
        parent, child = await started_ids(file)
        assert not is_known(parent)
        await until_gone(child)


@pytest.mark.parametrize("ended_by", ["the limit", "the caller"])
async def test_a_program_whose_lines_are_read_is_killed_too(tmp_path: Path, ended_by: str) -> None:
    file = tmp_path / "ids"
    lines: list[bytes] = []
    argv = [PYTHON, "-c", f"print('hello', flush=True)\n{WRITE_OWN_AND_CHILDS_ID}", str(file)]
    running = asyncio.create_task(
        process.run(argv, timeout=2 if ended_by == "the limit" else 600, on_output=lines.append)
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


async def test_it_has_a_process_group_of_its_own() -> None:
    completed = await process.run([PYTHON, "-c", "import os; print(os.getpgid(0))"], timeout=60)
    assert int(completed.stdout) != os.getpgid(0)


async def test_a_program_that_is_not_there() -> None:
    with pytest.raises(ToolMissingError, match="/no/such/program is not there"):
        await process.run(["/no/such/program"], timeout=60)


async def test_a_program_that_may_not_be_started(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    with pytest.raises(ToolMissingError, match="may not be started"):
        await process.run([tmp_path / "tool"], timeout=60)


async def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "tool").write_bytes(b"\x7fELF nonsense")
    (tmp_path / "tool").chmod(0o755)
    with pytest.raises(FFmpegError, match="could not be started"):
        await process.run([tmp_path / "tool"], timeout=60)


@pytest.mark.parametrize(
    ("stderr", "complaint"),
    [
        (b"", ""),
        (b"\n\n  moov atom not found  \nError opening input\n", "moov atom not found"),
        (b"[mov,mp4 @ 0x7fdb] moov atom not found\n", "moov atom not found"),
        (b"[vist#0:0/av1 @ 0x7f59] [dec:av1 @ 0x7f60] No decoder\n", "No decoder"),
        (b"\xff\xfe\n", "\ufffd\ufffd"),
    ],
)
def test_the_first_complaint_names_the_cause(stderr: bytes, complaint: str) -> None:
    assert process.CompletedProcess(b"", stderr, 1).first_error_line == complaint


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="util-linux is not here")
async def test_what_is_listened_to_dies_with_us(tmp_path: Path) -> None:
    """A worker that is killed has no time to end its FFmpeg."""
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
