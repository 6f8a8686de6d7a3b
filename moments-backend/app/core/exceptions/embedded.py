from app.core.exceptions.base import ConfigurationError


class AlreadyRunningError(ConfigurationError):
    type, title = "already-running", "The embedded stack is already running"


class ServerFailedError(ConfigurationError):
    """A managed server exited or does not respond. `log` holds the last lines of its output."""

    type, title = "server-failed", "A server failed"

    def __init__(self, cause: str, *, remedy: str | None = None, log: str = "") -> None:
        super().__init__(cause, remedy=remedy)
        self.log = log


class PortTakenError(ConfigurationError):
    type, title = "port-taken", "Port in use"
