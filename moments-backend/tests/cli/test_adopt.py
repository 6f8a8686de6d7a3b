"""`videomoments adopt`: output, exit codes and interruption."""

import json
import signal
import time
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.cli.support.command import call, running_worker, start
from tests.fixtures.library import Library, ended

VIDEOS = 20


def add_bucket(library: Library, count: int) -> None:
    """Create originals with sidecars, without rows."""
    for number in range(count):
        name = f"video-{number:03}"
        library.put(f"videos/{name}/{name}.mp4", b"x")
        library.put(f"videos/{name}/{name}.json", sidecar(name))


def sidecar(name: str, **changes: Any) -> bytes:
    document = {
        "schema_version": 1,
        "identifier": name,
        "object": {"name": f"{name}.mp4", "size_bytes": 1},
        "video": {"created_at": "2024-05-06T07:08:09Z", "title": f"Title of {name}"},
        "corrections": [
            {"action": "correct", "change": {"words": ["x" * 50_000]}, "created_at": "2024-05-06T07:08:09Z"}
        ],
    }
    return json.dumps(document | changes).encode()


def test_rebuilt_videos_are_counted(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    add_bucket(library, 2)
    library.put("videos/new/new.mp4", b"x")
    library.put("videos/new/new.json", sidecar("new", schema_version=99))
    dry = call(capsys, "adopt", "--dry-run")
    assert (dry.code, library.rows()) == (1, {})
    assert dry.out.splitlines()[0] == "2 videos would be adopted from their sidecars"

    result = call(capsys, "adopt", "--json")
    document = json.loads(result.out)
    assert (result.code, document["adopted"], document["dry_run"]) == (1, 2, False)
    (failure,) = document["failures"]
    assert failure["object"] == "videos/new/new.json"
    assert failure["type"] == "sidecar-version"
    assert library.rows()["video-000"]["title"] == "Title of video-000"
    assert "library.adopt" in call(capsys, "audit", "--json").out

    again = call(capsys, "adopt")
    assert "2 videos skipped" in again.out
    assert "new: videos/new/new.json has schema version 99" in again.err
    assert "upgrade VideoMoments" in again.err
    library.put("videos/video-000/video-000.mp4", b"other bytes")
    library.remove("videos/new/new.json")
    library.remove("videos/new/new.mp4")
    different = call(capsys, "adopt")
    assert (different.code, "the row states 1 bytes, the object has 11" in different.err) == (4, True)


def test_wrong_usage_and_unavailable_servers(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(capsys, "adopt", "--bucket-prefix", "audio/").code == 2
    monkeypatch.setenv("GCS_BUCKET_NAME", "missing-bucket")
    result = call(capsys, "adopt")
    assert (result.code, "missing-bucket" in result.err) == (3, True)


def test_a_killed_adoption_is_continued(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    add_bucket(library, VIDEOS)
    # Rows of the last batch wait for this lock, so that the process is killed within a transaction.
    with library.connection() as blocking:
        blocking.execute("LOCK TABLE transcript_changes IN ACCESS EXCLUSIVE MODE")
        process = start("adopt")
        while not _waits_for_lock(library):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        assert ended(process).code == -signal.SIGKILL
    result = call(capsys, "adopt")
    assert (result.code, len(library.rows())) == (0, VIDEOS)
    with library.connection() as connection:
        row = connection.execute("SELECT count(*), count(DISTINCT video_identifier) FROM transcript_changes")
        assert row.fetchone() == (VIDEOS, VIDEOS)
    assert f"{VIDEOS} videos" in result.out


def _waits_for_lock(library: Library) -> bool:
    query = (
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        " AND query LIKE 'INSERT INTO transcript_changes%'"
    )
    with library.connection() as connection:
        return connection.execute(query).fetchone() is not None


def test_workers_write_and_flush_sidecars(library: Library) -> None:
    path = "videos/talk/talk.json"
    library.put("videos/talk/talk.mp4", b"x")
    library.execute(
        "INSERT INTO videos (identifier, cloud_url, title, media) VALUES ('talk', %s, 'First', %s)",
        f"gs://{library.bucket}/videos/talk/talk.mp4",
        Jsonb({}),
    )
    with running_worker(library):
        while path not in library.objects():
            time.sleep(0.1)
        library.execute("UPDATE videos SET title = 'Last'")
    assert json.loads(library.download(path))["video"]["title"] == "Last"
