"""PostgreSQL never runs as root, in any project directory."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from app.core.exceptions import ConfigurationError
from embedded.privileges import UNPRIVILEGED, ServiceUser, service_user_for
from embedded.stack import EmbeddedStack

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
needs_setpriv = pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs util-linux")


def users_of(directory: Path) -> set[str]:
    """Return the user ids of the PostgreSQL processes that use `directory`."""
    with EmbeddedStack(directory, bucket="kept", redis=False, storage=False, durable=False) as stack:
        identity = stack.servers[0].identity
        assert identity
        postmaster = psutil.Process(identity.pid)
        users = {postmaster.username()}
        for child in postmaster.children():
            with suppress(psutil.NoSuchProcess):
                users.add(child.username())
        return users


@pytest.mark.slow
@as_root
@needs_setpriv
def test_root_in_inaccessible_directory(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert users_of(closed / "embedded") == {UNPRIVILEGED}
    assert closed.stat().st_mode & 0o777 == 0o700
    assert closed.stat().st_uid == 0


@pytest.mark.slow
@as_root
def test_root_in_accessible_directory_needs_no_capability(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        assert users_of(folder / "embedded") == {UNPRIVILEGED}


@as_root
def test_root_keeps_owner_of_existing_data(tmp_path: Path) -> None:
    nobody = pwd.getpwnam(UNPRIVILEGED)
    other = next(entry for entry in pwd.getpwall() if entry.pw_uid not in (0, nobody.pw_uid))
    os.chown(tmp_path, other.pw_uid, other.pw_gid)
    assert service_user_for(tmp_path) == ServiceUser(other.pw_name, other.pw_uid, other.pw_gid)


def test_inaccessible_directory_without_setpriv_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ConfigurationError, match=f"cannot enter {tmp_path}") as error:
        ServiceUser("nobody", 65534, 65534).command(["/bin/true"], reach=[tmp_path / "data"])
    assert error.value.remedy
    assert "util-linux" in error.value.remedy


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="needs util-linux")
def test_unprivileged_user(data_dir: Path) -> None:
    """Run as an unprivileged user; the capability is needed if the interpreter is below /root."""
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
        [*prefix, sys.executable, "-B", "-m", "tests.embedded.support.supervisor", str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == "ready\n"
        me = psutil.Process(supervisor.pid)
        assert {child.username() for child in me.children()} == {me.username()}
        assert {child.name() for child in me.children()} >= {"postgres", "valkey-server"}
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
