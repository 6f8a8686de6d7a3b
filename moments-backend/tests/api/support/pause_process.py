"""Hanging servers: they keep their connections and do not respond."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from embedded.server import EmbeddedServer


@contextmanager
def frozen(server: EmbeddedServer) -> Iterator[None]:
    """Suspend the server and its children during the block."""
    assert server.identity is not None
    process = psutil.Process(server.identity.pid)
    processes = [process, *process.children(recursive=True)]
    for each in processes:
        with suppress(psutil.NoSuchProcess):  # a child that has just ended
            each.suspend()
    try:
        yield
    finally:
        for each in processes:
            with suppress(psutil.NoSuchProcess):
                each.resume()
