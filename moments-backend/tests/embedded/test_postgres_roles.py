"""The application's role owns its database and has no other rights; older clusters are taken over."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import errors, sql

from app.core.urls.database import normalise_database_url
from app.database.migrations import upgrade_to_head
from embedded.postgres import Postgres
from embedded.postgres_roles import DATABASE, EXTENSIONS, OWNED_BY_SUPERUSER, OWNER, SUPERUSER
from embedded.stack import EmbeddedStack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fixtures.servers import SharedStack

TRIALS = (
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('PG_VERSION')",
    "CREATE ROLE another",
    "CREATE DATABASE another",
    "ALTER SYSTEM SET work_mem = '1MB'",
    "ALTER ROLE postgres PASSWORD 'mine'",
    "SET ROLE postgres",
    "SELECT rolpassword FROM pg_authid",
    "CREATE EXTENSION file_fdw",
)


@contextmanager
def running(data_dir: Path) -> Iterator[tuple[Postgres, psycopg.Connection[Any]]]:
    """Start PostgreSQL; yield it and a connection of the superuser to the application's database."""
    with EmbeddedStack(data_dir, bucket="kept", redis=False, storage=False, durable=False) as stack:
        (server,) = stack.servers
        assert isinstance(server, Postgres)
        with psycopg.connect(server.superuser_url(DATABASE), autocommit=True) as connection:
            yield server, connection


def still_owned_by_superuser(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute(OWNED_BY_SUPERUSER, {"owner": OWNER, "superuser": SUPERUSER})
    return [statement for (statement,) in found.fetchall()]


def make_cluster_of_earlier_version(connection: psycopg.Connection[Any]) -> None:
    """Let the superuser own everything, as before the application had a role of its own."""
    connection.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(*map(sql.Identifier, (OWNER, SUPERUSER))))
    connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(OWNER)))
    connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(OWNER)))
    connection.execute("DROP EXTENSION vector, pg_trgm, unaccent CASCADE")


@pytest.mark.parametrize("statement", TRIALS)
def test_application_role_has_no_rights_beyond_its_database(stack: SharedStack, statement: str) -> None:
    with (
        psycopg.connect(stack.postgres_url(DATABASE), autocommit=True) as connection,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_extensions_are_present_and_owned_by_superuser(stack: SharedStack) -> None:
    with psycopg.connect(stack.postgres_url(DATABASE)) as connection:
        query = "SELECT extname::text, extowner::regrole::text FROM pg_extension WHERE extname <> 'plpgsql'"
        assert dict(connection.execute(query).fetchall()) == dict.fromkeys(EXTENSIONS, SUPERUSER)
        row = connection.execute("SELECT '[1,2]'::vector <-> '[1,3]', unaccent('é'), 'ab' % 'ab'").fetchone()
        assert row == (1.0, "e", True)


def test_application_role_owns_all_tables(stack: SharedStack) -> None:
    with psycopg.connect(stack.admin_url(DATABASE)) as connection:
        assert still_owned_by_superuser(connection) == []
        query = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(query).fetchall() == [(OWNER,)]


def test_superuser_password_is_not_published(data_dir: Path) -> None:
    with running(data_dir) as (server, _):
        published = (data_dir / "stack.env").read_text()
        assert server.data_dir.secret(OWNER) in published
        assert server.data_dir.secret(server.name) not in published
        assert server.data_dir.secret(server.name) not in str(server.environment())


def test_cluster_of_earlier_version_is_taken_over(data_dir: Path) -> None:
    with running(data_dir) as (server, connection):
        upgrade_to_head(normalise_database_url(server.url()))
        connection.execute("CREATE SCHEMA notes; CREATE TABLE notes.note (id serial, text text)")
        connection.execute("INSERT INTO notes.note (text) VALUES ('kept')")
        connection.execute("CREATE VIEW note AS SELECT * FROM notes.note; CREATE SEQUENCE numbers")
        make_cluster_of_earlier_version(connection)
        assert len(still_owned_by_superuser(connection)) > 10
    for _ in range(2):
        with running(data_dir) as (server, connection), psycopg.connect(server.url()) as application:
            assert still_owned_by_superuser(connection) == []
            application.execute("ALTER TABLE notes.note ADD COLUMN added int")
            application.execute("ALTER TABLE videos ADD COLUMN added int")
            application.execute("DROP FUNCTION procrastinate_finish_job_v1 CASCADE")
            assert application.execute("SELECT text FROM note").fetchall() == [("kept",)]
            application.rollback()


def test_interrupted_takeover_is_continued(data_dir: Path) -> None:
    """Stop after each step of a takeover: the role, the database, the objects, the extensions."""
    with running(data_dir) as (server, connection):
        upgrade_to_head(normalise_database_url(server.url()))
        make_cluster_of_earlier_version(connection)
        # The first steps were completed, and one of the objects was changed by hand.
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(OWNER)))
        connection.execute(sql.SQL("ALTER TABLE videos OWNER TO {}").format(sql.Identifier(OWNER)))
    with running(data_dir) as (server, connection), psycopg.connect(server.url()) as application:
        assert still_owned_by_superuser(connection) == []
        application.execute("INSERT INTO videos (identifier, cloud_url) VALUES ('a', 'gs://b/a')")
        assert application.execute("SELECT '[1]'::vector IS NULL").fetchone() == (False,)
        application.rollback()


def test_raised_rights_of_application_role_are_removed(data_dir: Path) -> None:
    with running(data_dir) as (_, connection):
        connection.execute(
            sql.SQL("ALTER ROLE {} SUPERUSER CREATEDB CREATEROLE").format(sql.Identifier(OWNER))
        )
    with running(data_dir) as (_, connection):
        query = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = %s"
        assert connection.execute(query, [OWNER]).fetchone() == (False, False, False)


def test_superuser_runs_no_function_of_the_application(data_dir: Path) -> None:
    """Functions and operators in `public` that shadow those of the system."""
    with running(data_dir) as (server, _), psycopg.connect(server.url(), autocommit=True) as application:
        application.execute("""
            CREATE TABLE calls (who text);
            CREATE FUNCTION public.starts_with(name, text) RETURNS bool LANGUAGE sql
                AS 'INSERT INTO public.calls VALUES (current_user) RETURNING true';
            CREATE FUNCTION public.format(text, name, text) RETURNS text LANGUAGE sql
                AS 'INSERT INTO public.calls VALUES (current_user) RETURNING ''SELECT 1''';
        """)
    with running(data_dir) as (_, connection):
        assert connection.execute("SELECT * FROM public.calls").fetchall() == []
