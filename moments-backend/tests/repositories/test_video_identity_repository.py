"""Identity columns of rows, on a real PostgreSQL."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories import video_db_repository, video_identity_repository as repository
from app.repositories.video_identity_repository import VideoIdentity


def url(name: str) -> str:
    return f"gs://bucket/videos/{name}/{name}.mp4"


async def add(session: AsyncSession, name: str, **columns: Any) -> VideoIdentity:
    await video_db_repository.insert_or_get(session, identifier=name, cloud_url=url(name), **columns)
    return await read(session, name)


async def read(session: AsyncSession, name: str) -> VideoIdentity:
    (row,) = await repository.list_by_identifier(session, [name])
    return row


def names(rows: list[VideoIdentity]) -> list[str]:
    return sorted(row.identifier for row in rows)


async def test_rows_are_found_by_identifier(session: AsyncSession) -> None:
    for name in ("a", "b", "c"):
        await add(session, name)
    assert names(await repository.list_all(session)) == ["a", "b", "c"]
    assert await repository.count_all(session) == 3
    many = [f"name-{number}" for number in range(70_000)]  # exceeds the parameters of a statement
    assert names(await repository.list_by_identifier(session, ["a", "c", "x", *many])) == ["a", "c"]
    assert await repository.list_by_identifier(session, []) == []


async def test_rows_are_found_by_path_or_size(session: AsyncSession) -> None:
    await add(session, "path", relative_path="2023/a.mp4", size_bytes=1)
    await add(session, "size", size_bytes=5_000_000_000, md5="0" * 32)
    await add(session, "kilobytes", file_size_kb=4)
    await add(session, "other", size_bytes=2, file_size_kb=4)
    found = await repository.list_by_path_or_size(session, ["2023/a.mp4"], [5_000_000_000, 4100])
    assert names(found) == ["kilobytes", "path", "size"]
    assert await repository.list_by_path_or_size(session, [], []) == []


async def test_only_missing_sizes_are_stored(session: AsyncSession) -> None:
    old = await add(session, "old")
    known = await add(session, "known", size_bytes=7, md5="7" * 32)
    assert await repository.list_without_size(session) == [old]
    await repository.set_sizes(session, [row._replace(size_bytes=9, md5="9" * 32) for row in (old, known)])
    assert (await read(session, "old"))[3:5] == (9, "9" * 32)
    assert await read(session, "known") == known
    await repository.set_sizes(session, [])


async def test_only_a_missing_md5_is_stored(session: AsyncSession) -> None:
    for name, md5 in ("composite", None), ("known", "7" * 32):
        row = await add(session, name, size_bytes=1, md5=md5)
        await repository.set_md5(session, row.id, "9" * 32)
        assert (await read(session, name)).md5 == (md5 or "9" * 32)


async def test_paths_change_only_if_they_are_as_read(session: AsyncSession) -> None:
    first, second = await add(session, "a"), await add(session, "b", relative_path="b.mp4")
    stale = second._replace(relative_path="elsewhere.mp4")
    await repository.set_paths(session, [(first, "a.mp4"), (stale, "c.mp4")])
    assert (await read(session, "a")).relative_path == "a.mp4"
    assert (await read(session, "b")).relative_path == "b.mp4"
    await repository.set_paths(session, [])


async def test_moved_file_takes_the_path_of_another_video(session: AsyncSession) -> None:
    moved = await add(session, "moved", relative_path="old.mp4")
    replaced = await add(session, "replaced", relative_path="new.mp4")
    assert await repository.move(session, moved, "new.mp4")
    assert (await read(session, "moved")).local_path == "new.mp4"
    assert (await read(session, "replaced")).local_path == ""
    assert not await repository.move(session, moved, "newer.mp4")
    assert replaced.filename == "replaced.mp4"
