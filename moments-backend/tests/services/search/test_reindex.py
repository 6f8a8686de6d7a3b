"""The backlog of the search index: documents become searchable without a run."""

import asyncio

import pytest

from app.core.config import Settings
from app.core.exceptions import StorageUnavailableError, VideoNotFoundError
from app.models.chapter import Chapter, ChapterDocument
from app.models.moment import Moment, MomentUpdate
from app.models.transcript import Segment, Transcript, Word
from app.repositories.base import kept_names
from app.services.backup.library_files import document_files
from app.services.container import AppContainer
from app.services.moments.editing import MomentEditingService
from app.services.search.reindex import SearchBacklogProcessor, Step, add_to_backlog, count_backlog
from tests.api.support.rows import add_row
from tests.fixtures.library import Library

LINE = "The tide follows the moon."
MOMENT = Moment(id="0" * 16, start_time=0, end_time=5, title="High water", quote=LINE, score=8)


def transcript() -> Transcript:
    words = [Word(word=word, start=n, end=n + 1) for n, word in enumerate(LINE.split())]
    return Transcript(
        text=LINE,
        language="en",
        word_timestamps=words,
        segment_timestamps=[Segment(text=LINE, start=0, end=5)],
    )


async def write_documents(container: AppContainer, video_id: str) -> None:
    """Write the documents as an earlier version did: without an index."""
    await container.documents.transcripts.write(video_id, transcript())
    await container.documents.moments.write(video_id, [MOMENT])
    chapters = container.chapters._documents
    topic = Chapter(start_time=0, end_time=5, title="Spring tides")
    await chapters.write(video_id, ChapterDocument(topics=[topic]))


def indexed(library: Library) -> dict[str, list[str]]:
    columns = {"transcript_segments": "text", "moment_titles": "title", "chapters": "title"}
    with library.connection() as connection:
        return {
            table: [text for (text,) in connection.execute(f"SELECT {column} FROM {table} ORDER BY video_id")]
            for table, column in columns.items()
        }


async def process(processor: SearchBacklogProcessor) -> int:
    count = 0
    while await processor.process_next() is not Step.NONE_LEFT:
        count += 1
    return count


async def test_documents_of_all_kinds_are_indexed(library: Library, settings: Settings) -> None:
    for name in ("tides", "empty", "local"):
        add_row(library, name)
    async with AppContainer(settings) as container:
        await write_documents(container, "tides")
        await write_documents(container, "local")
        (settings.transcripts_dir / "tides.json").unlink()  # only in the bucket
        await add_to_backlog(())
        assert await count_backlog() == 3
        assert await process(SearchBacklogProcessor(container.rebuild_index)) == 3
        assert await count_backlog() == 0
    assert indexed(library) == {
        "transcript_segments": [LINE] * 2,
        "moment_titles": ["High water"] * 2,
        "chapters": ["Spring tides"] * 2,
    }


async def test_workers_index_in_the_background(library: Library, settings: Settings) -> None:
    add_row(library, "tides")
    async with AppContainer(settings) as container:
        await write_documents(container, "tides")
        library.execute("INSERT INTO search_backlog SELECT id FROM videos")  # as the upgrade does
        processor = SearchBacklogProcessor(container.rebuild_index)
        processor.start()
        try:
            async with asyncio.timeout(60):
                while await count_backlog():
                    await asyncio.sleep(0.05)
        finally:
            await processor.close()
    assert indexed(library)["transcript_segments"] == [LINE]


async def test_stale_rows_are_replaced(library: Library, settings: Settings) -> None:
    add_row(library, "tides")
    async with AppContainer(settings) as container:
        await write_documents(container, "tides")
        library.execute(
            "INSERT INTO transcript_segments (video_id, number, start_time, end_time, text)"
            " SELECT id, n, n, n + 1, 'stale' FROM videos, generate_series(0, 3) n"
        )
        await add_to_backlog(["tides"])
        await process(SearchBacklogProcessor(container.rebuild_index))
    assert indexed(library)["transcript_segments"] == [LINE]


