"""One database URL for everything: the ORM, the streamed lists, Alembic."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg"
_UNDERSTOOD = {"postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg", "postgresql+psycopg2"}
_SSL_WORDS = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
_ASYNCPG_ONLY = (
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "statement_cache_size",
    "command_timeout",
)


def normalise_database_url(url: str) -> str:
    """The same server under the driver that this project uses, psycopg 3.

    `postgresql://`, `postgres://` and `postgresql+asyncpg://` name the same servers. asyncpg's `ssl=` is
    psycopg's `sslmode=`, and what only asyncpg knows is left out.

    Raises:
        ValueError: the text is no URL, or names another kind of database.
    """
    try:
        parsed: URL = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise ValueError("not a database URL; expected postgresql://user:password@host:5432/name") from error
    if parsed.drivername not in _UNDERSTOOD:
        raise ValueError(f"{parsed.drivername}:// is no PostgreSQL URL; expected postgresql://…")
    query = {name: value for name, value in parsed.query.items() if name not in _ASYNCPG_ONLY}
    ssl = query.pop("ssl", None)
    if isinstance(ssl, str):
        query.setdefault("sslmode", _SSL_WORDS.get(ssl.lower(), ssl))
    return parsed.set(drivername=DRIVER, query=query).render_as_string(hide_password=False)
