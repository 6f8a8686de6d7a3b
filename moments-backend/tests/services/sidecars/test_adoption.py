"""Rebuilding the table from the bucket alone, on a real database and bucket."""

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.exceptions import InvalidRequestError, ObjectNotFoundError
from app.database.session import transaction
from app.models.sidecar import MAX_SIDECAR_BYTES
from app.repositories import adoption_repository
from app.services.library.deletion import take_row
from app.services.sidecars import adoption as adoption_module, reader
from app.services.sidecars.adoption import Adoption
from app.services.sidecars.adoption_report import AdoptionReport
from app.services.sidecars.writer import SidecarWriter
from app.services.storage.gcs_uploader import GCSUploader
from tests.fixtures.library import Library, StoredFile
from tests.fixtures.media import make_video
from tests.services.sidecars.support import library_rows

TABLES = {
    "videos": ("id", "search_text", "title_key"),
    "moment_marks": (),
    "transcript_changes": ("id",),
    "chapters": ("video_id",),
    "moment_feedback": ("id", "video_id"),
    "exports": ("video_id",),
    "vocabulary_terms": (),
    "saved_views": (),
}
"""Tables to compare, and their columns that are numbered again or computed."""


def everything(library: Library) -> dict[str, list[str]]:
    """Return all rows as text, without the numbers that a new database gives them."""
    found = {}
    with library.connection() as connection:
        for table, numbers in TABLES.items():
            left_out = "".join(f" - '{name}'" for name in numbers)
            rows = connection.execute(f"SELECT (to_jsonb({table}){left_out})::text FROM {table}".encode())
            found[table] = sorted(row[0] for row in rows.fetchall())
    return found


def objects_of_videos(library: Library) -> dict[str, StoredFile]:
    return {name: stored for name, stored in library.objects().items() if name.startswith("videos/")}


def destroy(library: Library) -> None:
    library.execute(f"TRUNCATE {', '.join(TABLES)}, sidecar_backlog, search_backlog CASCADE")


def queued(library: Library, table: str) -> set[str]:
    with library.connection() as connection:
        rows = connection.execute(
            f"SELECT identifier FROM {table} JOIN videos ON videos.id = video_id".encode()
        )
        return {row[0] for row in rows.fetchall()}


@pytest.fixture
async def filled(library: Library, writer: SidecarWriter) -> Library:
    """Return a library of three videos with their sidecars; the last one has a plain row."""
    library_rows.fill(library, "talk")
    library_rows.fill(library, "zwölf – a b", deleted_at=None, relative_path=None)
    library_rows.add_video(library, "plain")
    library_rows.insert(library, "vocabulary_terms", {"term": "Kepler"})
    view = {"id": "a" * 32, "name": "New ones", "query": json.dumps({"sort": "created_at"})}
    library_rows.insert(library, "saved_views", view)
    assert await writer.write_due(quiet=timedelta(0)) == 4
    return library


@pytest.fixture
def adopt(library: Library, uploader: GCSUploader) -> Callable[..., Any]:
    async def run(**options: Any) -> AdoptionReport:
        return await Adoption(library.settings, uploader, **options).run()

    return run


def causes(report: AdoptionReport) -> dict[str, str]:
    return {problem.identifier: problem.error.cause for problem in report.failures}


async def test_a_destroyed_table_is_rebuilt(filled: Library, adopt: Callable[..., Any]) -> None:
    before, objects = everything(filled), objects_of_videos(filled)
    destroy(filled)
    report = await adopt()
    assert (report.adopted, report.failures, report.remarks, report.others) == (3, [], [], [])
    assert everything(filled) == before
    assert objects_of_videos(filled) == objects
    assert queued(filled, "search_backlog") == {"talk", "zwölf – a b", "plain"}
    # What was just read is not written again.
    assert queued(filled, "sidecar_backlog") == set()


async def test_videos_that_are_being_deleted_are_left_out(filled: Library, adopt: Callable[..., Any]) -> None:
    async with transaction() as session:
        assert await take_row(session, "talk", "bucket")
    report = await adopt()
    assert (report.adopted, report.skipped, report.failures) == (0, 3, [])
    assert "talk" not in filled.rows()


