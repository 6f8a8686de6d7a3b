"""Interruptions of real processes: Ctrl-C, SIGTERM, SIGKILL and a closed stdout."""

import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.core.config import BACKEND_DIR
from tests.fixtures.library import MODULE, CommandResult, Library, ended, migrate, start
from tests.fixtures.media import make_video
from tests.services.storage.support.fault_proxy import FaultProxy, Request, fault_proxy, forward

pytestmark = pytest.mark.slow

TIMEOUT_SECONDS = 30


class Gate:
    """Holds requests until the test opens it."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self._open = threading.Event()

    def hold(self, handler: Any, request: Request) -> None:
        self.arrived.release()
        self._open.wait(TIMEOUT_SECONDS)
        forward(handler, request)

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self.arrived.acquire(timeout=TIMEOUT_SECONDS)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def proxy(library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    assert library.settings.storage_emulator_host is not None
    with fault_proxy(library.settings.storage_emulator_host) as running:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", running.url)
        yield running


@pytest.fixture
def gate(proxy: FaultProxy) -> Iterator[Gate]:
    """Hold every upload."""
    made = Gate()
    proxy.when(lambda request: request.uploads, made.hold, times=1000)
    yield made
    made.open()


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = start(*arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def read_until(process: subprocess.Popen[str], prefix: str) -> str:
    """Return the line on stderr that begins with `prefix`."""
    assert process.stderr is not None
    return next(line for line in process.stderr if line.startswith(prefix))


def make_videos(library: Library, count: int) -> None:
    for number in range(count):
        make_video(library.folder / f"{number}.mp4")


def test_first_ctrl_c_finishes_running_videos(
    library: Library, gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    make_videos(library, 6)
    with running("--jobs", "2") as process:
        gate.wait_for(2)
        process.send_signal(signal.SIGINT)
        message = read_until(process, "Stopping")
        assert message == "Stopping: finishing 2 videos; press Ctrl-C again to stop at once\n"
        gate.open()
        ran = ended(process)
    assert ran.code == 130
    assert ran.out.count("  ✓ Done\n") == 2
    assert "Migrating 3/6" not in ran.out
    assert ran.out.endswith(
        "Migration interrupted:\n  Total: 2 videos\n  Migrated: 2\n  Skipped: 0 (already in database)\n"
        "  Failed: 0\n  Left for the next run: 4\n"
    )
    assert sorted(library.rows()) == ["0", "1"]
    sent = library.objects()
    assert len(sent) == 2

    (resume,) = (line for line in ran.err.splitlines() if line.startswith("Interrupted. To resume: "))
    command = shlex.split(resume.removeprefix("Interrupted. To resume: "))
    assert command == [*MODULE, "--jobs", "2"]
    again = subprocess.run(
        command, cwd=BACKEND_DIR, capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    assert "  Migrated: 4\n  Skipped: 2 (already in database)\n  Failed: 0\n" in again.stdout
    assert len(library.rows()) == 6
    after = library.objects()
    assert {name: after[name] for name in sent} == sent


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_second_signal_ends_the_run_at_once(
    library: Library, gate: Gate, capsys: pytest.CaptureFixture[str], second: signal.Signals
) -> None:
    """End although two uploads receive no response."""
    make_videos(library, 6)
    with running("--jobs", "2") as process:
        gate.wait_for(2)
        process.send_signal(signal.SIGINT)
        read_until(process, "Stopping: finishing 2 videos")
        process.send_signal(second)
        ran = ended(process)
    assert ran.code == 130
    assert "  ✗ Stopped before it was registered\n" in ran.out
    assert "  Total: 0 videos\n" in ran.out
    assert "  Left for the next run: 6\n" in ran.out
    assert "Interrupted. To resume: " in ran.err
    assert "Traceback" not in ran.err
    assert not library.rows()
    gate.open()
    assert migrate(capsys).code == 0
    assert len(library.rows()) == len(library.objects()) == 6


def test_sigterm_ends_the_run_at_once(library: Library, gate: Gate) -> None:
    make_videos(library, 3)
    with running("--jobs", "2") as process:
        gate.wait_for(2)
        process.send_signal(signal.SIGTERM)
        ran = ended(process)
    assert ran.code == 130
    assert "  Left for the next run: 3\n" in ran.out
    assert not library.rows()


def test_ctrl_c_stops_a_running_transfer(library: Library, proxy: FaultProxy) -> None:
    """A running transfer is stopped between two blocks."""
    video = make_video(library.folder / "big.mp4")
    with video.open("ab") as file:
        file.write(os.urandom(12 * 1024 * 1024))
    proxy.when(lambda request: request.sends_chunk, slowly_forever, times=1000)
    with running() as process:
        wait_until(lambda: proxy.upload_bytes > 500_000)
        process.send_signal(signal.SIGINT)
        read_until(process, "Stopping: finishing 1 video;")
        process.send_signal(signal.SIGINT)
        ran = ended(process)
    assert ran.code == 130
    assert "  ✗ Stopped before it was registered\n" in ran.out
    assert not library.rows()
    assert not library.objects()


def slowly_forever(handler: Any, _: Request) -> None:
    handler.body(bytes_a_second=1_000_000)
    raise ConnectionError("the chunk is never received completely")


def test_ctrl_c_before_the_first_video_ends_with_130(library: Library, proxy: FaultProxy) -> None:
    """Interrupt while the bucket check is waiting for a response."""
    make_videos(library, 1)
    held = Gate()
    proxy.when(lambda request: request.method == "GET", held.hold, times=1000)
    with running() as process:
        held.wait_for(1)
        process.send_signal(signal.SIGINT)
        ran = ended(process)
        held.open()
    assert ran.code == 130
    assert "Migrating" not in ran.out
    assert "Interrupted. To resume: " in ran.err
    assert "Traceback" not in ran.err


def test_interrupted_json_run_prints_the_document(library: Library, gate: Gate) -> None:
    make_videos(library, 4)
    with running("--json", "--jobs", "1") as process:
        gate.wait_for(1)
        process.send_signal(signal.SIGINT)
        read_until(process, "Stopping: finishing 1 video;")
        gate.open()
        ran = ended(process)
    assert ran.code == 130
    assert ran.out.startswith('{\n  "total": 1,\n  "migrated": 1,')


def test_run_resumes_after_a_kill_during_uploads(
    library: Library, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    make_videos(library, 6)
    gate = Gate()
    uploads = iter(range(1000))
    proxy.when(lambda request: request.uploads and next(uploads) >= 3, gate.hold, times=1000)
    with running("--jobs", "2") as process:
        gate.wait_for(2)
        wait_until(lambda: len(library.rows()) == 3)
        process.kill()
    before, sent = library.rows(), library.objects()
    gate.open()
    again = migrate(capsys)
    assert again.code == 0
    assert "  Migrated: 3\n  Skipped: 3 (already in database)\n  Failed: 0\n" in again.out
    rows, after = library.rows(), library.objects()
    assert len(rows) == len(after) == 6
    assert {name: rows[name] for name in before} == before
    done = {f"videos/{name}/{name}.mp4" for name in before}
    assert {name: after[name] for name in done} == {name: sent[name] for name in done}
    assert migrate(capsys, "--verify").code == 0


def test_run_resumes_after_a_kill_before_the_rows(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    make_videos(library, 3)
    with library.connection() as blocker:
        blocker.execute("LOCK TABLE videos IN EXCLUSIVE MODE")  # readers pass, writers wait
        with running("--jobs", "3") as process:
            wait_until(lambda: len(library.objects()) == 3)
            process.kill()
    sent = library.objects()
    again = migrate(capsys)
    assert again.code == 0
    assert again.out.count("(already there)") == 3
    assert len(library.rows()) == 3
    assert library.objects() == sent


def test_ctrl_c_twice_ends_a_wait_for_the_database(library: Library) -> None:
    make_videos(library, 2)
    with library.connection() as blocker:
        blocker.execute("LOCK TABLE videos IN EXCLUSIVE MODE")
        with running() as process:
            wait_until(lambda: len(library.objects()) == 2)
            process.send_signal(signal.SIGINT)
            read_until(process, "Stopping: ")
            process.send_signal(signal.SIGINT)
            ran = ended(process)
    assert ran.code == 130
    wait_until(lambda: not library.rows())


# Readers of the output


def test_closed_stdout_ends_the_run_silently(
    library: Library, gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    """Close stdout early, as `| head -2` does."""
    make_videos(library, 12)
    with running("--jobs", "1") as process:
        gate.wait_for(1)
        assert process.stdout is not None
        process.stdout.close()
        gate.open()
        assert process.stderr is not None
        message = process.stderr.read()
        assert process.wait(TIMEOUT_SECONDS) == 130
    assert message == ""
    assert 1 <= len(library.rows()) < 12
    assert migrate(capsys).code == 0


def test_stdout_closed_at_the_end_has_no_effect(library: Library) -> None:
    make_videos(library, 1)
    shell = f"set -o pipefail; {shlex.join(MODULE)} --json | true"
    ran = subprocess.run(
        ["bash", "-c", shell], cwd=BACKEND_DIR, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(library.rows()) == 1


def test_run_succeeds_without_stdout_and_stderr(library: Library) -> None:
    make_videos(library, 1)
    ran = subprocess.run(
        ["bash", "-c", f"{shlex.join(MODULE)} >&- 2>&-"],
        cwd=BACKEND_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0
    assert len(library.rows()) == 1


@pytest.mark.parametrize("arguments", ["", "--json"])
def test_unwritable_stdout_is_reported(library: Library, arguments: str) -> None:
    """Lost output makes the command fail."""
    make_videos(library, 1)
    ran = subprocess.run(
        ["bash", "-c", f"{shlex.join(MODULE)} {arguments} > /dev/full"],
        cwd=BACKEND_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert "Error: cannot write the output: No space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0"}]
)
def test_output_is_utf8_in_every_locale(library: Library, locale: dict[str, str]) -> None:
    make_video(library.folder / "größe – 日本.mp4")
    (library.folder / os.fsdecode(b"caf\xe9.mp4")).touch()
    ran = run_with_environment(locale)
    assert ran.code == 1
    assert "identifier=größe – 日本\n  ✓ Done\n" in ran.out
    assert "caf\\udce9.mp4" in ran.out
    assert "größe – 日本" in library.rows()


def run_with_environment(environment: dict[str, str]) -> CommandResult:
    process = start(**environment)
    return ended(process)
