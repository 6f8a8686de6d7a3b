"""Servers that hang: they keep their connections and answer nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from embedded.server import EmbeddedServer


@contextmanager
def frozen(server: EmbeddedServer) -> Iterator[None]:
    """The server and its children stand still during the block."""
    assert server.identity is not None
    process = psutil.Process(server.identity.pid)
    processes = [process, *process.children(recursive=True)]
    for each in processes:
        with suppress(psutil.NoSuchProcess):  # a child that was just about to end
            each.suspend()
    try:
        yield
    finally:
        for each in processes:
            with suppress(psutil.NoSuchProcess):
                each.resume()
