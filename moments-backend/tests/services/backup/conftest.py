"""A library to back up, and an empty one to restore into."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from app.core.config import Settings, get_settings
from app.database.migrations import driver_connection, open_connection
from app.database.table_data import SIDECAR_TABLE, list_tables, read_sequences, read_table
from app.services.backup.create import create_backup
from app.services.backup.restore import restore_backup
from app.services.storage.gcs_uploader import GCSUploader
from tests.api.conftest import running

if TYPE_CHECKING:
    from collections.abc import Iterator
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
