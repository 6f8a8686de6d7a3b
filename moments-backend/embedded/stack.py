"""Starts and stops the embedded servers together and publishes their addresses to the settings."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from app.core.exceptions import ServerFailedError
from embedded.data_dir import DataDirectory
from embedded.gcs import GcsServer
from embedded.postgres import Postgres
from embedded.process_identity import terminate_orphan
from embedded.server import EmbeddedServer
from embedded.valkey import Valkey

ORPHAN_SECONDS = 15


class EmbeddedStack:
    """The embedded servers of one machine.

    Args:
        directory: data directory; created if missing.
        bucket: name of the bucket; created if missing.
        database, redis, storage: which servers to start.
        durable: False for tests, whose data may be lost in a power failure.
        address: URL of the application, named in the error of a second start on the same directory.
        report: receives progress messages of long steps, such as taking over data of an earlier version.

    Start and stop it from one thread that outlives the servers (see `ServerProcess`).
    """

    def __init__(
        self,
        directory: Path,
        *,
        bucket: str,
        database: bool = True,
        redis: bool = True,
        storage: bool = True,
        durable: bool = True,
        address: str | None = None,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.data_dir = DataDirectory(directory, report)
        self._address = address
        # In start order; they are stopped in reverse.
        self.servers = list[EmbeddedServer]()
        if database:
            self.servers.append(Postgres(self.data_dir, durable=durable))
        if redis:
            self.servers.append(Valkey(self.data_dir, durable=durable))
        if storage:
            self.servers.append(GcsServer(self.data_dir, bucket=bucket, durable=durable, report=report))
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start every server and write `stack.env` for the settings.

        Raises:
            AlreadyRunningError: another process uses this directory.
            ConfigurationError: the directory, a user or a wheel is missing, or the disk is full.
            ServerFailedError: a server did not start; those that did are stopped again.
        """
        with self.data_dir.mapped_os_errors(), ExitStack() as started:
            started.enter_context(self.data_dir)
            self._clean_up_after_crash()
            started.callback(self.data_dir.clear_state)
            for server in self.servers:
                started.callback(server.stop)
                server.start(self._record)
            for server in self.servers:  # all processes start meanwhile
                server.wait_until_started(self._record)
            self.data_dir.write_stack_file(self.environment())
            self._cleanup = started.pop_all()

    def stop(self) -> None:
        """Stop every server gracefully. Repeated calls have no effect."""
        self._cleanup.close()

    def environment(self) -> dict[str, str]:
        """Return the settings that point to these servers."""
        return {name: value for server in self.servers for name, value in server.environment().items()}

    def failure(self) -> ServerFailedError | None:
        """Describe the first server that exited unexpectedly; None if all run."""
        return next((server.failure() for server in self.servers if server.returncode is not None), None)

    def _clean_up_after_crash(self) -> None:
        orphans = self.data_dir.recorded_servers()
        for server in self.servers:
            server.clean_up_after_crash(orphans.pop(server.name, None))
        for orphan in orphans.values():  # servers that this run does not start
            terminate_orphan(orphan, signal.SIGTERM, within=ORPHAN_SECONDS)
        self.data_dir.clear_state()

    def _record(self) -> None:
        running = {server.name: server.identity for server in self.servers}
        self.data_dir.write_state(
            {name: identity for name, identity in running.items() if identity is not None},
            address=self._address,
        )