async def test_adoption_can_be_repeated(filled: Library, adopt: Callable[..., Any]) -> None:
    before = everything(filled)
    report = await adopt()
    assert (report.adopted, report.skipped, report.differences) == (0, 3, [])
    filled.execute("DELETE FROM videos WHERE identifier = 'talk'")
    filled.execute("DELETE FROM transcript_changes WHERE video_identifier = 'talk'")
    report = await adopt()
    assert (report.adopted, report.skipped) == (1, 2)
    assert everything(filled) == before


async def test_a_dry_run_changes_nothing(filled: Library, adopt: Callable[..., Any]) -> None:
    destroy(filled)
    before = everything(filled), filled.objects()
    filled.put("videos/plain/plain.json", b"{")
    report = await adopt(dry_run=True)
    assert (report.adopted, list(causes(report))) == (2, ["plain"])
    assert everything(filled) == before[0]


async def test_differences_of_existing_rows_are_named(filled: Library, adopt: Callable[..., Any]) -> None:
    filled.put("videos/talk/talk.mp4", b"talK")
    filled.put("videos/plain/plain.mp4", b"much longer")
    filled.execute("UPDATE videos SET cloud_url = 'gs://x/videos/y' WHERE identifier LIKE 'zw%%'")
    report = await adopt()
    found = {problem.identifier: problem.error.cause for problem in report.differences}
    assert "MD5" in found["talk"]
    assert "5 bytes, the object has 11" in found["plain"]
    assert "gs://x/videos/y" in found["zwölf – a b"]


async def test_only_objects_below_the_prefix_are_adopted(filled: Library, adopt: Callable[..., Any]) -> None:
    destroy(filled)
    assert (await adopt(prefix="videos/ta")).adopted == 1
    with pytest.raises(InvalidRequestError, match="not below"):
        await adopt(prefix="audio/")


async def test_one_broken_sidecar_does_not_stop_the_others(
    filled: Library, adopt: Callable[..., Any]
) -> None:
    destroy(filled)
    good = json.loads(filled.download("videos/plain/plain.json"))
    broken: dict[str, bytes] = {
        "not-json": b"{",
        "newer": json.dumps(good | {"schema_version": 2}).encode(),
        "hostile": json.dumps(good | {"video": good["video"] | {"title": "a\0b"}}).encode(),
        "surrogate": json.dumps(good | {"video": good["video"] | {"tags": ["\ud800"]}}).encode(),
        "large": b" " * (50 * 1024**2),
        "other-video": json.dumps(good | {"identifier": "elsewhere"}).encode(),
        "wrong-size": json.dumps(
            good | {"identifier": "wrong-size", "object": {"name": "wrong-size.mp4", "size_bytes": 1}}
        ).encode(),
        "wrong-md5": json.dumps(
            good
            | {
                "identifier": "wrong-md5",
                "object": {"name": "wrong-md5.mp4", "size_bytes": 9, "md5": "0" * 32},
            }
        ).encode(),
        "no-original": json.dumps(good | {"identifier": "no-original"}).encode(),
    }
    for name, content in broken.items():
        filled.put(f"videos/{name}/{name}.json", content)
        if name != "no-original":
            filled.put(f"videos/{name}/{name}.mp4", name.encode())
    report = await adopt()
    assert report.adopted == 3
    found = causes(report)
    assert found.keys() == broken.keys()
    expected = {
        "not-json": "is not JSON",
        "newer": "reads up to 1",
        "hostile": "NUL",
        "surrogate": "surrogates",
        "large": f"at most {MAX_SIDECAR_BYTES // 1024**2} MiB",
        "other-video": "describes 'elsewhere'",
        "wrong-size": "1 bytes, the object has 10",
        "wrong-md5": f"the MD5 {'0' * 32}",
        "no-original": "does not exist",
    }
    for name, part in expected.items():
        assert part in found[name]
        assert f"videos/{name}/{name}.json" in found[name]
    assert all(problem.error.remedy for problem in report.failures)


