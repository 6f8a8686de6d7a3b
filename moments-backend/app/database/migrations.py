"""The tables' revision: which one the code needs, which one a database has, and the way there.

Everything here blocks: call it outside an event loop.
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
    """Bring the database at `url` to the newest revision.

    Raises:
        DatabaseUnavailableError: nobody answers there.
        DatabaseError: it refuses, as it does to a user without the right to make tables.
    """
    config = _config()
    config.attributes["url"] = url
    with mapped_errors():
        command.upgrade(config, "head")


@dataclass(frozen=True)
class DatabaseDescription:
    server_version: str
    revision: str | None
    """None when there are no tables yet."""


def describe_database(url: str) -> DatabaseDescription:
    """What answers at `url`.

    Raises:
        DatabaseUnavailableError: nobody does.
    """
    engine = create_engine(url, connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS})
    try:
        with mapped_errors(), engine.connect() as connection:
            version = connection.exec_driver_sql("SHOW server_version").scalar_one()
            revision = MigrationContext.configure(connection).get_current_revision()
            return DatabaseDescription(str(version), revision)
    finally:
        engine.dispose()


def head_revision() -> str | None:
    """The revision that this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    return Config(BACKEND_DIR / "alembic.ini")
