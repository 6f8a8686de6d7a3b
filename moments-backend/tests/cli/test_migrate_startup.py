"""Errors before the first video: exit code 3, cause and remedy on stderr, and no changes."""

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from app.core.config import BACKEND_DIR
from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video


@pytest.fixture
def video(library: Library) -> Path:
    return make_video(library.folder / "talk.mp4")


@pytest.mark.parametrize(
    ("variable", "value", "cause", "remedy"),
    [
        ("GCS_BUCKET_NAME", "no-such-bucket", "bucket no-such-bucket does not exist", "GCS_BUCKET_NAME"),
        ("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9", "cannot be reached", "STORAGE_EMULATOR_HOST"),
        ("GCS_SERVICE_ACCOUNT_FILE", "/no/key.json", "/no/key.json", "GCS_SERVICE_ACCOUNT_FILE"),
        ("DATABASE_URL", "postgresql://u:secret@127.0.0.1:9/videos", "database", "DATABASE_URL"),
        ("FFPROBE_PATH", "/no/ffprobe", "/no/ffprobe", "FFPROBE_PATH"),
        ("FFPROBE_PATH", sys.executable, "is not an FFmpeg program", "install FFmpeg"),
    ],
)
@pytest.mark.parametrize("mode", [(), ("--json",)])
def test_missing_part_is_reported(
    library: Library,
    video: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    cause: str,
    remedy: str,
    mode: tuple[str, ...],
) -> None:
    monkeypatch.setenv("GCS_MAX_RETRIES", "0")
    monkeypatch.setenv(variable, value)
    ran = migrate(capsys, *mode)
    assert ran.code == 3
    first, *rest = ran.err.splitlines()
    assert first.startswith("Error: ")
    assert cause in first
    assert remedy in "\n".join(rest)
    assert "secret" not in ran.err
    assert "Traceback" not in ran.err
    assert "Migrating" not in ran.out
    assert not library.rows()
    assert not library.objects()


def test_missing_directory_is_reported(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    library.folder.rmdir()
    ran = migrate(capsys)
    assert ran.code == 3
    assert ran.out == "Starting video migration...\n"
    assert ran.err.startswith(f"Error: the folder {library.folder} does not exist\n  ")
    assert migrate(capsys, "--json").out == ""


def test_file_instead_of_a_directory_is_reported(
    library: Library, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = migrate(capsys, "--videos-dir", str(video))
    assert ran.code == 3
    assert "is not a folder" in ran.err


def test_missing_tables_name_the_alembic_command(
    library: Library, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.execute("DROP TABLE videos CASCADE")
    ran = migrate(capsys)
    assert ran.code == 3
    assert "alembic upgrade head" in ran.err
    assert not library.objects()


def test_missing_database_ends_with_3(
    library: Library, video: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{library.settings.database_url}_gone")
    assert migrate(capsys).code == 3


def test_wrong_password_is_reported_but_not_shown(
    library: Library, video: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    password = psycopg.conninfo.conninfo_to_dict(library.settings.database_url.replace("+psycopg", ""))[
        "password"
    ]
    wrong = library.settings.database_url.replace(str(password), "not-the-password")
    monkeypatch.setenv("DATABASE_URL", wrong)
    ran = migrate(capsys)
    assert ran.code == 3
    assert "password" in ran.err
    assert "not-the-password" not in ran.err


def test_invalid_setting_is_named(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCS_UPLOAD_TIMEOUT_SECONDS", "soon")
    ran = migrate(capsys)
    assert ran.code == 3
    assert "GCS_UPLOAD_TIMEOUT_SECONDS" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--jobs", "0"),
        ("--jobs", "33"),
        ("--jobs", "many"),
        ("--dry-run", "--verify"),
        ("--verify", "--repair"),
        ("--dry-run", "--repair"),
        ("--no-such-option",),
        ("argument",),
    ],
)
def test_usage_errors_end_with_2(
    library: Library, video: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    ran = migrate(capsys, *arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert "Usage" in ran.err
    assert not library.objects()


def test_help_describes_all_options(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    ran = migrate(capsys, "--help")
    assert ran.code == 0
    for text in ("--dry-run", "--verify", "--repair", "--jobs", "--json", "--videos-dir", "130", "Examples"):
        assert text in ran.out


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("-m", "scripts.migrate_videos_to_cloud"), "python -m scripts.migrate_videos_to_cloud"),
        (("scripts/migrate_videos_to_cloud.py",), "python scripts/migrate_videos_to_cloud.py"),
    ],
)
def test_help_shows_the_command_as_called(command: tuple[str, ...], name: str) -> None:
    ran = subprocess.run(
        [sys.executable, *command, "--help"],
        cwd=BACKEND_DIR,
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert f"Usage: {name} [OPTIONS]" in ran.stdout


def test_help_imports_no_heavy_packages() -> None:
    code = (
        "import json, sys; from cli.migrate import make_app; "
        "make_app()(['--help'], standalone_mode=False); "
        "heavy = {'sqlalchemy', 'google', 'psycopg', 'pydantic_settings'}; "
        "print(json.dumps(sorted(heavy & set(sys.modules))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=BACKEND_DIR, check=True, capture_output=True, encoding="utf-8"
    )
    assert json.loads(ran.stdout.splitlines()[-1]) == []
