"""The rows of all tables as byte streams of COPY, independent of the server's version and programs.

All functions block, and need a connection inside a transaction. Tables of extensions are left out, and so is
`alembic_version`: the revision belongs to the tables' structure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection, sql

from app.core.exceptions import InvalidBackupError

QUEUE_PREFIX = "procrastinate_"
AUDIT_TABLE = "audit_log"
SIDECAR_TABLE = "sidecar_backlog"
"""Changes to write to the bucket; their rows may outlive the videos."""

_TABLES: LiteralString = """
    SELECT relname, ARRAY(
        SELECT attname::text FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        ORDER BY attnum
    ) FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    ORDER BY relname
"""
_SEQUENCES: LiteralString = """
    SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S'
    ORDER BY relname
"""
_FOREIGN_KEYS: LiteralString = """
    SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_class ON conrelid = pg_class.oid
    WHERE contype = 'f' AND relnamespace = current_schema()::regnamespace
"""
_CLIENTS: LiteralString = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        AND starts_with(application_name, 'videomoments')
"""
_DROP_ALL: LiteralString = """
    DO $$
    DECLARE statement text;
    BEGIN
        -- an array, because a name can no longer be resolved once CASCADE has dropped the object
        FOREACH statement IN ARRAY ARRAY(
            SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) FROM pg_class AS object
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = object.oid AND deptype = 'e')
            UNION ALL
            SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc AS object
            WHERE pronamespace = current_schema()::regnamespace
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = object.oid AND deptype = 'e')
            UNION ALL
            SELECT format('DROP TYPE IF EXISTS %s CASCADE', object.oid::regtype) FROM pg_type AS object
            LEFT JOIN pg_class ON typrelid = pg_class.oid
            WHERE typnamespace = current_schema()::regnamespace AND (typtype IN ('d', 'e') OR relkind = 'c')
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = object.oid AND deptype = 'e')
        ) LOOP EXECUTE statement; END LOOP;
    END $$
"""


@dataclass(frozen=True)
class Table:
    """A table and its columns, without generated ones."""

    name: str
    columns: tuple[str, ...]


def list_tables(connection: Connection[Any]) -> list[Table]:
    return [Table(name, tuple(columns)) for name, columns in connection.execute(_TABLES).fetchall()]


def read_table(connection: Connection[Any], table: Table) -> Iterator[bytes]:
    """Yield the rows in the text format of COPY."""
    copy = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table.name), _names(table.columns))
    with connection.cursor() as cursor, cursor.copy(copy) as blocks:
        for block in blocks:
            yield bytes(block)


def write_table(connection: Connection[Any], table: Table, blocks: Iterable[bytes]) -> int:
    """Insert the rows of `read_table`; return their number."""
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _names(table.columns))
    with connection.cursor() as cursor:
        with cursor.copy(copy) as target:
            for block in blocks:
                target.write(block)
        return cursor.rowcount


def read_sequences(connection: Connection[Any]) -> dict[str, int]:
    """Return the next value of each sequence. Call it after reading the tables."""
    found = {}
    for (name,) in connection.execute(_SEQUENCES).fetchall():
        query = sql.SQL("SELECT last_value + is_called::int FROM {}").format(sql.Identifier(name))
        row = connection.execute(query).fetchone()
        found[name] = int(row[0]) if row else 1
    return found


def write_sequences(connection: Connection[Any], values: dict[str, int]) -> None:
    existing = {name for (name,) in connection.execute(_SEQUENCES).fetchall()}
    for name in existing & values.keys():
        # Unlike `setval`, it is undone with the transaction.
        restart = sql.SQL("ALTER SEQUENCE {} RESTART WITH {}")
        connection.execute(restart.format(sql.Identifier(name), sql.Literal(values[name])))


def replace_rows(
    connection: Connection[Any], tables: Iterable[tuple[Table, Iterable[bytes]]]
) -> Iterator[tuple[Table, int]]:
    """Replace the content of all tables; yield each table with the number of its rows.

    Foreign keys are dropped and added again, which checks all rows at once and allows any order. Triggers are
    disabled: their effects are in the rows already.

    Raises:
        InvalidBackupError: the database has no such table or column.
    """
    existing = {table.name: table for table in list_tables(connection)}
    keys = connection.execute(_FOREIGN_KEYS).fetchall()
    for table, key, _ in keys:
        _alter(connection, table, "DROP CONSTRAINT {}", sql.Identifier(key))
    for name in existing:
        _alter(connection, name, "DISABLE TRIGGER USER")
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(name)))
    for wanted, blocks in tables:
        found = existing.get(wanted.name)
        if found is None or not set(wanted.columns) <= set(found.columns):
            raise InvalidBackupError(
                f"the database has no table {wanted.name} with the columns {', '.join(wanted.columns)}"
            )
        yield wanted, write_table(connection, wanted, blocks)
    for name in existing:
        _alter(connection, name, "ENABLE TRIGGER USER")
    for table, key, definition in keys:
        _alter(connection, table, "ADD CONSTRAINT {} {}", sql.Identifier(key), sql.SQL(definition))


def filled_tables(connection: Connection[Any]) -> list[str]:
    """Return the tables with rows, except queues and the audit log, which a new library has as well."""
    filled = []
    for table in list_tables(connection):
        if not table.name.startswith(QUEUE_PREFIX) and table.name not in {AUDIT_TABLE, SIDECAR_TABLE}:
            query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table.name))
            if connection.execute(query).fetchone() == (True,):
                filled.append(table.name)
    return filled


def count_other_clients(connection: Connection[Any]) -> int:
    """Return the number of connections of the API and of workers."""
    row = connection.execute(_CLIENTS).fetchone()
    return int(row[0]) if row else 0


def drop_everything(connection: Connection[Any]) -> None:
    """Drop all tables, routines and types outside extensions."""
    connection.execute(_DROP_ALL)


def _alter(connection: Connection[Any], table: str, action: LiteralString, *values: sql.Composable) -> None:
    statement = sql.SQL("ALTER TABLE {} " + action)
    connection.execute(statement.format(sql.Identifier(table), *values))


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
