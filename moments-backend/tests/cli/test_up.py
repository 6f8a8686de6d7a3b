"""`videomoments up` from start to Ctrl-C, and every failure to start."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest

from app.database.migrations import describe_database, head_revision
from embedded.ports import free_port
from embedded.process_identity import ProcessIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.core.config import Settings

pytestmark = pytest.mark.slow

WITHOUT_EXTRA = "import sys; sys.modules['psutil'] = None; from cli.main import main; main()"
"""The command without the embedded extra."""

NOHUP = (
    "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
    "import sys; sys.argv[1:] = ['up']; from cli.main import main; main()"
)


@pytest.fixture
def environment(clean_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Directories and a port of this test, without the developer's settings."""
    monkeypatch.setenv("EMBEDDED_DIR", str(tmp_path / "embedded"))
    monkeypatch.setenv("STATIC_DIR", str(tmp_path / "static"))
    monkeypatch.setenv("PORT", str(free_port()))
    return dict(os.environ)


@contextmanager
def running(environment: dict[str, str], *command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `up` in a new session, and enter the block once it is running."""
    argv = command or ("-m", "cli", "up")
    with subprocess.Popen(
        [sys.executable, *argv], env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process, read_until(process, "Ctrl-C stops everything.")
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], last: str) -> str:
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if last in line:
            return "".join(lines)
    raise AssertionError("exited early:\n" + "".join(lines))


def failure_of(environment: dict[str, str], *command: str) -> str:
    """Return the error of an `up` that does not start."""
    argv = command or ("-m", "cli", "up")
    ended = subprocess.run(
        [sys.executable, *argv], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    return ended.stderr


def ask(environment: dict[str, str], path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{environment['PORT']}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def family(process: subprocess.Popen[str]) -> list[ProcessIdentity]:
    children = psutil.Process(process.pid).children(recursive=True)
    return [ProcessIdentity(child.pid, child.create_time()) for child in children]


def wait_until_gone(identities: list[ProcessIdentity]) -> None:
    psutil.wait_procs([found for identity in identities if (found := identity.find())], timeout=30)
    assert [identity.find() for identity in identities] == [None] * len(identities)


def test_serves_until_ctrl_c_and_cleans_up(data_dir: Path, environment: dict[str, str]) -> None:
    with running(environment) as (up, banner):
        assert f"VideoMoments is running at http://127.0.0.1:{environment['PORT']}\n" in banner
        assert "0 videos in" in banner
        assert "make demo" in banner
        assert ask(environment, "/health") == (
            200,
            '{"status":"healthy","redis":"connected","database":"connected"}',
        )
        assert ask(environment, "/api/videos") == (200, "[]")
        children = family(up)
        assert len(children) >= 4
        os.killpg(up.pid, signal.SIGINT)  # as a terminal signals the whole foreground group
        assert up.wait(60) == 0
        assert up.stderr
        output = [line for line in up.stderr.read().splitlines() if "Worker ready" not in line]
        assert output == ["", "Stopping …", "Stopped."]
    wait_until_gone(children)
    assert not (data_dir / "stack.env").exists()
    assert {path.name for path in (data_dir.parent / "static").iterdir()} == {
        *("videos", "audios", "transcripts", "moments", "moment_clips", "thumbnails")
    }


def test_closed_terminal_stops_it_below_make(data_dir: Path, environment: dict[str, str]) -> None:
    pid, terminal = pty.fork()
    if pid == 0:  # like make: the first process of the session, which always waits for its child
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        program = (
            "import signal, subprocess, sys; p = subprocess.Popen(sys.argv[1:], preexec_fn=lambda: "
            "signal.signal(signal.SIGHUP, signal.SIG_DFL)); sys.exit(p.wait())"
        )
        argv = [sys.executable, "-c", program, sys.executable, "-m", "cli", "up"]
        os.execve(sys.executable, argv, environment)
    try:
        output = b""
        while b"Ctrl-C stops everything." not in output:
            output += os.read(terminal, 4096)
        children = [ProcessIdentity.of(child.pid) for child in psutil.Process(pid).children(recursive=True)]
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    wait_until_gone(children)
    assert not (data_dir / "stack.env").exists()


def test_nohup_survives_a_closed_terminal(data_dir: Path, environment: dict[str, str]) -> None:
    with running(environment, "-c", NOHUP) as (up, _):
        up.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert up.poll() is None
        up.terminate()
        assert up.wait(60) == 0


def test_other_servers_in_the_environment_are_ignored(data_dir: Path, environment: dict[str, str]) -> None:
    elsewhere = {"http_proxy": "http://127.0.0.1:9", "PGHOST": "nowhere", "PGSSLMODE": "require"}
    with running(environment | elsewhere) as (up, _):
        assert ask(environment, "/health")[0] == 200
        checked = subprocess.run(
            [sys.executable, "-m", "cli", "doctor"],
            env=environment | elsewhere,
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout
        up.terminate()
        assert up.wait(60) == 0


def test_runs_with_closed_streams(data_dir: Path, environment: dict[str, str]) -> None:
    with subprocess.Popen(
        ["sh", "-c", 'exec "$0" -m cli up <&- >&- 2>&-', sys.executable], env=environment
    ) as up:
        for _ in range(600):
            assert up.poll() is None
            with suppress(urllib.error.URLError):
                assert ask(environment, "/health")[0] == 200
                break
            time.sleep(0.1)
        up.terminate()
        assert up.wait(60) == 0


@pytest.mark.parametrize("module", ["cli", "scripts.migrate_videos_to_cloud"])
def test_ctrl_c_during_imports_has_no_traceback(module: str) -> None:
    program = (
        "import runpy, sys\n"
        "class Pressed:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Pressed())\n"
        f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_starts_again_after_kill_9(data_dir: Path, environment: dict[str, str]) -> None:
    with running(environment) as (up, _):
        children = family(up)
        up.kill()
    if sys.platform == "linux":
        wait_until_gone(children)
    with running(environment) as (up, _):
        assert ask(environment, "/health")[0] == 200
        second = subprocess.run(
            [sys.executable, "-m", "cli", "up"], env=environment, capture_output=True, text=True, check=False
        )
        assert second.returncode == 3
        assert second.stderr.startswith(
            f"Error: already running (process {up.pid}) at http://127.0.0.1:{environment['PORT']}\n"
        )
        assert ask(environment, "/health")[0] == 200
        up.terminate()
        assert up.wait(60) == 0


def test_exit_of_a_server_stops_the_others(data_dir: Path, environment: dict[str, str]) -> None:
    with running(environment) as (up, _):
        children = family(up)
        valkey = json.loads((data_dir / "running.json").read_text())["servers"]["valkey"]["pid"]
        os.kill(valkey, signal.SIGKILL)
        assert up.wait(60) == 3
        assert up.stderr
        output = up.stderr.read()
    assert "Error: Valkey exited with code -9; its log is " in output
    assert "  | " in output
    assert "Ready to accept connections" in output
    wait_until_gone(children)


def test_exit_of_the_api_is_reported(data_dir: Path, environment: dict[str, str]) -> None:
    with running(environment) as (up, _):
        (api,) = (
            child for child in psutil.Process(up.pid).children() if "uvicorn" in " ".join(child.cmdline())
        )
        api.kill()
        assert up.wait(60) == 3
        assert up.stderr
        assert "Error: the API exited with code -9\n" in up.stderr.read()


def test_external_servers_need_no_embedded_extra(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty database gets its tables as well."""
    with psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    monkeypatch.setenv("PORT", str(free_port()))
    with running(dict(os.environ), "-c", WITHOUT_EXTRA, "up") as (up, banner):
        assert "Starting" not in banner
        assert ask(dict(os.environ), "/health")[0] == 200
        assert len(family(up)) == 2  # the worker and the API
        up.terminate()
        assert up.wait(60) == 0
    assert describe_database(settings.database_url).revision == head_revision()
    assert not (tmp_path / "no-embedded-stack").exists()


def test_missing_embedded_extra(environment: dict[str, str]) -> None:
    output = failure_of(environment, "-c", WITHOUT_EXTRA, "up")
    assert output.startswith("Error: the embedded servers are not installed: psutil is missing\n")
    assert "make setup" in output


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_public_host_requires_api_key(environment: dict[str, str], tmp_path: Path, host: str) -> None:
    output = failure_of(environment | {"HOST": host})
    assert output.startswith(f"Error: {host} is reachable from other machines, and API_KEY is not set\n")
    assert not (tmp_path / "embedded").exists()
    assert not (tmp_path / "static").exists()


def test_public_host_requires_a_long_api_key(environment: dict[str, str], tmp_path: Path) -> None:
    output = failure_of(environment | {"HOST": "0.0.0.0", "API_KEY": "fifteen letters"})
    first, remedy, *_ = output.splitlines()
    assert (
        first == "Error: 0.0.0.0 is reachable from other machines, and API_KEY has fewer than 16 characters"
    )
    command = shlex.split(remedy.partition("printed by: ")[2])
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert len(printed) == 43
    assert not (tmp_path / "embedded").exists()


def test_port_in_use(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        output = failure_of(environment)
    assert output.splitlines() == [
        f"Error: port {environment['PORT']} is in use by another program",
        "  use another port: `make run PORT=7006`, or --port 7006",
    ]
    assert not (tmp_path / "embedded" / "postgres").exists()


def test_unknown_host_address(environment: dict[str, str]) -> None:
    output = failure_of(environment | {"HOST": "192.0.2.1", "API_KEY": "a long random string"})
    assert output.startswith(f"Error: cannot listen on 192.0.2.1 port {environment['PORT']}: ")


def test_external_database_unavailable(environment: dict[str, str]) -> None:
    with psycopg_port_closed() as port:
        url = f"postgresql://me:secret@127.0.0.1:{port}/library"
        output = failure_of(
            environment | {"DATABASE_URL": url, "REDIS_HOST": "127.0.0.1", "GCS_BUCKET_NAME": "b"}
        )
    assert output.startswith("Error: ")
    assert "secret" not in output


@contextmanager
def psycopg_port_closed() -> Iterator[int]:
    """Reserve a port on which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