async def test_failed_videos_do_not_stop_the_others(
    library: Library,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error that may pass keeps the video for later; a damaged document does not."""
    for name in ("first", "broken", "last"):
        add_row(library, name)
    async with AppContainer(settings) as container:
        for name in ("first", "broken", "last"):
            await write_documents(container, name)
        (settings.transcripts_dir / "broken.json").write_text("{", encoding="utf-8")
        library.put(container.documents.transcripts.gcs_path("broken"), b"{")
        await add_to_backlog(())

        async def rebuild(video_id: str) -> None:
            if video_id == "first" and not attempts:
                attempts.append(video_id)
                raise StorageUnavailableError("no connection")
            await container.rebuild_index(video_id)

        attempts: list[str] = []
        processor = SearchBacklogProcessor(rebuild, newest_first=False)
        assert await process(processor) == 3
        assert await count_backlog() == 1
        assert set(processor.failed) == {"first", "broken"}
        assert "Search index of video 'first' not rebuilt: no connection" in caplog.text
        assert indexed(library)["transcript_segments"] == [LINE]
        assert await process(processor) == 0  # not due yet
        monkeypatch.setattr(processor, "_postponed", {})
        assert await process(processor) == 1
        assert await count_backlog() == 0
        assert set(processor.failed) == {"broken"}
    assert indexed(library)["transcript_segments"] == [LINE] * 2


async def test_replaced_local_transcript_is_kept(
    library: Library, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    add_row(library, "tides")
    local = settings.transcripts_dir / "tides.json"
    async with AppContainer(settings) as container:
        await write_documents(container, "tides")
        stored = local.read_bytes()
        versions = [stored.replace(LINE.encode(), text) for text in (b"Changed once.", b"Changed twice.")]
        for version in [*versions, versions[0]]:
            local.write_bytes(version)
            await container.rebuild_index("tides")
            assert local.read_bytes() == stored
        copies = {path.name: path.read_bytes() for path in settings.transcripts_dir.glob("*.replaced*")}
        assert copies == {"tides.json.replaced": versions[0], "tides.json.replaced-2": versions[1]}
        assert kept_names(settings.transcripts_dir, "tides.json") == []
        assert f"kept as {local}.replaced." in caplog.text
        caplog.clear()
        await container.rebuild_index("tides")
        assert caplog.text == ""
    assert indexed(library)["transcript_segments"] == [LINE]
    assert not any(".replaced" in name for name in document_files(settings))
    assert sorted(kept_names(settings.transcripts_dir, "tides")) == sorted(copies)


async def test_local_copy_replaces_a_damaged_object(library: Library, settings: Settings) -> None:
    add_row(library, "tides")
    async with AppContainer(settings) as container:
        await write_documents(container, "tides")
        name = container.documents.transcripts.gcs_path("tides")
        stored = library.download(name)
        library.put(name, b'{"text": ')
        await container.rebuild_index("tides")
        assert library.download(name) == stored
    assert indexed(library)["transcript_segments"] == [LINE]


async def test_edited_moments_are_found_at_once(library: Library, settings: Settings) -> None:
    add_row(library, "tides", duration_seconds=60)
    async with AppContainer(settings) as container:
        await write_documents(container, "tides")
        editing = MomentEditingService(container.documents)
        await editing.update("tides", MOMENT.id, MomentUpdate(title="Low water"))
        assert indexed(library)["moment_titles"] == ["Low water"]
        await editing.delete("tides", MOMENT.id)
        assert indexed(library)["moment_titles"] == []
        await editing.restore("tides", MOMENT.id)
        assert indexed(library)["moment_titles"] == ["Low water"]
        await container.transcripts.record_moments(
            "tides", [MOMENT, MOMENT.model_copy(update={"id": "1" * 16, "title": "Ebb"})], transcript()
        )
        assert sorted(indexed(library)["moment_titles"]) == ["Ebb", "Low water"]


async def test_unknown_videos_are_refused(library: Library, settings: Settings) -> None:
    add_row(library, "tides")
    async with AppContainer(settings):
        with pytest.raises(VideoNotFoundError):
            await add_to_backlog(["tides", "missing"])
        assert await count_backlog() == 0
