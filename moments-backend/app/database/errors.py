"""Mapping of SQLAlchemy and psycopg errors, without showing the connection's password."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import exc

from app.core.exceptions import DatabaseError, DatabaseUnavailableError, SchemaMissingError

UNAVAILABLE_REMEDY = "check that PostgreSQL runs and DATABASE_URL is correct, or run `videomoments doctor`"
SCHEMA_REMEDY = "create the tables: alembic upgrade head"


def map_error(error: BaseException) -> DatabaseError | None:
    """Return the error to raise for one of SQLAlchemy or psycopg; None for any other error."""
    original = (error.orig if isinstance(error, exc.DBAPIError) else None) or error
    if isinstance(original, (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)):
        return SchemaMissingError("the database has no tables, or outdated ones", remedy=SCHEMA_REMEDY)
    if isinstance(original, psycopg.errors.InvalidCatalogName):
        return DatabaseUnavailableError(
            _first_line(original), remedy="create the database, or correct DATABASE_URL"
        )
    if isinstance(error, exc.TimeoutError):
        return DatabaseUnavailableError(
            "timed out waiting for a free database connection",
            remedy="raise DATABASE_POOL_SIZE, or try again",
        )
    if isinstance(original, (psycopg.OperationalError, psycopg.InterfaceError)):
        return DatabaseUnavailableError(
            f"database unavailable: {_first_line(original)}", remedy=UNAVAILABLE_REMEDY
        )
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return DatabaseUnavailableError("the database connection was lost", remedy=UNAVAILABLE_REMEDY)
    if isinstance(original, psycopg.Error) or isinstance(error, exc.SQLAlchemyError):
        return DatabaseError(f"database error: {_first_line(original)}")
    if isinstance(original, (ConnectionError, TimeoutError)):
        return DatabaseUnavailableError("the database timed out", remedy=UNAVAILABLE_REMEDY)
    return None


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Map errors of the database inside the block; keep other code outside it."""
    try:
        yield
    except Exception as error:
        mapped = map_error(error)
        if mapped is None:
            raise
        raise mapped from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
