"""Normalisation of the database URL for SQLAlchemy, the read pool and Alembic."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg"
_ACCEPTED_DRIVERS = {
    "postgres",
    "postgresql",
    "postgresql+psycopg",
    "postgresql+asyncpg",
    "postgresql+psycopg2",
}
_SSL_MODES = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
_ASYNCPG_ONLY = (
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "statement_cache_size",
    "command_timeout",
)


def normalise_database_url(url: str) -> str:
    """Return the URL of the same server for the driver psycopg 3.

    Accepts `postgresql://`, `postgres://` and `postgresql+asyncpg://`. Converts asyncpg's `ssl=` to
    `sslmode=` and drops options that only asyncpg has.

    Raises:
        ValueError: not a URL, or another kind of database.
    """
    try:
        parsed: URL = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: invalid port
        raise ValueError("not a database URL; expected postgresql://user:password@host:5432/name") from error
    if parsed.drivername not in _ACCEPTED_DRIVERS:
        raise ValueError(f"{parsed.drivername}:// is not a PostgreSQL URL; expected postgresql://…")
    query = {name: value for name, value in parsed.query.items() if name not in _ASYNCPG_ONLY}
    ssl = query.pop("ssl", None)
    if isinstance(ssl, str):
        query.setdefault("sslmode", _SSL_MODES.get(ssl.lower(), ssl))
    return parsed.set(drivername=DRIVER, query=query).render_as_string(hide_password=False)
