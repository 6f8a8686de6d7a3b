"""Completion of commands and options in shells, and the address of the running stack."""

import json
import os
from pathlib import Path

import pytest

from cli.remote.server import running_address
from tests.cli.support.command import call

BASH = {"COMP_WORDS": "videomoments sea", "COMP_CWORD": "1"}
ZSH = {"_TYPER_COMPLETE_ARGS": "videomoments sea"}
FISH = ZSH | {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}


@pytest.mark.parametrize(("shell", "words"), [("bash", BASH), ("zsh", ZSH), ("fish", FISH)])
def test_commands_are_completed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shell: str, words: dict[str, str]
) -> None:
    for name, value in (words | {"_VIDEOMOMENTS_COMPLETE": f"complete_{shell}"}).items():
        monkeypatch.setenv(name, value)
    found = call(capsys)
    assert "search" in found.out
    assert "status" not in found.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    assert "_VIDEOMOMENTS_COMPLETE" in call(capsys, "--show-completion", shell).out


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"supervisor": {"pid": os.getpid()}, "address": "http://127.0.0.1:7011"}, "http://127.0.0.1:7011"),
        ({"supervisor": {"pid": os.getpid()}, "address": None}, None),
        ({"supervisor": {"pid": 2**22 + 1}, "address": "http://127.0.0.1:7011"}, None),
        ({"supervisor": None}, None),
        ("damaged", None),
    ],
    ids=["running", "without address", "ended", "without process", "damaged"],
)
def test_running_stack_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: object, expected: str | None
) -> None:
    monkeypatch.setenv("EMBEDDED_DIR", str(tmp_path))
    assert running_address() is None
    (tmp_path / "running.json").write_text(json.dumps(state))
    assert running_address() == expected
