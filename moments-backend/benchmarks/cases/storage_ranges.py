"""Random range requests by signed link to the embedded storage server."""

import asyncio

from benchmarks import library
from benchmarks.cases.stream import CLIENTS, FILES, PEER, Contender, Streamed
from benchmarks.load import highest_share
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.peers.nginx import nginx
from benchmarks.storage import storage_server
from benchmarks.workbench import Workbench


def measure(bench: Workbench) -> list[Measurement]:
    size = bench.size(256, quick=4) * library.MIB
    seconds = bench.size(4.0, quick=0.3)
    videos = bench.folder("videos")
    files = library.make_noise(videos, count=FILES, size=size)
    with storage_server(bench) as storage, nginx(bench.folder("nginx"), videos, storage.server) as front:
        by_link = Contender(asyncio.run(storage.upload(files)), (storage.server,))
        by_nginx = Contender([f"/videos/{file.name}" for file in files], (front,))

        def stream_from(contender: Contender) -> Streamed:
            return contender.stream(size=size, seconds=seconds)

        for contender in (by_link, by_nginx):
            stream_from(contender)
        rounds = take_turns(bench.rounds, lambda: stream_from(by_link), lambda: stream_from(by_nginx))
    return [
        Measurement(
            what=f"random 1 MiB ranges by signed link, {FILES} files, {CLIENTS} clients",
            peer_name=PEER,
            unit="MB/s",
            pairs=[(mine.speed, peer.speed) for mine, peer in rounds],
            target=Target(Bound.AT_LEAST, 0.25),
            note=highest_share([streamed.load for pair in rounds for streamed in pair]),
        )
    ]
