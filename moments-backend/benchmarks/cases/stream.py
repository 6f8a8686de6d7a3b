"""Random range requests of many clients in large videos."""

from dataclasses import dataclass

from benchmarks import library
from benchmarks.load import Load, highest_share, put_load
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.peers.nginx import INTERNAL_PREFIX, nginx
from benchmarks.processes import Server
from benchmarks.workbench import Workbench

CLIENTS = 64
GENERATORS = 2
"""nginx takes less time than its clients, so that one process of clients would be the bottleneck."""

FILES = 4
RANGE_BYTES = library.MIB
PEER = "nginx with sendfile, one worker"


@dataclass(frozen=True, slots=True)
class Streamed:
    """Load and the processor time of the servers."""

    load: Load
    cpu_seconds: float

    @property
    def speed(self) -> float:
        return self.load.megabytes_per_second

    @property
    def cpu_milliseconds(self) -> float:
        """Processor time per gigabyte."""
        return self.cpu_seconds * 1e12 / self.load.body_bytes


@dataclass(frozen=True, slots=True)
class Contender:
    """Paths to request, and the servers involved: the requested one first, then those behind it."""

    paths: list[str]
    servers: tuple[Server, ...]

    def stream(self, *, size: int, seconds: float) -> Streamed:
        before = sum(server.cpu_seconds() for server in self.servers)
        load = put_load(
            self.servers[0],
            self.paths,
            clients=CLIENTS,
            seconds=seconds,
            sizes=[size] * len(self.paths),
            range_bytes=RANGE_BYTES,
            processes=GENERATORS,
        )
        return Streamed(load, sum(server.cpu_seconds() for server in self.servers) - before)


def measure(bench: Workbench) -> list[Measurement]:
    size = bench.size(256, quick=4) * library.MIB
    seconds = bench.size(4.0, quick=0.3)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, 0)
    files = library.make_noise(static_dir / "videos", count=FILES, size=size)
    ours = [f"/api/videos/{file.stem}/stream" for file in files]
    theirs = [f"/videos/{file.name}" for file in files]
    behind_nginx = {"X_ACCEL_REDIRECT_PREFIX": INTERNAL_PREFIX}
    with (
        bench.database() as url,
        bench.our_application(database_url=url, static_dir=static_dir) as alone,
        bench.our_application(database_url=url, static_dir=static_dir, settings=behind_nginx) as behind,
        nginx(bench.folder("nginx"), static_dir / "videos", behind) as front,
    ):
        contenders = [
            Contender(ours, (alone,)),
            Contender(ours, (front, behind)),
            Contender(theirs, (front,)),
        ]

        def stream_from(contender: Contender) -> Streamed:
            return contender.stream(size=size, seconds=seconds)

        for contender in contenders:
            stream_from(contender)
        rounds = take_turns(
            bench.rounds, *(lambda item=contender: stream_from(item) for contender in contenders)
        )
    what = f"random 1 MiB ranges of {FILES} × {size // library.MIB} MiB, {CLIENTS} clients"
    measurements = []
    for index, setup, limit in ((0, "alone", 0.45), (1, "behind nginx with `X-Accel-Redirect`", 0.55)):
        pairs = [(contended[index], contended[-1]) for contended in rounds]
        measurements += [
            Measurement(
                what=f"{what}, {setup}",
                peer_name=PEER,
                unit="MB/s",
                pairs=[(mine.speed, nginx.speed) for mine, nginx in pairs],
                target=Target(Bound.AT_LEAST, limit),
                note=highest_share([streamed.load for pair in pairs for streamed in pair]),
            ),
            Measurement(
                what=f"the same, processor time of the server, {setup}",
                peer_name=PEER,
                unit="ms/GB",
                pairs=[(mine.cpu_milliseconds, nginx.cpu_milliseconds) for mine, nginx in pairs],
            ),
        ]
    return measurements
