"""Alembic revisions: the required one, the one of a database, and the upgrade.

All functions block; call them outside the event loop.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine.interfaces import IsolationLevel

from app.core.config import BACKEND_DIR
from app.database.errors import mapped_errors

CONNECT_TIMEOUT_SECONDS = 5


def upgrade_to_head(url: str) -> None:
    """Upgrade the database at `url` to the newest revision.

    Raises:
        DatabaseUnavailableError: no connection.
        DatabaseError: the upgrade failed, for example without permission to create tables.
    """
    config = _config()
    config.attributes["url"] = url
    with mapped_errors():
        command.upgrade(config, "head")


def upgrade_connection(connection: Connection, revision: str) -> None:
    """Upgrade to `revision` inside the transaction of `connection`, without committing."""
    config = _config()
    config.attributes["connection"] = connection
    with mapped_errors():
        command.upgrade(config, revision)


@contextmanager
def open_connection(url: str, *, isolation_level: IsolationLevel = "READ COMMITTED") -> Iterator[Connection]:
    """Connect for one long transaction, which is rolled back unless the block commits it.

    Raises:
        DatabaseUnavailableError, DatabaseError: no connection, or a statement of the block failed.
    """
    options = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, "application_name": "maintenance"}
    engine = create_engine(url, connect_args=options, isolation_level=isolation_level)
    try:
        with mapped_errors(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def driver_connection(connection: Connection) -> psycopg.Connection[Any]:
    """Return psycopg's connection, which shares the transaction of `connection`."""
    found = connection.connection.driver_connection
    assert isinstance(found, psycopg.Connection)  # noqa: S101 - narrows the type
    return found


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the tables; None without tables."""
    return MigrationContext.configure(connection).get_current_revision()


def known_revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


@dataclass(frozen=True)
class DatabaseDescription:
    server_version: str
    revision: str | None
    """None without tables."""


def describe_database(url: str) -> DatabaseDescription:
    """Connect to `url` and return the server version and the revision of the tables."""
    engine = create_engine(url, connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS})
    try:
        with mapped_errors(), engine.connect() as connection:
            version = connection.exec_driver_sql("SHOW server_version").scalar_one()
            return DatabaseDescription(str(version), current_revision(connection))
    finally:
        engine.dispose()


def head_revision() -> str | None:
    """Return the revision that this code requires."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    return Config(BACKEND_DIR / "alembic.ini")
