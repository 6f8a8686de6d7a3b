"""Alembic revisions: the required one, the one of a database, and the upgrade.

All functions block; call them outside the event loop.
"""

from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

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
            revision = MigrationContext.configure(connection).get_current_revision()
            return DatabaseDescription(str(version), revision)
    finally:
        engine.dispose()


def head_revision() -> str | None:
    """Return the revision that this code requires."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    return Config(BACKEND_DIR / "alembic.ini")
