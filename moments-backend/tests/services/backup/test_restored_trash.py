"""A restore deletes nothing for good, however old the backup is."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from app.core.config import Settings
from app.services.backup.archive import MANIFEST
from app.services.backup.create import create_backup
from app.services.backup.restore import restore_backup

FILL = """
    INSERT INTO videos (identifier, cloud_url, deleted_at, purge_scope) VALUES
        ('kept', 'gs://b/kept', NULL, NULL),
        ('trashed', 'gs://b/trashed', now() - interval '65 days', NULL),
        ('marked', 'gs://b/marked', now() - interval '65 days', 'bucket');
    INSERT INTO moment_marks (video_identifier, moment_id, moment, is_deleted, deleted_at) VALUES
        ('kept', '0000000000000001', '{}', true, now() - interval '61 days'),
        ('kept', '0000000000000002', '{}', false, NULL);
    INSERT INTO video_purges (identifier, scope, cloud_url, registered_at) VALUES
        ('added again', 'all', 'gs://b/again', now());
"""
DAYS = "round(extract(epoch FROM now() - deleted_at) / 86400)::int"


def with_age(file: Path, days: int) -> None:
    """Change the time at which a backup was made."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    created_at = datetime.now(UTC) - timedelta(days=days)
    manifest = json.loads(members[MANIFEST]) | {"created_at": created_at.isoformat()}
    members[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_old_deletions_are_suspended(settings: Settings, tmp_path: Path) -> None:
    """Videos may have been restored from the trash, or added again, after the backup."""
    url, file = settings.database_url.replace("+psycopg", ""), tmp_path / "library.zip"
    with psycopg.connect(url) as connection:
        connection.execute(FILL)
    create_backup(settings, file, videos=False, report=lambda _: None)
    with_age(file, 60)
    restore_backup(settings, file, force=True, report=lambda _: None)
    with psycopg.connect(url) as connection:
        videos = connection.execute(f"SELECT identifier, {DAYS} FROM videos ORDER BY id").fetchall()
        marks = connection.execute(f"SELECT {DAYS} FROM moment_marks ORDER BY moment_id").fetchall()
        deletions = "SELECT identifier FROM videos WHERE purge_scope IS NOT NULL"
        begun = connection.execute(f"{deletions} UNION ALL SELECT identifier FROM video_purges").fetchall()
    assert videos == [("kept", None), ("trashed", 5), ("marked", 5)]
    assert begun == []
    assert marks == [(1,), (None,)]
