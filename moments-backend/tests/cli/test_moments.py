"""`videomoments moments` as a process without servers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from app.ai.moments.extractive.explanation import CUE_LEADS
from app.core.config import BACKEND_DIR
from benchmarks.labelled_talk import labelled_talk
from tests.ai.moments.support.transcripts import spoken

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talks") / "talk.json"
    path.write_text(labelled_talk(5).transcript.model_dump_json())
    return path


@pytest.fixture(autouse=True)
def no_servers(clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure no reachable server."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://user@127.0.0.1:1/missing")


def run(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    argv: list[str | Path] = [sys.executable, "-m", "cli", "moments", *arguments]
    return subprocess.run(argv, cwd=BACKEND_DIR, input=stdin, capture_output=True, text=True, check=False)


def test_file_and_pipe_give_the_same_document(transcript: Path) -> None:
    limits = ("--min-length", "20", "--max-length", "45", "--min-moments", "2", "--max-moments", "3")
    done = run(transcript, *limits, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert list(document) == ["topics", "moments"]
    assert {tuple(topic) for topic in document["topics"]} == {("start_time", "end_time", "title")}
    assert 2 <= len(document["moments"]) <= 3
    for moment in document["moments"]:
        assert 20 <= moment["end_time"] - moment["start_time"] <= 45
        assert len(moment["id"]) == 16
    assert run("-", *limits, "--json", stdin=transcript.read_text()).stdout == done.stdout


def test_default_output_is_a_table(transcript: Path) -> None:
    done = run(transcript, "--max-moments", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert " topics, from 0:00, " in done.stdout
    assert any(lead in done.stdout for lead in ("A complete passage", "Answers a", *CUE_LEADS.values()))


def test_no_moments_is_a_success() -> None:
    short = spoken("Hello there.").model_dump_json()
    done = run("-", stdin=short)
    assert (done.returncode, done.stderr) == (0, "")
    assert "less than a moment of 15 s" in " ".join(done.stdout.split())
    done = run("-", "--json", stdin=short)
    assert json.loads(done.stdout)["moments"] == []
    assert done.stderr.startswith("Note: ")


def test_single_limit_moves_the_other_one(transcript: Path) -> None:
    done = run(transcript, "--min-length", "120", "--max-moments", "1", "--json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "cause"),
    [
        (
            ("/no/such/file.json",),
            None,
            "Error: cannot read /no/such/file.json: No such file or directory",
        ),
        (("-",), "", "Error: stdin is not a transcript: Invalid JSON"),
        (("-",), "[1, 2]", "Error: stdin is not a transcript: "),
        (("-",), '{"text": "a"}', "Error: stdin is not a transcript: language: Field required"),
        (
            ("-", "--min-length", "9", "--max-length", "3"),
            "{}",
            "--min-length is more than --max-length",
        ),
        (("-", "--max-moments", "0"), "{}", "--max-moments: Input should be greater than or equal to 1"),
        (("-", "--engine", "none"), "{}", "extractive"),
    ],
)
def test_usage_errors(arguments: tuple[str, ...], stdin: str | None, cause: str) -> None:
    done = run(*arguments, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, "")
    assert cause in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_model(transcript: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL_PATH", str(tmp_path))
    done = run(transcript)
    assert done.returncode == 3
    assert "model.onnx is missing" in done.stderr
    assert "EMBEDDING_MODEL_PATH" in done.stderr


def test_help_shows_the_transcript_format() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert '"word_timestamps"' in done.stdout
    assert "Exit codes" in done.stdout
