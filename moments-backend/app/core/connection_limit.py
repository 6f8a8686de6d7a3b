"""A limit on open connections that keeps descriptors for files, the database and child processes."""

import resource
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

MAX_DESCRIPTORS = 16_384
"""Programs that close all descriptors one by one get slow with more."""
MAX_CONNECTIONS = 4096
RESERVED_DESCRIPTORS = 128
DESCRIPTORS_PER_CONNECTION = 2
"""A request can open a file, or a connection to the bucket, beside its own."""
STALLED_SECONDS = 10.0
SCAN_INTERVAL_SECONDS = 0.25


class Connection(Protocol):
    """A connection that can be closed to make room for another one."""

    def drop(self) -> None:
        """Close the connection at once."""

    def stalled_since(self) -> float | None:
        """Return the time (`time.monotonic`) since when the peer sends or takes no bytes, or None."""


class ConnectionLimiter:
    """Finds the connection to close when there are too many.

    Connections with half a request head go first, the oldest before others: a client in good faith sends a
    head at once. Idle connections follow, whose clients reconnect, and then peers that stopped in the middle
    of a body or response. Addresses have no limit, because the clients of a proxy share one.
    """

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.heads: dict[Connection, None] = {}
        """Connections with an incomplete request head, oldest first."""
        self.idle: dict[Connection, None] = {}
        """Connections between two requests, oldest first."""
        self._next_scan = 0.0

    def forget(self, connection: Connection) -> None:
        self.heads.pop(connection, None)
        self.idle.pop(connection, None)

    def make_room(self, connections: Iterable[Connection]) -> bool:
        """Close one connection; return False if all of them are in use."""
        for group in (self.heads, self.idle):
            for victim in group:
                victim.drop()
                return True
        stalled = self._stalled(connections)
        if stalled is None:
            return False
        stalled.drop()
        return True

    def _stalled(self, connections: Iterable[Connection]) -> Connection | None:
        """Return the connection that has stalled for the longest time."""
        now = time.monotonic()
        if now < self._next_scan:
            return None
        found: Connection | None = None
        oldest = now - STALLED_SECONDS
        for connection in connections:
            since = connection.stalled_since()
            if since is not None and since <= oldest:
                found, oldest = connection, since
        if found is None:  # a scan of all connections for each new one would be an attack of its own
            self._next_scan = now + SCAN_INTERVAL_SECONDS
        return found


def connections_within_descriptors() -> int:
    """Raise the limit on descriptors as far as allowed, and return the number of connections that fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MAX_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # macOS allows fewer than its hard limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    room = (soft - RESERVED_DESCRIPTORS) // DESCRIPTORS_PER_CONNECTION
    return max(1, min(room, MAX_CONNECTIONS))
