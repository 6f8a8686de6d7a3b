"""Every verb on a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.exceptions import InvalidRequestError
from app.database.models import Video
from app.repositories import video_db_repository as repository

SessionFactory = async_sessionmaker[AsyncSession]

PROBED: dict[str, Any] = {
    "duration_seconds": 120.5,
    "file_size_kb": 5_000_000_000,
    "video_codec": "h264",
    "audio_codec": "aac",
    "resolution": "1920x1080",
    "frame_rate": 30000 / 1001,
}


def url(name: str, ending: str = "mp4") -> str:
    return f"gs://bucket/videos/{name}/{name}.{ending}"


async def add(session: AsyncSession, name: str, **columns: Any) -> Video:
    return await repository.create(session, name, url(name), **columns)


async def count(session: AsyncSession) -> int:
    return len((await session.scalars(select(Video.id))).all())


async def test_create_keeps_every_column(session: AsyncSession, session_factory: SessionFactory) -> None:
    before = datetime.now(UTC)
    made = await add(session, "talk", title="A talk", source_url="https://example.com/talk.mp4", **PROBED)
    await session.commit()
    async with session_factory() as other:
        read = await repository.get_by_identifier(other, "talk")
    assert read is not None
    assert read is not made
    assert (read.id, read.identifier, read.cloud_url) == (made.id, "talk", url("talk"))
    assert (read.title, read.source_url) == ("A talk", "https://example.com/talk.mp4")
    assert {name: getattr(read, name) for name in PROBED} == PROBED
    assert read.created_at.tzinfo is not None
    assert abs(read.created_at - before) < timedelta(minutes=5)


async def test_create_requires_identifier_and_cloud_url(session: AsyncSession) -> None:
    made = await add(session, "bare")
    assert {name: getattr(made, name) for name in PROBED} == dict.fromkeys(PROBED)
    assert made.title is None
    assert made.source_url is None


async def test_functions_do_not_commit(session: AsyncSession, session_factory: SessionFactory) -> None:
    await add(session, "talk")
    async with session_factory() as other:
        assert await repository.get_by_identifier(other, "talk") is None
    await session.rollback()
    assert await repository.get_by_identifier(session, "talk") is None


async def test_creating_twice_returns_existing_row(session: AsyncSession) -> None:
    first = await add(session, "talk", title="First")
    again = await repository.create(session, "talk", url("talk", "mov"), title="Second")
    assert again.id == first.id
    assert (again.cloud_url, again.title) == (url("talk"), "First")
    assert await count(session) == 1


async def test_concurrent_writers_get_the_same_row(session_factory: SessionFactory) -> None:
    """The second writer waits for the first transaction and gets its row."""
    async with session_factory() as first, session_factory() as second:
        ours = await repository.create(first, "talk", url("talk"))
        waiting = asyncio.create_task(repository.create(second, "talk", url("talk", "mov")))
        async with session_factory() as watcher:
            blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            while not (await watcher.execute(text(blocked))).scalar_one():
                await watcher.rollback()
        assert not waiting.done()
        await first.commit()
        theirs = await waiting
        assert (theirs.id, theirs.cloud_url) == (ours.id, url("talk"))
        await second.commit()
        assert await count(first) == 1


async def test_rollback_lets_the_other_writer_insert(session_factory: SessionFactory) -> None:
    async with session_factory() as first, session_factory() as second:
        await repository.create(first, "talk", url("talk"))
        waiting = asyncio.create_task(repository.create(second, "talk", url("talk", "mov")))
        await first.rollback()
        assert (await waiting).cloud_url == url("talk", "mov")


async def test_many_concurrent_writers_insert_one_row(session_factory: SessionFactory) -> None:
    async def write(number: int) -> tuple[int, bool]:
        async with session_factory() as session, session.begin():
            video, created = await repository.insert_or_get(
                session, identifier="talk", cloud_url=url("talk", f"{number}.mp4")
            )
            return video.id, created

    written = await asyncio.gather(*(write(number) for number in range(12)))
    assert len({video_id for video_id, _ in written}) == 1
    assert [created for _, created in written].count(True) == 1


async def test_get_by_id_and_by_identifier(session: AsyncSession) -> None:
    made = await add(session, "talk")
    assert await repository.get_by_id(session, made.id) is made
    assert await repository.get_by_identifier(session, "talk") is made
    assert await repository.get_by_id(session, made.id + 1) is None
    assert await repository.get_by_identifier(session, "Talk") is None


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "a#b?c%20+d",
        """it's "x" \\""",
        "50%_off",
        "crème",
        "cre\u0300me",
        "東京 🎬",
        "-x",
        "x" * 255,
        "é" * 255,
    ],
)
async def test_identifiers_round_trip(session: AsyncSession, name: str) -> None:
    await add(session, name)
    await session.commit()
    session.expunge_all()
    found = await repository.get_by_identifier(session, name)
    assert found is not None
    assert found.identifier == name


async def test_composed_and_decomposed_names_differ(session: AsyncSession) -> None:
    first, second = await add(session, "crème"), await add(session, "cre\u0300me")
    assert first.id != second.id


async def test_too_long_identifier_is_rejected(session: AsyncSession) -> None:
    with pytest.raises(DBAPIError, match="value too long"):
        await add(session, "x" * 256)


async def test_nul_raises_instead_of_truncating(session: AsyncSession) -> None:
    """PostgreSQL text cannot contain NUL."""
    await add(session, "talk")
    await session.commit()
    for lookup in (
        repository.get_by_identifier(session, "talk\0"),
        repository.delete_by_identifier(session, "talk\0"),
        add(session, "talk\0"),
    ):
        with pytest.raises(DBAPIError, match="NUL"):
            await lookup
        await session.rollback()
    assert await count(session) == 1


