"""Final deletions by age follow the clock of the database, not that of the worker."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories import moment_edit_repository, trash_repository
from tests.api.support.rows import add_row
from tests.fixtures.library import Library

KEPT = timedelta(days=30)


@pytest.fixture
def deleted(library: Library) -> None:
    """Delete a video, and a moment of another one, 31 days ago."""
    add_row(library, "talk", created_at="2026-01-01 00:00:00Z")
    library.execute("UPDATE videos SET deleted_at = now() - interval '31 days'")
    library.execute(
        "INSERT INTO moment_marks (video_identifier, moment_id, moment, is_deleted, deleted_at)"
        " VALUES ('other', 'abc', '{}', true, now() - interval '31 days')"
    )


async def set_clock(session: AsyncSession, behind: timedelta) -> None:
    """Let `now()` return an earlier time until the transaction ends."""
    earlier = f"$$SELECT pg_catalog.now() - interval '{behind.days} days'$$"
    await session.execute(text("CREATE SCHEMA clock"))
    await session.execute(text(f"CREATE FUNCTION clock.now() RETURNS timestamptz AS {earlier} LANGUAGE sql"))
    # `pg_catalog` comes first unless the path names it.
    path = "'clock,' || current_setting('search_path') || ',pg_catalog'"
    await session.execute(text(f"SELECT set_config('search_path', {path}, true)"))


@pytest.mark.usefixtures("deleted")
@pytest.mark.parametrize(
    ("behind", "is_expired"), [(timedelta(0), True), (timedelta(days=2), False)], ids=["right", "behind"]
)
async def test_age_follows_the_database(session: AsyncSession, behind: timedelta, is_expired: bool) -> None:
    await set_clock(session, behind)
    now = (await session.scalars(text("SELECT pg_catalog.now()"))).one()
    assert (await trash_repository.totals(session)).as_of == now - behind
    videos, before = await moment_edit_repository.find_expired(session, KEPT)
    assert (list(videos), before) == (["other"] if is_expired else [], now - behind - KEPT)
    begun = await trash_repository.begin_purge(session, trash_repository.older_than(KEPT), "bucket")
    assert [key.identifier for key in begun] == (["talk"] if is_expired else [])
    await session.rollback()