async def test_a_large_sidecar_is_not_read(
    library: Library, adopt: Callable[..., Any], uploader: GCSUploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put("videos/large/large.json", b" " * (MAX_SIDECAR_BYTES + 1))
    library.put("videos/large/large.mp4", b"x")
    monkeypatch.setattr(type(uploader), "read_blocks", None)  # a call would raise a TypeError
    assert list(causes(await adopt())) == ["large"]


async def test_a_renamed_folder_is_adopted_with_proof(filled: Library, adopt: Callable[..., Any]) -> None:
    destroy(filled)
    filled.put("videos/copy/renamed.mp4", filled.download("videos/plain/plain.mp4"))
    filled.put("videos/copy/copy.json", filled.download("videos/plain/plain.json"))
    report = await adopt()
    assert (report.adopted, [identifier for identifier, _ in report.remarks]) == (4, ["copy"])
    assert filled.rows()["copy"]["cloud_url"] == f"gs://{filled.bucket}/videos/copy/renamed.mp4"
    assert queued(filled, "sidecar_backlog") == {"copy"}


async def test_objects_deleted_after_the_listing_are_named(
    filled: Library, adopt: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    destroy(filled)
    read = reader.read_content

    async def read_late(uploader: GCSUploader, stored: Any) -> bytes:
        if "plain" in stored.name:
            filled.remove(stored.name)
        if "talk" in stored.name:  # replaced by the same content
            filled.put(stored.name, filled.download(stored.name))
        return await read(uploader, stored)

    monkeypatch.setattr(adoption_module, "read_content", read_late)
    report = await adopt()
    assert report.adopted == 2
    (failure,) = report.failures
    assert (failure.identifier, type(failure.error)) == ("plain", ObjectNotFoundError)


async def test_a_rejected_row_does_not_stop_its_batch(filled: Library, adopt: Callable[..., Any]) -> None:
    destroy(filled)
    filled.execute("ALTER TABLE videos ADD CONSTRAINT odd CHECK (identifier <> 'plain')")
    report = await adopt()
    assert (report.adopted, list(causes(report))) == (2, ["plain"])


async def test_an_interrupted_adoption_leaves_whole_videos(
    filled: Library, adopt: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(filled)
    destroy(filled)
    monkeypatch.setattr(adoption_module, "BATCH_VIDEOS", 1)
    insert = adoption_repository.insert_details
    calls = []

    async def insert_once(*arguments: Any, **rows: Any) -> None:
        calls.append(rows)
        if len(calls) == 2:
            raise asyncio.CancelledError
        await insert(*arguments, **rows)

    monkeypatch.setattr(adoption_repository, "insert_details", insert_once)
    with pytest.raises(asyncio.CancelledError):
        await adopt()
    assert len(filled.rows()) == 1
    report = await adopt()
    assert (report.adopted, report.skipped) == (2, 1)
    assert everything(filled) == before


async def test_originals_without_a_sidecar_are_registered(
    filled: Library, adopt: Callable[..., Any], tmp_path: Path
) -> None:
    destroy(filled)
    video = make_video(tmp_path / "clip.mp4")
    filled.put("videos/clip/clip.mp4", video.read_bytes())
    filled.put("videos/broken/broken.mp4", b"no video")
    filled.put("videos/two/a.mp4", b"a")
    filled.put("videos/two/b.mp4", b"b")
    filled.put("videos/notes.txt", b"")
    filled.put("videos/talk/talk.srt", b"")
    shutil.rmtree(filled.settings.static_path)  # as on a new machine
    report = await adopt()
    assert (report.adopted, report.registered) == (3, ["clip"])
    assert causes(report).keys() == {"broken", "two"}
    assert report.others == ["videos/notes.txt", "videos/talk/talk.srt"]
    row = filled.rows()["clip"]
    assert (row["size_bytes"], row["video_codec"]) == (video.stat().st_size, "h264")
    assert not list(filled.settings.static_path.glob(".adopt-*"))


async def test_missing_documents_of_user_chapters_are_restored(
    filled: Library, adopt: Callable[..., Any]
) -> None:
    destroy(filled)
    await adopt()
    document = json.loads(filled.download("chapters/talk.json"))
    assert [chapter["title"] for chapter in document["user"]] == ["Part 0", "Part 1"]


async def test_missing_playback_copies_are_made_again(
    library: Library, writer: SidecarWriter, adopt: Callable[..., Any]
) -> None:
    for name in ("copied", "lost"):
        library_rows.add_video(library, name, playback_state="ready")
    library.put("playback/copied/copied.mp4", b"x")
    await writer.write_due(quiet=timedelta(0))
    destroy(library)
    await adopt()
    states = {name: row["playback_state"] for name, row in library.rows().items()}
    assert states == {"copied": "ready", "lost": "needed"}