async def test_get_by_source_url_returns_the_oldest(session: AsyncSession) -> None:
    link = "https://example.com/talk.mp4"
    first = await add(session, "talk", source_url=link)
    await add(session, "talk-1760000000", source_url=link)
    await add(session, "other", source_url=f"{link}?x=1")
    assert await repository.get_by_source_url(session, link) is first
    assert await repository.get_by_source_url(session, "https://example.com/") is None


async def test_source_urls_are_normalised(session: AsyncSession) -> None:
    made = await add(session, "talk", source_url="HTTPS://Example.com:443/talk.mp4?utm_source=mail#t=3")
    assert made.source_url == "https://example.com/talk.mp4"
    found = await repository.get_by_source_url(session, "https://example.com/talk.mp4?utm_medium=web")
    assert found is made
    moved = await repository.update(session, made.id, source_url="https://example.com/b.mp4?utm_source=mail")
    assert moved is not None
    assert moved.source_url == "https://example.com/b.mp4"
    for invalid in ("", "no address", "https://example.com/\0"):
        assert await repository.get_by_source_url(session, invalid) is None
    with pytest.raises(InvalidRequestError):
        await add(session, "other", source_url="no address")


async def test_long_source_url_uses_the_hash_index(session: AsyncSession) -> None:
    """The URL exceeds a B-tree entry even after compression."""
    link = "https://example.com/" + "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(10_000))
    made = await add(session, "talk", source_url=link)
    assert await repository.get_by_source_url(session, link) is made
    assert await repository.get_by_source_url(session, link[:-1]) is None
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = await session.scalars(
        text("EXPLAIN SELECT id FROM videos WHERE source_url = :link"), {"link": link[:50]}
    )
    assert "ix_videos_source_url" in "\n".join(plan)


async def test_list_all_is_newest_first(session: AsyncSession) -> None:
    now = datetime.now(UTC)
    for name, age in (("b", 2), ("a", 2), ("c", 1), ("d", 3)):
        made = await add(session, name)
        await repository.update(session, made.id, created_at=now - timedelta(hours=age))
    # The later of two rows with equal times comes first.
    assert [video.identifier for video in await repository.list_all(session)] == ["c", "a", "b", "d"]


async def test_list_all_of_empty_table(session: AsyncSession) -> None:
    assert await repository.list_all(session) == []


async def test_delete(session: AsyncSession, session_factory: SessionFactory) -> None:
    await add(session, "talk")
    await add(session, "other")
    await session.commit()
    assert await repository.delete_by_identifier(session, "talk")
    assert not await repository.delete_by_identifier(session, "talk")
    assert await repository.get_by_identifier(session, "talk") is None
    async with session_factory() as other:
        assert await repository.get_by_identifier(other, "talk") is not None
    await session.commit()
    assert [video.identifier for video in await repository.list_all(session)] == ["other"]


async def test_deleted_identifier_can_be_reused(session: AsyncSession) -> None:
    first_id = (await add(session, "talk")).id
    await repository.delete_by_identifier(session, "talk")
    assert (await add(session, "talk")).id > first_id


async def test_only_one_concurrent_delete_returns_true(session_factory: SessionFactory) -> None:
    async def delete() -> bool:
        async with session_factory() as session, session.begin():
            return await repository.delete_by_identifier(session, "talk")

    async with session_factory() as session, session.begin():
        await add(session, "talk")
    assert sorted(await asyncio.gather(delete(), delete())) == [False, True]


async def test_update_changes_only_the_named_columns(
    session: AsyncSession, session_factory: SessionFactory
) -> None:
    made = await add(session, "talk", title="Old", **PROBED)
    other = await add(session, "other", title="Old")
    await session.commit()
    changed = await repository.update(session, made.id, title="New", duration_seconds=None)
    assert changed is made
    assert (made.title, made.duration_seconds, made.video_codec) == ("New", None, "h264")
    assert other.title == "Old"
    async with session_factory() as another:
        assert (await another.get_one(Video, made.id)).title == "Old"
    await session.commit()
    async with session_factory() as another:
        assert (await another.get_one(Video, made.id)).title == "New"


async def test_update_refreshes_the_row(session: AsyncSession, session_factory: SessionFactory) -> None:
    made = await add(session, "talk", title="Old")
    await session.commit()
    async with session_factory() as other, other.begin():
        await repository.update(other, made.id, resolution="640x360")
    assert made.resolution is None
    changed = await repository.update(session, made.id, title="New")
    assert changed is made
    assert (changed.title, changed.resolution) == ("New", "640x360")


@pytest.mark.parametrize("fields", [{"colour": "red"}, {"title": "x", "metadata": 1}, {"__class__": 1}])
async def test_update_rejects_unknown_columns(session: AsyncSession, fields: dict[str, Any]) -> None:
    made = await add(session, "talk", title="Old")
    unknown = next(name for name in fields if name != "title")
    with pytest.raises(ValueError, match=f"no updatable column named {unknown}"):
        await repository.update(session, made.id, **fields)
    await session.refresh(made)
    assert (made.identifier, made.title) == ("talk", "Old")


async def test_update_without_fields_or_row(session: AsyncSession) -> None:
    made = await add(session, "talk")
    assert await repository.update(session, made.id) is made
    assert await repository.update(session, made.id + 1) is None
    assert await repository.update(session, made.id + 1, title="x") is None


async def test_identifiers_are_unique(session: AsyncSession) -> None:
    await add(session, "talk")
    other = await add(session, "other")
    with pytest.raises(DBAPIError, match="uq_videos_identifier"):
        await repository.update(session, other.id, identifier="talk")
