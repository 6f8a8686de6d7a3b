"""The data directory of the embedded servers.

- `lock`: held by the running supervisor; the kernel releases it when that process exits for any reason
- `running.json`: process ids of the supervisor and its servers, for error messages and crash clean-up
- `stack.env`: addresses of the servers, read by the settings; exists only while the servers run
- `ports.json`: ports of the previous run, reused if they are free
- `secrets.json`: passwords generated at the first start
- `postgres/`, `valkey/`, `storage/`: the servers' data
- `logs/`: one file per server

Only its owner can enter the directory, although PostgreSQL and Valkey may run as another user (see
`embedded.privileges`).
"""

import errno
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from boltons.fileutils import atomic_save
from filelock import FileLock, Timeout

from app.core.embedded_settings import RUNNING_FILE, STACK_FILE
from app.core.exceptions import AlreadyRunningError, ConfigurationError
from app.core.files.private_folder import make_private
from embedded.ports import PORTS, free_port, port_is_free
from embedded.process_identity import ProcessIdentity

PRIVATE = 0o600
SPACE_REMEDY = "free some space, or set EMBEDDED_DIR to a directory on another disk"


class DataDirectory:
    """Exclusive access to the data directory, as a context manager.

    Raises:
        AlreadyRunningError: another process holds the lock; the error names that process.
        ConfigurationError: the directory cannot be created or written.
    """

    def __init__(self, directory: Path, report: Callable[[str], None] = lambda _: None) -> None:
        self.directory = directory.absolute()
        self._report = report
        self._lock = FileLock(self.directory / "lock", timeout=0, thread_local=False, fallback_to_soft=False)

    def __enter__(self) -> Self:
        with self.mapped_os_errors():
            if message := make_private(self.directory):
                self._report(message)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout:
                raise self._already_running() from None
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @contextmanager
    def mapped_os_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            writable = f"make {self.directory} writable, or set EMBEDDED_DIR to another directory"
            path = error.filename2 or error.filename or self.directory
            raise ConfigurationError(
                f"cannot use {path} for the embedded servers: {error.strerror}",
                remedy=SPACE_REMEDY if full else writable,
            ) from error

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def stack_file(self) -> Path:
        return self.directory / STACK_FILE

    def has_secret(self, name: str) -> bool:
        return name in self._read("secrets.json")

    def secret(self, name: str) -> str:
        """Return the password called `name`, generating it on first use."""
        kept = self._read("secrets.json")
        if name not in kept:
            kept[name] = secrets.token_urlsafe(24)
            self._write("secrets.json", kept)
        return str(kept[name])

    def delete_secret(self, name: str) -> None:
        kept = self._read("secrets.json")
        kept.pop(name, None)
        self._write("secrets.json", kept)

    def port(self, server: str) -> int:
        """Return the port of the previous run if it is still free, else a new free port."""
        kept = self._read("ports.json")
        port = kept.get(server)
        if not isinstance(port, int) or port not in PORTS or not port_is_free(port):
            kept[server] = port = free_port()
            self._write("ports.json", kept)
        return port

    def write_state(self, servers: dict[str, ProcessIdentity], *, address: str | None) -> None:
        self._write(
            RUNNING_FILE,
            {
                "supervisor": ProcessIdentity.of(os.getpid()).as_json(),
                "address": address,
                "servers": {name: identity.as_json() for name, identity in servers.items()},
            },
        )

    def recorded_servers(self) -> dict[str, ProcessIdentity]:
        """Return the servers of a previous run that did not shut down cleanly."""
        servers = self._read(RUNNING_FILE).get("servers")
        found = servers.items() if isinstance(servers, dict) else ()
        read = {name: ProcessIdentity.read(value) for name, value in found}
        return {name: identity for name, identity in read.items() if identity is not None}

    def clear_state(self) -> None:
        """Delete the files that exist only while the servers run."""
        self.stack_file.unlink(missing_ok=True)
        (self.directory / RUNNING_FILE).unlink(missing_ok=True)

    def write_stack_file(self, environment: dict[str, str]) -> None:
        lines = [f"{name}='{_escaped(value)}'\n" for name, value in environment.items()]
        write_private(self.stack_file, "".join(lines))

    def _already_running(self) -> AlreadyRunningError:
        running = self._read(RUNNING_FILE)
        supervisor = ProcessIdentity.read(running.get("supervisor"))
        process = f" (process {supervisor.pid})" if supervisor else ""
        address = f" at {running['address']}" if running.get("address") else ""
        return AlreadyRunningError(
            f"already running{process}{address}",
            remedy="use the running one, or stop it with Ctrl-C in its terminal",
        )

    def _read(self, name: str) -> dict[str, Any]:
        try:
            value = json.loads((self.directory / name).read_text())
        except (FileNotFoundError, ValueError):  # never written, or damaged
            return {}
        return value if isinstance(value, dict) else {}

    def _write(self, name: str, value: dict[str, Any]) -> None:
        write_private(self.directory / name, json.dumps(value, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace `path` atomically with mode 0600."""
    with atomic_save(str(path), text_mode=True, file_perms=PRIVATE) as file:
        file.write(text)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
