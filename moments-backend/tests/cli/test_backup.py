"""`videomoments backup` and `restore`: output, exit codes, interruption and the embedded database."""

from __future__ import annotations

import os
import signal
import time
import zipfile
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.core.config import Settings, get_settings
from app.core.urls.database import normalise_database_url
from app.database.migrations import upgrade_to_head
from embedded.stack import EmbeddedStack
from tests.cli.support.command import call, start

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
INSERT = "INSERT INTO videos (identifier, cloud_url) VALUES ('kept', 'gs://kept/videos/kept/kept.mp4')"


def test_backup_and_restore_commands(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = call(capsys, "backup", str(tmp_path))
    assert made.code == 0, made.err
    (file,) = tmp_path.glob("videomoments-*.zip")
    assert made.out.startswith(f"Backup written to {file}: ")
    assert "table videos: 0.0 kB" in made.err
    assert "documents/" not in str(zipfile.ZipFile(file).namelist())

    done = call(capsys, "restore", str(file))
    assert done.code == 0, done.err
    assert done.out.startswith("Restored the backup of ")

    missing = call(capsys, "restore", str(tmp_path / "none.zip"))
    assert (missing.code, missing.out) == (1, "")
    assert "none.zip does not exist" in missing.err
    taken = call(capsys, "backup", str(file))
    assert (taken.code, taken.out) == (1, "")
    assert "name another file" in taken.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_backup_leaves_no_complete_file(
    settings: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    with (settings.videos_dir / "film.mp4").open("wb") as film:
        film.truncate(2 * 1024**3)  # sparse; it takes seconds to read
    target = tmp_path / "backups"
    target.mkdir()
    with start("backup", str(target), "--videos") as process:
        assert process.stderr is not None
        assert any("video 1/1" in line for line in process.stderr)
        process.send_signal(number)
    assert process.returncode == (130 if number is signal.SIGINT else -number)
    left = [path.name for path in target.iterdir()]
    assert all(name.startswith(".") and name.endswith(".part") for name in left)
    assert number is signal.SIGKILL or not left


def test_killed_restore_changes_nothing(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = settings.database_url.replace("+psycopg", "")
    write_transcript(settings)
    assert call(capsys, "backup", str(tmp_path / "library.zip")).code == 0
    (settings.transcripts_dir / "talk.json").unlink()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(INSERT)
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as observer:
        holder.execute("LOCK TABLE videos IN ACCESS SHARE MODE")  # the restore waits for it halfway
        with start("restore", "--force", str(tmp_path / "library.zip")) as process:
            blocked = (
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'videos'::regclass)"
            )
            while observer.execute(blocked).fetchone() != (True,):
                assert process.poll() is None
            process.kill()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT identifier FROM videos").fetchall() == [("kept",)]
    assert not list(settings.transcripts_dir.iterdir())

    (left,) = settings.static_path.glob(".restore-*")
    day_before_yesterday = time.time() - 2 * 24 * 3600
    os.utime(left, (day_before_yesterday, day_before_yesterday))
    again = call(capsys, "restore", "--force", str(tmp_path / "library.zip"))
    assert again.code == 0, again.err
    assert not left.exists()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT identifier FROM videos").fetchall() == []
    assert [path.name for path in settings.transcripts_dir.iterdir()] == ["talk.json"]


def write_transcript(settings: Settings) -> None:
    settings.transcripts_dir.mkdir()
    (settings.transcripts_dir / "talk.json").write_text('{"text": "Hello."}')


def test_embedded_database_is_started_for_the_command(
    data_dir: Path,
    tmp_path: Path,
    clean_environment: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STATIC_DIR", str(tmp_path / "static"))
    monkeypatch.setenv("EMBEDDED_DIR", str(data_dir))
    with EmbeddedStack(data_dir, bucket="kept", redis=False, storage=False, durable=False) as stack:
        url = stack.environment()["DATABASE_URL"]
        upgrade_to_head(normalise_database_url(url))
        with psycopg.connect(url) as connection:
            connection.execute(INSERT)
        online = call(capsys, "backup", str(tmp_path / "online.zip"))
        assert online.code == 0, online.err
        refused = call(capsys, "restore", "--force", str(tmp_path / "online.zip"))
        assert refused.code == 3
        assert "stop it with Ctrl-C" in refused.err
    offline = call(capsys, "backup", str(tmp_path / "offline.zip"))
    assert offline.code == 0, offline.err

    new = tmp_path / "new-embedded"
    monkeypatch.setenv("EMBEDDED_DIR", str(new))
    restored = call(capsys, "restore", str(tmp_path / "offline.zip"))
    assert restored.code == 0, restored.err
    with (
        EmbeddedStack(new, bucket="kept", redis=False, storage=False, durable=False) as stack,
        psycopg.connect(stack.environment()["DATABASE_URL"]) as connection,
    ):
        assert connection.execute("SELECT identifier FROM videos").fetchall() == [("kept",)]
    get_settings.cache_clear()
