"""A backup restores the library into an empty world: new database, new folder, same bucket."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from app.core.config import Settings, get_settings
from app.core.exceptions import (
    ConflictError,
    IncompatibleBackupError,
    InvalidBackupError,
    LibraryInUseError,
    LibraryNotEmptyError,
    LocalFileError,
)
from app.database.migrations import driver_connection, head_revision, open_connection, upgrade_connection
from app.database.table_data import SIDECAR_TABLE, drop_everything, list_tables, read_sequences, read_table
from app.services.backup.archive import MANIFEST, MAX_MANIFEST_BYTES, BackupReader
from app.services.backup.create import create_backup
from app.services.backup.restore import restore_backup
from app.services.storage.gcs_uploader import GCSUploader
from tests.api.conftest import running
from tests.fixtures.library import flush_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.fixtures.database import DatabasePool

VIDEO = b"\x00\x00\x00\x18ftypmp42 the bytes of a video"
MOMENT = "0123456789abcdef"


def silent(_: str) -> None:
    pass


@pytest.fixture
async def filled(settings: Settings) -> Settings:
    """Return the settings of a library with two videos, documents, an edited moment and a queued run."""
    uploader = GCSUploader(settings)
    local = settings.videos_dir / "grüße\N{SNOWMAN}.mp4"
    local.write_bytes(VIDEO)
    await uploader.upload_video(local, "talk")
    await uploader.close()
    object_url = f"gs://{settings.gcs_bucket_name}/videos/talk/{local.name}"
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        insert = "INSERT INTO videos (identifier, cloud_url, title, duration_seconds) VALUES (%s, %s, %s, %s)"
        connection.execute(insert, ["talk", object_url, "A \\ tab\t, newline\n and \N{SNOWMAN}", 12.5])
        connection.execute(insert, ["other", object_url.replace("talk", "other"), None, None])
        connection.execute("DELETE FROM videos WHERE identifier = 'other'")
        connection.execute(insert, ["third", object_url.replace("talk", "third"), "", float("nan")])
    write(
        settings.transcripts_dir / "talk.json",
        {
            "text": "Hello.",
            "language": "en",
            "word_timestamps": [{"word": "Hello.", "start": 0.0, "end": 1.0}],
            "segment_timestamps": [{"text": "Hello.", "start": 0.0, "end": 1.0}],
        },
    )
    machine = {"text": "Hallo.", "language": "en", "word_timestamps": [], "segment_timestamps": []}
    write(settings.transcripts_dir / "recognised" / "talk.json", machine)
    found = {"id": MOMENT, "start_time": 0.0, "end_time": 1.0, "title": "Hello", "score": 5.0}
    write(settings.moments_dir / "talk.json", [found])
    async with running(settings) as client:
        edited = await client.patch(f"/api/videos/talk/moments/{MOMENT}", json={"title": "Mine", "rating": 4})
        assert edited.status_code == 200
        assert (await client.post("/api/generate_moments", json={"video_id": "talk"})).status_code == 202
    return settings


@pytest.fixture
def empty_world(
    databases: DatabasePool, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    with databases.database() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("STATIC_DIR", str(tmp_path / "restored"))
        get_settings.cache_clear()
        yield get_settings()


def write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def backup_of(settings: Settings, file: Path, *, videos: bool = False) -> Path:
    create_backup(settings, file, videos=videos, report=silent)
    return file


def restore(settings: Settings, file: Path, *, force: bool = False) -> None:
    restore_backup(settings, file, force=force, report=silent)


def content(settings: Settings) -> dict[str, Any]:
    """Return all rows and the sequences, except those of the backlog, to which a restore adds all videos."""
    with open_connection(settings.database_url) as opened:
        opened.exec_driver_sql("SELECT 1")
        connection = driver_connection(opened)
        tables = {
            table.name: sorted(b"".join(read_table(connection, table)).splitlines())
            for table in list_tables(connection)
            if table.name != SIDECAR_TABLE
        }
        sequences = read_sequences(connection)
        del sequences[f"{SIDECAR_TABLE}_id_seq"]
        return {"tables": tables, "sequences": sequences}


def queued_sidecars(settings: Settings) -> int:
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        row = connection.execute(f"SELECT count(DISTINCT video_id) FROM {SIDECAR_TABLE}").fetchone()
    assert row is not None
    return int(row[0])


async def shown_by_api(settings: Settings) -> dict[str, Any]:
    """Return what the API shows of each video, and the bytes it streams."""
    shown: dict[str, Any] = {}
    async with running(settings) as client, httpx.AsyncClient() as browser:
        shown["list"] = (await client.get("/api/videos")).json()
        for video in shown["list"]:
            path = f"/api/videos/{video['id']}"
            for part in ("", "/transcript", "/transcript.vtt", "/transcript.srt", "/moments", "/clips"):
                answer = await client.get(path + part)
                shown[path + part] = answer.text if answer.is_success else answer.status_code
            shown[path] = json.loads(shown[path])
            del shown[path]["location"]  # the files are not restored
            stream = await client.get(f"{path}/stream", follow_redirects=False)
            if stream.is_redirect:
                stream = await browser.get(stream.headers["Location"])
            shown[f"{path}/stream"] = stream.content if stream.is_success else stream.status_code
    return shown


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


def rewritten(file: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> None:
    """Write the archive again with changed members."""
    with zipfile.ZipFile(file) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members:
            if (changed := change(name, data)) is not None:
                archive.writestr(*changed)


def with_manifest(**values: object) -> Callable[[str, bytes], tuple[str, bytes]]:
    def change(name: str, data: bytes) -> tuple[str, bytes]:
        return name, json.dumps(json.loads(data) | values).encode() if name == MANIFEST else data

    return change


def outside(name: str, data: bytes) -> tuple[str, bytes]:
    """Rename a document to a path outside `STATIC_DIR`, in the manifest as well."""
    bad = "documents/transcripts/../../../evil.json"
    if name == MANIFEST:
        return name, data.replace(b"documents/transcripts/talk.json", bad.encode())
    return (bad if name == "documents/transcripts/talk.json" else name), data


DAMAGE: dict[str, Callable[[str, bytes], tuple[str, bytes] | None]] = {
    "changed": lambda name, data: (name, data + b"x" if name == "database/videos.copy" else data),
    "missing": lambda name, data: None if name == "database/videos.copy" else (name, data),
    "no manifest": lambda name, data: None if name == MANIFEST else (name, data),
    "path outside": outside,
    "no time": with_manifest(created_at="yesterday"),
}


@pytest.mark.parametrize("kind", DAMAGE)
async def test_damaged_backup_is_rejected(
    filled: Settings, empty_world: Settings, tmp_path: Path, kind: str
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    rewritten(file, DAMAGE[kind])
    before = content(empty_world)
    with pytest.raises(InvalidBackupError):
        restore(empty_world, file)
    assert content(empty_world) == before
    assert not empty_world.static_path.exists()
    assert not list(tmp_path.rglob("evil.json"))


async def test_truncated_and_other_files_are_rejected(
    filled: Settings, empty_world: Settings, tmp_path: Path
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    whole = file.read_bytes()
    for damaged in (
        whole[:-1],
        whole[: len(whole) // 2],
        b"",
        b"not an archive",
        whole[:200] + b"?" + whole[201:],
    ):
        file.write_bytes(damaged)
        with pytest.raises(InvalidBackupError):
            restore(empty_world, file)


def test_archives_that_cannot_be_unpacked_are_rejected(tmp_path: Path) -> None:
    """The archive may come from anywhere: no error of a library ends the command with a stack trace."""
    file = tmp_path / "library.zip"
    member, manifest = "documents/moments/a.json", {"created_at": "", "revision": "", "bucket": ""}
    listed = manifest | {"tables": {}, "sequences": {}, "members": {member: {"size": 1, "sha256": ""}}}

    def write_archive(text: str, *, flags: int = 0, method: int = 0) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(member), b"a")
            archive.writestr(MANIFEST, text)
        data = bytearray(file.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            found = data.index(signature) + offset
            data[found : found + 4] = bytes([flags, 0, method, 0])
        file.write_bytes(data)

    for text, changes in (
        (json.dumps(listed), {"flags": 1}),  # encrypted
        (json.dumps(listed), {"method": 97}),
        ("[" * 100_000, {}),
        (" " * (MAX_MANIFEST_BYTES + 1), {}),
    ):
        write_archive(text, **changes)
        with pytest.raises(InvalidBackupError), BackupReader(file) as reader:
            reader.verify()


@pytest.mark.parametrize("values", [{"revision": "9999"}, {"format": 2}])
async def test_backup_of_newer_version_is_rejected(
    filled: Settings, empty_world: Settings, tmp_path: Path, values: dict[str, object]
) -> None:
    file = backup_of(filled, tmp_path / "library.zip")
    rewritten(file, with_manifest(**values))
    with pytest.raises(IncompatibleBackupError) as error:
        restore(empty_world, file)
    assert "newer" in (error.value.remedy or "")


def test_existing_file_is_not_overwritten(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "library.zip").write_text("precious")
    with pytest.raises(ConflictError):
        backup_of(settings, tmp_path / "library.zip")
    assert (tmp_path / "library.zip").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["library.zip"]
