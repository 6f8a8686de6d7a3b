"""A backup restores the library into an empty world: new database, new folder, same bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.core.exceptions import (
    LibraryInUseError,
    LibraryNotEmptyError,
    LocalFileError,
)
from app.database.migrations import driver_connection, head_revision, open_connection, upgrade_connection
from app.database.table_data import drop_everything
from tests.api.conftest import running
from tests.fixtures.library import flush_redis

if TYPE_CHECKING:
    from pathlib import Path

    from app.core.config import Settings


from tests.services.backup.conftest import (
    VIDEO,
    backup_of,
    content,
    queued_sidecars,
    restore,
    shown_by_api,
    write,
)


async def test_database_without_pgvector_is_restored(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    """A backup made there has no passages, which workers embed again."""
    with psycopg.connect(empty_world.database_url.replace("+psycopg", "")) as connection:
        connection.execute("DROP TABLE transcript_passages, passage_backlog")
    restore(empty_world, backup_of(filled, tmp_path / "full.zip"))
    assert content(empty_world)["tables"]["videos"] == content(filled)["tables"]["videos"]
    restore(filled, backup_of(empty_world, tmp_path / "without.zip"), force=True)
    tables = content(filled)["tables"]
    assert len(tables["search_backlog"]) == len(tables["videos"])


async def test_restored_library_shows_the_same(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    before, rows = await shown_by_api(filled), content(filled)
    file = backup_of(filled, tmp_path / "library.zip")
    assert file.stat().st_mode & 0o777 == 0o600
    restore(empty_world, file)
    assert content(empty_world) == rows
    assert queued_sidecars(empty_world) == 3  # both videos and the library
    assert len(rows["tables"]["videos"]) == 2
    assert rows["tables"]["procrastinate_jobs"]
    flush_redis(empty_world)
    after = await shown_by_api(empty_world)
    assert after == before
    assert after["/api/videos/talk/stream"] == VIDEO  # from the bucket: the new folder has no video
    assert "Mine" in after["/api/videos/talk/moments"]
    assert not list(empty_world.static_path.glob(".restore-*"))


async def test_new_rows_continue_restored_sequences(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    with psycopg.connect(filled.database_url.replace("+psycopg", "")) as connection:
        last = connection.execute("SELECT last_value FROM videos_id_seq").fetchone()
    restore(empty_world, backup_of(filled, tmp_path / "library.zip"))
    with psycopg.connect(empty_world.database_url.replace("+psycopg", "")) as connection:
        insert = "INSERT INTO videos (identifier, cloud_url) VALUES ('new', 'gs://b/n') RETURNING id"
        added = connection.execute(insert).fetchone()
    assert last is not None
    assert added == (last[0] + 1,)


async def test_local_videos_are_included_on_request(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    nested = filled.videos_dir / "2023" / "clip.mp4"
    nested.parent.mkdir()
    nested.write_bytes(b"nested")
    (filled.videos_dir / ".hidden.part").write_bytes(b"no")
    restore(empty_world, backup_of(filled, tmp_path / "all.zip", videos=True))
    restored = {
        p.relative_to(empty_world.videos_dir).as_posix(): p.read_bytes()
        for p in empty_world.videos_dir.rglob("*")
        if p.is_file()
    }
    assert restored == {"grüße\N{SNOWMAN}.mp4": VIDEO, "2023/clip.mp4": b"nested"}


async def test_tables_are_created_if_missing(filled: Settings, empty_world: Settings, tmp_path: Path) -> None:
    rows = content(filled)
    file = backup_of(filled, tmp_path / "library.zip")
    with open_connection(empty_world.database_url) as connection:
        connection.exec_driver_sql("SELECT 1")
        drop_everything(driver_connection(connection))
        connection.commit()
    restore(empty_world, file)
    assert content(empty_world) == rows


def test_backup_of_earlier_revision_is_upgraded(
    settings: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    with open_connection(settings.database_url) as connection:
        connection.exec_driver_sql("SELECT 1")
        drop_everything(driver_connection(connection))
        upgrade_connection(connection, "0003")
        connection.exec_driver_sql("INSERT INTO videos (identifier, cloud_url) VALUES ('old', 'gs://b/o')")
        connection.commit()
    restore(empty_world, backup_of(settings, tmp_path / "old.zip"))
    with psycopg.connect(empty_world.database_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT identifier FROM videos").fetchall() == [("old",)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (head_revision(),)
        ]


async def test_rollback_replaces_tables_of_a_newer_version(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    """Restore with this version after a newer one, whose revision is unknown here, changed the tables."""
    rows = content(filled)
    file = backup_of(filled, tmp_path / "library.zip")
    with psycopg.connect(empty_world.database_url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("ALTER TABLE videos ADD COLUMN newer text NOT NULL")
        connection.execute("CREATE TABLE newer (id serial PRIMARY KEY)")
        connection.execute("INSERT INTO newer DEFAULT VALUES")
    with pytest.raises(LibraryNotEmptyError, match="rows in newer"):
        restore(empty_world, file)
    restore(empty_world, file, force=True)
    assert content(empty_world) == rows


async def test_existing_data_is_replaced_only_by_force(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    rows = content(filled)
    write(empty_world.transcripts_dir / "talk.json", {"text": "Another."})
    with pytest.raises(LibraryNotEmptyError, match=r"talk\.json exists and differs"):
        restore(empty_world, file)
    (empty_world.transcripts_dir / "talk.json").unlink()
    with psycopg.connect(empty_world.database_url.replace("+psycopg", "")) as connection:
        connection.execute("INSERT INTO videos (identifier, cloud_url) VALUES ('mine', 'gs://b/m')")
    with pytest.raises(LibraryNotEmptyError, match="the database has rows in videos") as error:
        restore(empty_world, file)
    assert "--force" in (error.value.remedy or "")
    assert not empty_world.moments_dir.exists()
    write(empty_world.transcripts_dir / "talk.json", {"text": "Another."})
    restore(empty_world, file, force=True)
    assert content(empty_world) == rows
    assert json.loads((empty_world.transcripts_dir / "talk.json").read_text())["text"] == "Hello."
    restore(empty_world, file, force=True)
    assert content(empty_world) == rows


async def test_failed_restore_changes_nothing(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    before = content(empty_world)
    empty_world.static_path.mkdir()
    empty_world.transcripts_dir.write_text("not a folder")
    with pytest.raises(LocalFileError):
        restore(empty_world, file)
    assert content(empty_world) == before
    assert [path.name for path in empty_world.static_path.rglob("*") if path.is_file()] == ["transcripts"]
    assert not list(empty_world.static_path.glob(".restore-*"))


async def test_library_in_use_is_not_replaced(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    async with running(empty_world) as client:
        assert (await client.get("/api/videos")).json() == []
        with pytest.raises(LibraryInUseError) as error:
            restore(empty_world, file, force=True)
    assert "stop all API processes and workers" in (error.value.remedy or "")
