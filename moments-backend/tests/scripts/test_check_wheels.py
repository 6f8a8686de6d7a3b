"""Tests of the wheel check, with a stand-in for uv that finds no wheel for chosen packages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from scripts.dev.check_wheels import PLATFORMS, PYTHONS, main

if TYPE_CHECKING:
    from pathlib import Path


UV = """#!{python}
import sys
arguments = sys.argv[1:]
text = open(arguments[arguments.index("-r") + 1]).read()
if "--python-version 3.14" in " ".join(arguments):
    for name in {missing}:
        if name in text:
            sys.exit(f"error: none found\\n  cause: Because {{name}} has no usable\\n wheels and you")
sys.exit({code})
"""
REQUIREMENTS = """# compiled
old==1.0 ; python_full_version < '3.15' \\
    --hash=sha256:0
    # via new
new==2.0 \\
    --hash=sha256:1
older==1.0 \\
    --hash=sha256:2
"""


def check(folder: Path, missing: list[str], code: int = 0) -> int:
    uv, requirements = folder / "uv", folder / "all.txt"
    uv.write_text(UV.format(python=sys.executable, missing=missing, code=code))
    uv.chmod(0o755)
    requirements.write_text(REQUIREMENTS)
    return main(["--uv", str(uv), str(requirements)])


@pytest.mark.slow
def test_every_python_and_platform_is_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, []) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(PYTHONS) * len(PLATFORMS)
    assert all(line.endswith("ok") for line in lines)


@pytest.mark.slow
def test_all_missing_wheels_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, ["old==1.0", "new==2.0"]) == 1
    rows = [line for line in capsys.readouterr().out.splitlines() if not line.endswith("ok")]
    assert len(rows) == len(PLATFORMS)
    assert all("Python 3.14" in row and row.endswith("missing: old==1.0, new==2.0") for row in rows)


def test_an_unavailable_registry_is_not_a_missing_wheel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(tmp_path, [], code=2) == 2
    assert "The wheels cannot be checked" in capsys.readouterr().err


def test_a_missing_uv_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--uv", "/no/such/uv"]) == 2
    assert "/no/such/uv" in capsys.readouterr().err
