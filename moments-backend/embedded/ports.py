"""TCP ports of this machine."""

import socket

LOOPBACK = "127.0.0.1"
PORTS = range(1, 2**16)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Return whether a server can listen on this loopback port now."""
    return bind_error(LOOPBACK, port) is None


def bind_error(host: str, port: int) -> OSError | None:
    """Return the error a server would get when binding to this address; None if it could bind."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
