"""Many players that jump about in long films."""

from benchmarks import library
from benchmarks.load import Load, highest_share, put_load
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.peers.nginx import INTERNAL_PREFIX, nginx
from benchmarks.processes import Server
from benchmarks.workbench import Workbench

CLIENTS = 64
RANGE_BYTES = library.MIB


def measure(bench: Workbench) -> list[Measurement]:
    size = bench.size(256, quick=4) * library.MIB
    count = 4
    seconds = bench.size(4.0, quick=0.3)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, 0)
    files = library.make_noise(static_dir / "videos", count=count, size=size)
    own_paths = [f"/api/videos/{file.stem}/stream" for file in files]
    file_paths = [f"/videos/{file.name}" for file in files]
    behind_nginx = {"X_ACCEL_REDIRECT_PREFIX": INTERNAL_PREFIX}

    def load(server: Server, paths: list[str]) -> Load:
        return put_load(
            server,
            paths,
            clients=CLIENTS,
            seconds=seconds,
            sizes=[size] * count,
            range_bytes=RANGE_BYTES,
        )

    with (
        bench.database() as url,
        bench.our_application(database_url=url, static_dir=static_dir) as alone,
        bench.our_application(database_url=url, static_dir=static_dir, settings=behind_nginx) as behind,
        nginx(bench.folder("nginx"), static_dir / "videos", behind) as front,
    ):
        contenders = ((alone, own_paths), (front, own_paths), (front, file_paths))
        for contender in contenders:
            load(*contender)
        rounds = take_turns(bench.rounds, *(lambda each=each: load(*each) for each in contenders))
    what = f"random 1 MiB ranges of {count} × {size // library.MIB} MiB, {CLIENTS} clients"
    return [
        Measurement(
            what=f"{what}, {how}",
            peer_name="nginx with sendfile, one worker",
            unit="MB/s",
            pairs=[(loads[index].megabytes_per_second, loads[-1].megabytes_per_second) for loads in rounds],
            target=Target(Bound.AT_LEAST, limit),
            note=highest_share([load for loads in rounds for load in (loads[index], loads[-1])]),
        )
        for index, (how, limit) in enumerate((("alone", 0.4), ("behind nginx with `X-Accel-Redirect`", 0.55)))
    ]
