"""What went wrong with PostgreSQL, in words that do not show the connection's password."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import exc

from app.core.exceptions import DatabaseError, DatabaseUnavailableError, SchemaMissingError

UNAVAILABLE_REMEDY = "check that PostgreSQL runs and DATABASE_URL is right (`videomoments doctor` tells)"
SCHEMA_REMEDY = "create the tables: alembic upgrade head"


def map_error(error: BaseException) -> DatabaseError | None:
    """The named cause of an error of SQLAlchemy or psycopg; None when it is neither."""
    original = (error.orig if isinstance(error, exc.DBAPIError) else None) or error
    if isinstance(original, (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)):
        return SchemaMissingError("the database has no table of videos, or an old one", remedy=SCHEMA_REMEDY)
    if isinstance(original, psycopg.errors.InvalidCatalogName):
        return DatabaseUnavailableError(
            _first_line(original), remedy="create the database, or mend DATABASE_URL"
        )
    if isinstance(error, exc.TimeoutError):
        return DatabaseUnavailableError(
            "no database connection became free in time", remedy="raise DATABASE_POOL_SIZE, or try again"
        )
    if isinstance(original, (psycopg.OperationalError, psycopg.InterfaceError)):
        return DatabaseUnavailableError(
            f"the database cannot be used: {_first_line(original)}", remedy=UNAVAILABLE_REMEDY
        )
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return DatabaseUnavailableError("the connection to the database was lost", remedy=UNAVAILABLE_REMEDY)
    if isinstance(original, psycopg.Error) or isinstance(error, exc.SQLAlchemyError):
        return DatabaseError(f"the database refused: {_first_line(original)}")
    if isinstance(original, (ConnectionError, TimeoutError)):
        return DatabaseUnavailableError("the database did not answer in time", remedy=UNAVAILABLE_REMEDY)
    return None


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Inside the block every error of the database is one of ours. Put nothing else inside it."""
    try:
        yield
    except Exception as error:
        named = map_error(error)
        if named is None:
            raise
        raise named from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
