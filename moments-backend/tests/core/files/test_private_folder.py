"""Folders of the library are closed to other users of the machine."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from app.core.files.private_folder import make_private, make_static_dir_private
from app.services.container import AppContainer

if TYPE_CHECKING:
    from pathlib import Path

    from app.core.config import Settings

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")
OTHER_USER = 65534
REASON = "because other users of this machine could reach private data in it"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("wanted", [0o700, 0o750, 0o770])
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_new_folder_has_exact_permissions(tmp_path: Path, wanted: int, umask: int) -> None:
    previous = os.umask(umask)
    try:
        assert make_private(tmp_path / "a" / "b", wanted) is None
    finally:
        os.umask(previous)
    assert mode(tmp_path / "a" / "b") == wanted


def test_existing_folder_is_closed_and_reported_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o2755)
    (tmp_path / "video.mp4").write_bytes(b"")
    (tmp_path / "video.mp4").chmod(0o644)
    assert make_private(tmp_path) == f"Changed the permissions of {tmp_path} from 2755 to 2700, {REASON}"
    assert make_private(tmp_path) is None
    assert mode(tmp_path / "video.mp4") == 0o644


def test_opened_folder_is_reported_without_a_reason(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert make_private(tmp_path, 0o750) == f"Changed the permissions of {tmp_path} from 0700 to 0750"


@as_root
def test_folder_of_another_user_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    program = (
        "import os\nfrom pathlib import Path\nfrom app.core.files.private_folder import make_private\n"
        # The parents of pytest's folders are closed, so enter this one before changing the user.
        f"os.chdir({str(tmp_path)!r}); os.setuid({OTHER_USER})\n"
        "print(make_private(Path('.')))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "accessible to other users (mode 0755)" in ended.stdout
    assert "its owner is root" in ended.stdout
    assert mode(tmp_path) == 0o755


@as_root
def test_other_user_cannot_read_library(settings: Settings) -> None:
    settings.static_path.chmod(0o755)
    video = settings.videos_dir / "private.mp4"
    video.write_bytes(b"private")
    make_static_dir_private(settings)
    program = (
        "import os, sys\n"
        f"os.chdir({str(settings.static_path.parent)!r})\n"
        f"os.setgroups([]); os.setgid({OTHER_USER}); os.setuid({OTHER_USER})\n"
        "print(open('static/videos/private.mp4').read())"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "PermissionError" in ended.stderr


async def test_api_and_worker_close_the_static_folder(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.static_path.chmod(0o755)
    with caplog.at_level(logging.WARNING, "app"):
        async with AppContainer(settings):
            assert mode(settings.static_path) == 0o700
        async with AppContainer(settings):
            pass
    messages = [record.getMessage() for record in caplog.records]
    changed = f"Changed the permissions of {settings.static_path} from 0755 to 0700, {REASON}"
    assert messages == [f"{changed} (setting: STATIC_DIR_MODE)"]


def test_mode_for_nginx_is_kept(settings: Settings) -> None:
    shared = settings.model_copy(update={"static_dir_mode": "0750"})
    make_static_dir_private(shared)
    assert mode(settings.static_path) == 0o750


def test_folder_that_cannot_be_created_is_ignored(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert (
        make_static_dir_private(settings.model_copy(update={"static_dir": tmp_path / "file" / "x"})) is None
    )
