"""The worker's writes of sidecars, on a real database and bucket."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.services.sidecars import parse, writer as writer_module
from app.services.sidecars.writer import SidecarWriter
from app.services.storage.gcs_uploader import GCSUploader
from tests.fixtures.library import Library
from tests.services.sidecars.support import library_rows

PATH = "videos/talk/talk.json"
NOW = timedelta(0)


def backlog(library: Library) -> int:
    with library.connection() as connection:
        row = connection.execute("SELECT count(*) FROM sidecar_backlog").fetchone()
    assert row is not None
    return int(row[0])


def title_in_bucket(library: Library) -> str | None:
    return parse(library.download(PATH), PATH).video.title


def age(library: Library, **ages: float) -> None:
    """Move the first and the last change of the backlog into the past, in seconds."""
    for choice, seconds in ages.items():
        library.execute(
            "UPDATE sidecar_backlog SET changed_at = now() - make_interval(secs => %s)"
            f" WHERE id = (SELECT {choice}(id) FROM sidecar_backlog)",
            seconds,
        )


async def test_a_change_is_written_once_it_is_quiet(library: Library, writer: SidecarWriter) -> None:
    library_rows.add_video(library, "talk", title="First")
    library.execute("UPDATE sidecar_backlog SET changed_at = now() + interval '1 hour'")
    assert await writer.write_due() == 0
    assert PATH not in library.objects()
    age(library, max=writer_module.QUIET.total_seconds())
    assert await writer.write_due() == 1
    assert title_in_bucket(library) == "First"
    assert library.objects()[PATH].content_type == "application/json"
    assert backlog(library) == 0


async def test_continual_changes_are_written_after_a_while(library: Library, writer: SidecarWriter) -> None:
    library_rows.add_video(library, "talk")
    library.execute("UPDATE videos SET watch_position = 5")
    library.execute("UPDATE sidecar_backlog SET changed_at = now() + interval '1 hour'")
    age(library, min=writer_module.LONGEST.total_seconds())
    assert await writer.write_due() == 1
    assert parse(library.download(PATH), PATH).video.watch_position == 5


async def test_unchanged_content_is_not_sent_again(library: Library, writer: SidecarWriter) -> None:
    library_rows.fill(library, "talk")
    await writer.write_due(quiet=NOW)
    generation = library.objects()[PATH].generation
    library.execute("UPDATE videos SET title = 'other'")
    library.execute("UPDATE videos SET title = %s", library_rows.COLUMNS["title"])
    assert await writer.write_due(quiet=NOW) == 1
    assert library.objects()[PATH].generation == generation


async def test_of_two_writers_the_newer_state_wins(
    library: Library, writer: SidecarWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = library_rows.add_video(library, "talk", title="Old")
    slow = SidecarWriter(writer.settings, writer.uploader)
    read, resume = asyncio.Event(), asyncio.Event()
    put = SidecarWriter._put

    async def put_late(self: SidecarWriter, *arguments: Any) -> Any:
        if self is slow and not read.is_set():
            read.set()
            await resume.wait()
        return await put(self, *arguments)

    monkeypatch.setattr(SidecarWriter, "_put", put_late)
    writing = asyncio.create_task(slow._write(number))
    await read.wait()
    library.execute("UPDATE videos SET title = 'New'")
    await writer._write(number)
    assert title_in_bucket(library) == "New"
    resume.set()
    await writing
    assert title_in_bucket(library) == "New"
    assert backlog(library) == 0


async def test_changes_during_a_write_stay_queued(
    library: Library, writer: SidecarWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    library_rows.add_video(library, "talk", title="Old")
    put = SidecarWriter._put

    async def put_after_change(self: SidecarWriter, *arguments: Any) -> Any:
        library.execute("UPDATE videos SET title = 'New' WHERE title = 'Old'")
        return await put(self, *arguments)

    monkeypatch.setattr(SidecarWriter, "_put", put_after_change)
    claimed = await writer._claim(NOW, NOW)
    await asyncio.gather(*map(writer._write_or_postpone, claimed))
    assert (title_in_bucket(library), backlog(library)) == ("Old", 1)
    await writer.write_due(quiet=NOW)
    assert (title_in_bucket(library), backlog(library)) == ("New", 0)


async def test_a_claimed_video_is_left_to_its_worker(library: Library, writer: SidecarWriter) -> None:
    number = library_rows.add_video(library, "talk")
    assert await writer._claim(NOW, NOW) == [number]
    assert await writer._claim(NOW, NOW) == []
    library.execute("UPDATE videos SET title = 'New'")
    assert await writer._claim(NOW, NOW) == []
    library.execute("UPDATE sidecar_backlog SET claimed_until = now() - interval '1 second'")
    assert await writer._claim(NOW, NOW) == [number]  # as after the end of a killed worker


@pytest.mark.parametrize("deletion", ["DELETE FROM videos", "UPDATE videos SET purge_scope = 'bucket'"])
async def test_a_deleted_video_gets_no_sidecar(
    library: Library, writer: SidecarWriter, deletion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = library_rows.add_video(library, "talk")
    put = SidecarWriter._put

    async def put_after_deletion(self: SidecarWriter, *arguments: Any) -> Any:
        library.execute(deletion)
        return await put(self, *arguments)

    monkeypatch.setattr(SidecarWriter, "_put", put_after_deletion)
    await writer._write(number)
    assert PATH not in library.objects()
    library.execute("INSERT INTO sidecar_backlog (video_id) VALUES (%s)", number)
    await writer.write_due(quiet=NOW)
    assert PATH not in library.objects()
    assert backlog(library) == 0


async def test_an_error_of_one_video_is_retried_later(library: Library, writer: SidecarWriter) -> None:
    library_rows.add_video(library, "talk", media='"no object"')
    library_rows.add_video(library, "good")
    assert await writer.write_due(quiet=NOW) == 1
    assert "videos/good/good.json" in library.objects()
    assert await writer.write_due(quiet=NOW) == 0
    library.execute("UPDATE videos SET media = NULL")
    library.execute("UPDATE sidecar_backlog SET claimed_until = now() - interval '1 second'")
    assert await writer.write_due(quiet=NOW) == 1


async def test_an_unavailable_bucket_loses_nothing(
    library: Library, settings: Settings, session_factory: async_sessionmaker[AsyncSession]
) -> None:
    library_rows.add_video(library, "talk")
    away = GCSUploader(
        settings.model_copy(update={"storage_emulator_host": "http://127.0.0.1:1", "gcs_max_retries": 0})
    )
    assert await SidecarWriter(settings, away).write_due(quiet=NOW) == 0
    await away.close()
    assert backlog(library) == 1


async def test_the_library_has_a_sidecar_of_its_own(library: Library, writer: SidecarWriter) -> None:
    first = library_rows.add_video(library, "talk")
    second = library_rows.add_video(library, "other")
    library_rows.insert(library, "vocabulary_terms", {"term": "Kepler"})
    view = {"id": "a" * 32, "name": "New ones", "query": json.dumps({"sort": "created_at"})}
    library_rows.insert(library, "saved_views", view)
    library_rows.insert(library, "dismissed_duplicates", {"first_id": first, "second_id": second})
    assert await writer.write_due(quiet=NOW) == 3
    document = json.loads(library.download("videos/library.json"))
    assert document["vocabulary"][0]["term"] == "Kepler"
    assert document["views"][0]["query"] == {"sort": "created_at"}
    assert [document["distinct"][0][name] for name in ("first", "second")] == ["talk", "other"]


async def test_rows_of_another_bucket_are_skipped(library: Library, writer: SidecarWriter) -> None:
    library_rows.add_video(library, "talk", cloud_url="gs://another/videos/talk/talk.mp4")
    assert await writer.write_due(quiet=NOW) == 1
    assert (PATH in library.objects(), backlog(library)) == (False, 0)


async def test_flush_does_not_wait_for_quiet(library: Library, writer: SidecarWriter) -> None:
    library_rows.add_video(library, "talk")
    await writer.flush()
    assert PATH in library.objects()
