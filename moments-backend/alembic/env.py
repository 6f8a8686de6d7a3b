"""Runs the migrations on the database of the settings."""

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine

from app.core.config import get_settings
from app.core.exceptions import DatabaseError
from app.database.base import Base
from app.database.errors import mapped_errors
from app.database.models import PipelineRun, Video  # noqa: F401 - registers the tables

MIGRATION_LOCK = 0x56_4D_4D_49  # arbitrary key that serialises concurrent upgrades


def run() -> None:
    url = context.config.attributes.get("url") or get_settings().database_url
    if context.is_offline_mode():
        context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    given = context.config.attributes.get("connection")
    if given is not None:  # part of the caller's transaction
        migrate(given)
        return
    engine = create_engine(url, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        context.run_migrations()


try:
    with mapped_errors():
        run()
except DatabaseError as error:
    if {"url", "connection"} & context.config.attributes.keys():  # the caller reports the error
        raise
    raise CommandError(f"{error.cause}\n  {error.remedy or ''}".rstrip()) from error
