"""rclone as a second client of the storage server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fixtures.servers import SharedStack

RCLONE = Path(os.environ.get("RCLONE", Path(sys.executable).with_name("rclone")))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.access(RCLONE, os.X_OK), reason="rclone is part of the extra `bench`"),
]


@pytest.fixture
def rclone(stack: SharedStack) -> list[str]:
    servers = stack.environment()
    return [
        *(str(RCLONE), "--config", "", "--retries", "1", "--low-level-retries", "1"),
        *("--gcs-access-token", servers["STORAGE_EMULATOR_TOKEN"]),
        *("--gcs-endpoint", f"{servers['STORAGE_EMULATOR_HOST']}/storage/v1/"),
        *("--gcs-no-check-bucket", "--gcs-bucket-policy-only"),
    ]


def run(rclone: list[str], *arguments: str | Path) -> str:
    finished = subprocess.run([*rclone, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_rclone_copies_lists_checks_and_deletes(rclone: list[str], bucket: str, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    files = {"small.bin": 10, "sub/empty.bin": 0, "sub/ä b#?%.mp4": 5_000, "large.bin": 20 * 1024 * 1024 + 3}
    for name, size in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(os.urandom(size))
    remote = f":gcs:{bucket}/videos"
    run(rclone, "copy", source, remote)
    listed = json.loads(run(rclone, "lsjson", "-R", "--files-only", "--hash", remote))
    assert {entry["Path"]: entry["Size"] for entry in listed} == files
    assert all(entry["Hashes"]["md5"] for entry in listed)
    run(rclone, "check", source, remote)
    run(rclone, "copyto", f"{remote}/large.bin", f"{remote}/copy.bin")
    run(rclone, "copy", remote, back)
    assert (back / "copy.bin").read_bytes() == (source / "large.bin").read_bytes()
    run(rclone, "moveto", f"{remote}/copy.bin", f"{remote}/moved.bin")
    assert run(rclone, "lsf", "--files-only", remote).split() == ["large.bin", "moved.bin", "small.bin"]
    run(rclone, "delete", remote)
    assert run(rclone, "lsf", "-R", "--files-only", remote) == ""


def test_rclone_sync_skips_equal_files(rclone: list[str], bucket: str, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"content")
    run(rclone, "sync", tmp_path, f":gcs:{bucket}")
    finished = subprocess.run(
        [*rclone, "sync", "--use-json-log", "--log-level", "INFO", str(tmp_path), f":gcs:{bucket}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Copied" not in finished.stderr
