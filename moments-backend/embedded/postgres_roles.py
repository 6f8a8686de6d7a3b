"""The application's role and database in the embedded PostgreSQL.

The application connects as `OWNER`, which owns its database and has no other rights. The supervisor connects
as `SUPERUSER`, whose password the application does not receive. In clusters of earlier versions the superuser
owned the database; each start hands over what it still owns, so the next start completes an interrupted one.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from psycopg import Connection, sql

SUPERUSER = "postgres"
OWNER = "videomoments"
DATABASE = "videomoments"

EXTENSIONS = ("pg_trgm", "unaccent", "vector")
"""Created here, because `vector` requires a superuser."""

SAFE_SEARCH_PATH = "-c search_path=pg_catalog"
"""The superuser must not execute functions and operators that the application's role created."""

OWNED_BY_SUPERUSER = """
    WITH space AS (
        SELECT oid, nspname, nspowner FROM pg_namespace
        WHERE nspname <> 'information_schema' AND NOT starts_with(nspname, 'pg_')
    ), object AS (
        SELECT 'pg_namespace'::regclass AS class, oid, nspowner AS owner,
            format('SCHEMA %%I', nspname) AS name
        FROM space
        UNION ALL
        SELECT 'pg_class'::regclass, pg_class.oid, relowner, format('TABLE %%s', pg_class.oid::regclass)
        FROM pg_class JOIN space ON relnamespace = space.oid
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f') OR relkind = 'S' AND NOT EXISTS (
            -- a sequence of a column changes its owner with the table
            SELECT FROM pg_depend
            WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('a', 'i')
        )
        UNION ALL
        SELECT 'pg_proc'::regclass, pg_proc.oid, proowner, format('ROUTINE %%s', pg_proc.oid::regprocedure)
        FROM pg_proc JOIN space ON pronamespace = space.oid
        UNION ALL
        SELECT 'pg_type'::regclass, pg_type.oid, typowner, format('TYPE %%s', pg_type.oid::regtype)
        FROM pg_type JOIN space ON typnamespace = space.oid LEFT JOIN pg_class ON typrelid = pg_class.oid
        WHERE typtype IN ('d', 'e', 'r') OR relkind = 'c'
    )
    SELECT format('ALTER %%s OWNER TO %%I', name, %(owner)s::text) FROM object
    WHERE owner = %(superuser)s::text::regrole AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = class AND objid = object.oid AND deptype = 'e'
    )
"""
"""Statements for the superuser's objects outside extensions and the system's schemas.

`REASSIGN OWNED` rejects the superuser of `initdb`, who owns the system's objects as well.
"""

Connect = Callable[[str], AbstractContextManager[Connection[Any]]]


def set_up_database(connect: Connect, password: str) -> None:
    """Create the role and the database, or complete existing ones. Every statement may be repeated.

    Args:
        connect: connects to a database as the superuser, with autocommit and `SAFE_SEARCH_PATH`.
        password: the new password of `OWNER`.

    Raises:
        psycopg.Error: the server rejects a statement.
    """
    with connect("postgres") as connection:
        _create_role(connection, password)
        _create_database(connection)
    with connect(DATABASE) as connection:
        _hand_over_objects(connection)
        _create_extensions(connection)


def _create_role(connection: Connection[Any], password: str) -> None:
    role = sql.Identifier(OWNER)
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    options = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
    connection.execute(sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(role, options, sql.Literal(password)))


def _create_database(connection: Connection[Any]) -> None:
    names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
    find = "SELECT datdba = %s::text::regrole FROM pg_database WHERE datname = %s"
    found = connection.execute(find, [OWNER, DATABASE]).fetchone()
    if found is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
    elif not found[0]:
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(*names))


def _hand_over_objects(connection: Connection[Any]) -> None:
    with connection.transaction():
        found = connection.execute(OWNED_BY_SUPERUSER, {"owner": OWNER, "superuser": SUPERUSER})
        for (statement,) in found.fetchall():
            connection.execute(statement)


def _create_extensions(connection: Connection[Any]) -> None:
    """Create the extensions that the server has; update those of an earlier wheel."""
    find = """
        SELECT name, installed_version, default_version FROM pg_available_extensions
        WHERE name = ANY(%s) AND installed_version IS DISTINCT FROM default_version
    """
    for name, installed, _ in connection.execute(find, [list(EXTENSIONS)]).fetchall():
        create, update = "CREATE EXTENSION {} SCHEMA public", "ALTER EXTENSION {} UPDATE"
        statement = create if installed is None else update
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
