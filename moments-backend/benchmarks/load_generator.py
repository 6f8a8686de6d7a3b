"""Load generator: HTTP/1.1 clients in one process, with as little overhead as possible in Python.

Reads a job from stdin and writes the result to stdout, both as JSON; `load.py` starts it. Each connection
sends a request, reads the response to its last byte and sends the next. Bodies are discarded.
"""

import json
import random
import selectors
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

BUFFER_BYTES = 256 * 1024
STALL_SECONDS = 30


class ResponseParser:
    """Incremental parser of one response."""

    def __init__(self) -> None:
        self.status = 0
        self.body_bytes = 0
        self._head: bytearray | None = bytearray()
        self._chunked = False
        self._line = bytearray()
        self._remaining = 0
        """Bytes to the end of the body, or of the chunk including its line break."""

    def feed(self, block: memoryview) -> bool:
        """Consume a block; return whether the response is complete."""
        if self._head is not None:
            self._head += block
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return False
            rest = bytes(self._head[end + 4 :])
            self._read_head(bytes(self._head[:end]))
            self._head = None
            return self.feed(memoryview(rest))
        return self._feed_chunks(block) if self._chunked else self._feed_plain(block)

    def _read_head(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self._remaining = 0 if self._chunked else int(headers["content-length"])

    def _feed_plain(self, block: memoryview) -> bool:
        self.body_bytes += len(block)
        self._remaining -= len(block)
        return self._remaining == 0

    def _feed_chunks(self, block: memoryview) -> bool:
        """Consume chunked data; a chunk of size zero ends the body. Trailers are not supported."""
        start = 0
        while start < len(block):
            if self._remaining:
                taken = min(self._remaining, len(block) - start)
                self._remaining -= taken
                start += taken
                continue
            self._line.append(block[start])
            start += 1
            if self._line.endswith(b"\r\n"):
                size = int(self._line[:-2] or b"0", 16)
                if self._line == b"\r\n":
                    return True
                self._line.clear()
                if size:
                    self.body_bytes += size
                    self._remaining = size + 2
        return False


class Client:
    """Keep-alive connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.response = ResponseParser()
        self.name = ""
        self.sent_at = 0.0

    def send(self, name: str, request: bytes) -> None:
        self.name, self.response, self.sent_at = name, ResponseParser(), time.perf_counter()
        self.socket.sendall(request)


def requests(job: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield requests for the targets in turn, endlessly; random ranges of targets with a size."""
    source = random.Random(job["seed"])
    while True:
        for target in job["targets"]:
            path, size = target["path"], target["size"]
            lines = [f"GET {path} HTTP/1.1", f"Host: {job['host']}:{job['port']}", "Accept: */*"]
            if size:
                first = source.randrange(size - job["range_bytes"] + 1)
                lines.append(f"Range: bytes={first}-{first + job['range_bytes'] - 1}")
            yield path, "\r\n".join([*lines, "", ""]).encode()


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Send requests for the job's `seconds`, then wait for the outstanding responses."""
    expected = 206 if job["range_bytes"] else 200
    following = requests(job)
    clients = [Client((job["host"], job["port"])) for _ in range(job["clients"])]
    poll = selectors.DefaultSelector()
    buffer = memoryview(bytearray(BUFFER_BYTES))
    latencies = defaultdict[str, list[float]](list)
    body_bytes, cpu_before, started = 0, time.process_time(), time.perf_counter()
    deadline = started + job["seconds"]
    for client in clients:
        poll.register(client.socket, selectors.EVENT_READ, client)
        client.send(*next(following))
    while poll.get_map():
        ready = poll.select(STALL_SECONDS)
        if not ready:
            raise TimeoutError(f"no data received for {STALL_SECONDS} s")
        for key, _ in ready:
            client = key.data
            count = client.socket.recv_into(buffer)
            if count == 0:
                raise ConnectionError(
                    f"the server closed the connection after {client.response.body_bytes} bytes"
                )
            if not client.response.feed(buffer[:count]):
                continue
            now = time.perf_counter()
            if client.response.status != expected:
                raise ValueError(f"{client.name} returned {client.response.status}")
            latencies[client.name].append(now - client.sent_at)
            body_bytes += client.response.body_bytes
            if now < deadline:
                client.send(*next(following))
            else:
                poll.unregister(client.socket)
                client.socket.close()
    return {
        "latencies": latencies,
        "body_bytes": body_bytes,
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu_before,
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
