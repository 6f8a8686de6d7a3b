"""Environment of a benchmark: sizes, directories, embedded servers, databases, our application."""

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

import psutil
import psycopg
from psycopg import sql

from app.core.config import BACKEND_DIR
from app.core.urls.database import normalise_database_url
from app.database.migrations import upgrade_to_head
from benchmarks.processes import BenchmarkError, Server, serve
from embedded.ports import LOOPBACK, free_port
from embedded.postgres import Postgres
from embedded.postgres_roles import DATABASE, OWNER
from embedded.process import server_environment
from embedded.stack import EmbeddedStack

T = TypeVar("T")

BUCKET = "benchmarks"


class Workbench:
    """Context manager that stops its servers and deletes its files.

    Args:
        directory: an empty directory.
        rounds: rounds per figure.
        quick: use tiny sizes, whose figures are meaningless.
    """

    def __init__(self, directory: Path, *, rounds: int, quick: bool) -> None:
        self.rounds = rounds
        self._directory = directory
        self._quick = quick
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def size(self, full: T, *, quick: T) -> T:
        return quick if self._quick else full

    def folder(self, name: str) -> Path:
        """Create an empty directory."""
        folder = self._directory / f"{name}-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        return folder

    def require_memory(self, gibibytes: float) -> None:
        """Check the free memory, since a machine that swaps would measure its disk.

        Raises:
            BenchmarkError: less memory is free.
        """
        available = psutil.virtual_memory().available / 1024**3
        if available < gibibytes:
            raise BenchmarkError(f"not enough memory: {gibibytes:g} GiB needed, {available:.1f} GiB free")

    @cached_property
    def stack(self) -> EmbeddedStack:
        """Embedded servers of all benchmarks; the database has empty tables."""
        stack = self._cleanup.enter_context(EmbeddedStack(self.folder("stack"), bucket=BUCKET))
        upgrade_to_head(normalise_database_url(stack.environment()["DATABASE_URL"]))
        return stack

    @contextmanager
    def database(self) -> Iterator[str]:
        """Create a database with empty tables during the block; yield its `postgresql://` URL."""
        (postgres,) = (server for server in self.stack.servers if isinstance(server, Postgres))
        name = f"benchmark_{uuid.uuid4().hex}"
        copy, original = sql.Identifier(name), sql.Identifier(DATABASE)
        with psycopg.connect(postgres.superuser_url(), autocommit=True) as admin:
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
            admin.execute(create.format(copy, original, sql.Identifier(OWNER)))
            try:
                yield postgres.url(name)
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(copy))

    def environment(self, *, database_url: str, static_dir: Path) -> dict[str, str]:
        """Return settings for our programs that point to the embedded servers only."""
        settings = {"DATABASE_URL": database_url, "STATIC_DIR": str(static_dir)}
        return self.stack.environment() | settings | {"EMBEDDED_DIR": str(self._directory)}

    @contextmanager
    def our_application(
        self, *, database_url: str, static_dir: Path, settings: dict[str, str] | None = None
    ) -> Iterator[Server]:
        """Run the API in one uvicorn process."""
        environment = self.environment(database_url=database_url, static_dir=static_dir)
        with self.application("app.main:app", environment | (settings or {})) as server:
            yield server

    @contextmanager
    def application(self, name: str, environment: dict[str, str]) -> Iterator[Server]:
        """Run an ASGI application, ours or a peer, in one uvicorn process with fixed options."""
        port = free_port()
        argv = [sys.executable, "-m", "uvicorn", name, "--app-dir", str(BACKEND_DIR)]
        argv += ["--host", LOOPBACK, "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
        argv += ["--no-access-log", "--log-level", "warning"]
        log = self._directory / f"{name.replace(':', '.')}.log"
        with serve(argv, port=port, environment=server_environment(**environment), log=log) as server:
            yield server


def script(name: str) -> Path:
    """Return the path of a program that a wheel installed beside this Python."""
    path = Path(sys.executable).with_name(name)
    if not os.access(path, os.X_OK):
        raise BenchmarkError(f"{name} is not installed: pip install -e '.[bench]'")
    return path
