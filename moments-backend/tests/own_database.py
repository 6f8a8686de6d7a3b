"""A database with the tables and no rows, for as long as a site lives."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from app.core.database_url import normalise_database_url
from embedded.postgres import DATABASE, Postgres
from embedded.stack import EmbeddedStack


@contextmanager
def own_database(stack: EmbeddedStack) -> Iterator[str]:
    (postgres,) = (server for server in stack.servers if isinstance(server, Postgres))
    name = f"test_{uuid.uuid4().hex}"
    identifier = sql.Identifier(name)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, sql.Identifier(DATABASE)))
        yield normalise_database_url(postgres.url(name))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
