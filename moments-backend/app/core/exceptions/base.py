"""The root of the error tree, and the errors that belong to no single area."""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    MISMATCH = 4
    INTERRUPTED = 130


PROBLEM_TYPE_PREFIX = "urn:videomoments:error:"
"""Prefix of the `type` in problem details."""


class VideoMomentsError(Exception):
    """Base of all errors that a user can see.

    `str(error)` is the cause in one line; `remedy` is an instruction that may solve it, by default the
    class's. `retryable` states whether the same request can succeed later.
    """

    type: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"
    status: ClassVar[int] = 503
    exit_code: ClassVar[ExitCode] = ExitCode.SOME_FAILED
    retryable: ClassVar[bool] = False
    default_remedy: ClassVar[str | None] = None
    retry_after: int | None = None
    """Seconds for the header `Retry-After`, if not the default."""

    def __init__(self, cause: str, *, remedy: str | None = None) -> None:
        super().__init__(" ".join(cause.split()))
        self.remedy = self.default_remedy if remedy is None else remedy

    @property
    def cause(self) -> str:
        return str(self)


class InternalError(VideoMomentsError):
    """A bug in this program; the traceback is in the log."""

    def __init__(
        self, cause: str = "unexpected error; see the server's log", *, remedy: str | None = None
    ) -> None:
        super().__init__(cause, remedy=remedy)


class InvalidRequestError(VideoMomentsError):
    type, title, status, exit_code = "invalid-request", "Invalid request", 422, ExitCode.USAGE


class UnauthorizedError(VideoMomentsError):
    type, title, status = "unauthorized", "Missing or invalid API key", 401
    challenge = "Bearer"
    """Value of the header `WWW-Authenticate`."""


class NotFoundError(VideoMomentsError):
    type, title, status = "not-found", "Not found", 404


class ConflictError(VideoMomentsError):
    type, title, status = "conflict", "Conflict with an existing resource", 409


class LimitReachedError(VideoMomentsError):
    """A limit on waiting work or open connections; the same request can succeed later."""

    type, title, status, retryable = "limit-reached", "Limit reached", 429, True


class StoredLimitError(LimitReachedError):
    """A limit on what users create and keep; it stays reached until they delete something."""

    type, title, retryable = "stored-limit-reached", "Limit reached", False
    things = "entries"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the limit of {limit} {self.things} is reached", remedy="delete one that you do not need"
        )


class ConfigurationError(VideoMomentsError):
    """A missing or invalid setting or program, found before any work starts."""

    type, title, exit_code = "configuration", "Invalid configuration", ExitCode.CONFIGURATION


class ToolMissingError(ConfigurationError):
    type, title = "tool-missing", "Required program not found"


class CancelledByUserError(VideoMomentsError):
    """Raised inside work that its user cancelled; nothing of that work was recorded."""

    type, title, retryable, exit_code = "interrupted", "Cancelled", True, ExitCode.INTERRUPTED
