"""The embedded stack as one thing: started, found by the settings, stopped."""

import signal
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
    """The servers of one machine, with their data in `directory`.

    Args:
        directory: made when it is not there; everything the stack keeps is below it.
        bucket: made when it is not there.
        database, redis, storage: which servers to start.
        durable: False for tests, whose data may vanish with the power.
        address: what a second start on the same folder is told to use.

    Start and stop it from one thread, which outlives it.
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
    ) -> None:
        self.home = DataDirectory(directory)
        self._address = address
        # In the order of the start; they end in the opposite order.
        self.servers = list[EmbeddedServer]()
        if database:
            self.servers.append(Postgres(self.home, durable=durable))
        if redis:
            self.servers.append(Valkey(self.home, durable=durable))
        if storage:
            self.servers.append(GcsServer(self.home, bucket=bucket))
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start every server, and tell the settings where they are.

        Raises:
            AlreadyRunningError: another process runs on this folder.
            ConfigurationError: the folder, a user or a wheel is missing, or the disk refuses.
            ServerFailedError: a server does not start. Those that did are stopped again.
        """
        with self.home.mapped_os_errors(), ExitStack() as started:
            started.enter_context(self.home)
            self._heal()
            started.callback(self.home.clear_state)
            for server in self.servers:
                started.callback(server.stop)
                server.start(self._record)
            self.home.write_stack_file(self.environment())
            self._cleanup = started.pop_all()

    def stop(self) -> None:
        """Stop every server in order. A second call changes nothing."""
        self._cleanup.close()

    def environment(self) -> dict[str, str]:
        """The settings that name the servers of this stack."""
        return {name: value for server in self.servers for name, value in server.environment().items()}

    def failure(self) -> ServerFailedError | None:
        """The first server that has ended by itself, if one has."""
        return next((server.failure() for server in self.servers if server.returncode is not None), None)

    def _heal(self) -> None:
        orphans = self.home.recorded_servers()
        for server in self.servers:
            server.clean_up_after_crash(orphans.pop(server.name, None))
        for orphan in orphans.values():  # of a server that this run does not start
            terminate_orphan(orphan, signal.SIGTERM, within=ORPHAN_SECONDS)
        self.home.clear_state()

    def _record(self) -> None:
        running = {server.name: server.identity for server in self.servers}
        self.home.write_state(
            {name: identity for name, identity in running.items() if identity is not None},
            address=self._address,
        )
