"""The Makefile explains itself, and says what is wrong with a Python that will not do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
MAKEFILE = PROJECT / "Makefile"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(*arguments: str, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def targets() -> list[str]:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
    return [str(name) for name in phony.split()]


def test_help_is_what_make_does_by_itself_and_lists_every_target() -> None:
    alone, helped = make(), make("help")
    assert alone.returncode == helped.returncode == 0
    assert alone.stdout == helped.stdout
    listed = re.findall(r"^  make (\S+) +\S", helped.stdout, re.MULTILINE)
    assert listed == targets()


@pytest.mark.parametrize("target", ["setup", "run", "test"])
def test_a_python_that_is_too_old_is_named(tmp_path: Path, target: str) -> None:
    shutil.copy(MAKEFILE, tmp_path)
    backend = [f"moments-backend/{name}" for name in ("requirements/embedded.txt", "requirements/dev.txt")]
    web = [f"moments-frontend/{name}" for name in ("package-lock.json", "package.json", "index.html")]
    web += ["moments-frontend/tsconfig.json", "moments-frontend/vite.config.ts"]
    for name in (*backend, "moments-backend/pyproject.toml", *web):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit\nexit 1\n')
    old.chmod(0o755)
    ended = make(target, f"PYTHON={old}", folder=tmp_path)
    assert ended.returncode == 2
    assert f"Python 3.11 or newer is needed, and '{old}' is not one: Python 3.9.2." in ended.stderr
    assert not (tmp_path / "moments-backend" / ".venv").exists()


def test_what_ci_runs_is_what_the_readme_says() -> None:
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert (PROJECT / ".ci" / "run").stat().st_mode & 0o111
    for command in ("make --no-print-directory lint", "make --no-print-directory test"):
        assert command in script
    assert "make test" in (PROJECT / "README.md").read_text(encoding="utf-8")
