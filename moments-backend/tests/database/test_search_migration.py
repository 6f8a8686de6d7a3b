"""The upgrade to the search index, with and without the extensions."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql

from app.core.config import BACKEND_DIR, Settings
from app.core.urls.database import normalise_database_url
from app.database.migrations import upgrade_to_head
from app.database.read_pool import ReadPool
from app.repositories.video_filter import VideoFilter
from app.services.search.query_parser import parse_query
from app.services.search.word_search import WordSearch
from embedded.postgres_roles import OWNER
from tests.fixtures.servers import SharedStack


@pytest.fixture
def plain_url(stack: SharedStack) -> Iterator[str]:
    """Return the URL of an empty database in which the role may create tables, but no extensions."""
    name = sql.Identifier(f"plain_{uuid4().hex}")
    with psycopg.connect(stack.admin_url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        with psycopg.connect(stack.admin_url(name.as_string().strip('"')), autocommit=True) as created:
            created.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(OWNER)))
        yield normalise_database_url(stack.postgres_url(name.as_string().strip('"')))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def to_libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def test_existing_videos_are_listed_for_the_workers(plain_url: str) -> None:
    config = Config(BACKEND_DIR / "alembic.ini")
    config.attributes["url"] = plain_url
    command.upgrade(config, "0008")
    with psycopg.connect(to_libpq(plain_url), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO videos (identifier, cloud_url)"
            " SELECT 'v' || n, 'gs://b' FROM generate_series(1, 3) n"
        )
        command.upgrade(config, "head")
        assert connection.execute("SELECT count(*) FROM search_backlog").fetchone() == (3,)
        command.downgrade(config, "0008")
        command.upgrade(config, "head")


def test_moments_of_a_library_before_the_list(plain_url: str) -> None:
    """Workers index them again, and moments deleted before keep their state without a clip."""
    config = Config(BACKEND_DIR / "alembic.ini")
    config.attributes["url"] = plain_url
    command.upgrade(config, "0009")
    with psycopg.connect(to_libpq(plain_url), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO videos (identifier, cloud_url)"
            " SELECT 'v' || n, 'gs://b' FROM generate_series(1, 3) n"
        )
        connection.execute(
            "INSERT INTO moment_titles SELECT id, 'a', 0, 5, 'Tides' FROM videos WHERE identifier <> 'v3'"
        )
        connection.execute(
            "INSERT INTO moment_marks (video_identifier, moment_id, moment, is_deleted)"
            " VALUES ('v1', 'a', '{}', true), ('v1', 'b', '{}', false)"
        )
        command.upgrade(config, "head")
        assert connection.execute("SELECT count(*) FROM search_backlog").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM moment_titles WHERE is_listed").fetchone() == (0,)
        edits = "SELECT moment_id, is_purged, deleted_at = updated_at, replaces FROM moment_marks ORDER BY 1"
        assert connection.execute(edits).fetchall() == [("a", True, True, []), ("b", False, None, [])]
        command.downgrade(config, "0009")
        command.upgrade(config, "head")


async def test_words_are_searched_without_extensions(plain_url: str, settings: Settings) -> None:
    upgrade_to_head(plain_url)
    with psycopg.connect(to_libpq(plain_url), autocommit=True) as connection:
        find = "SELECT to_regclass('transcript_passages'), to_regclass('ix_search_words_trigrams')"
        assert connection.execute(find).fetchone() == (None, None)
        connection.execute("INSERT INTO videos (identifier, cloud_url) VALUES ('talk', 'gs://b')")
        connection.execute(
            "INSERT INTO transcript_segments (video_id, number, start_time, end_time, text, language)"
            " SELECT id, 0, 0, 1, 'Television from the moon', 'en' FROM videos"
        )
        connection.execute("INSERT INTO search_words VALUES ('television'), ('moon')")
    pool = ReadPool(settings.model_copy(update={"database_url": plain_url}))
    try:
        search = WordSearch(pool)
        assert len((await search.search(parse_query("moon"), VideoFilter())).segments) == 1
        one_edit = await search.search(parse_query("telivision"), VideoFilter())
        assert one_edit.is_corrected
        two_edits = await search.search(parse_query("tellivission"), VideoFilter())
        assert not two_edits.is_corrected
    finally:
        await pool.close()
