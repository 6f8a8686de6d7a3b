from app.core.exceptions.base import ConflictError, LimitReachedError, NotFoundError, VideoMomentsError


class ApiKeyRequiredError(VideoMomentsError):
    """The client is not on this machine, and no key that is safe beyond loopback is configured."""

    type, title, status = "api-key-required", "API key required", 403


class InsufficientScopeError(VideoMomentsError):
    """The key is valid, but its scope does not include the operation."""

    type, title, status = "insufficient-scope", "The API key's scope does not allow this", 403

    def __init__(self, needed: str, actor: str, scope: str) -> None:
        super().__init__(
            f"this request needs the scope {needed!r}, but {actor} has {scope!r}",
            remedy=f"use a key with the scope {needed!r}: videomoments keys create NAME --scope {needed}",
        )
        self.needed = needed


class TooManyFailuresError(LimitReachedError):
    """Too many wrong API keys were received from the client's address."""

    type, title = "too-many-failures", "Too many wrong API keys"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "too many wrong API keys were received from this address",
            remedy=f"try again after {retry_after_seconds} s, or use a session or named key",
        )
        self.retry_after = retry_after_seconds


class KeyNameTakenError(ConflictError):
    """Names identify keys in the audit log, so revoked keys keep theirs."""

    type, title = "key-exists", "An API key has this name"

    def __init__(self, name: str) -> None:
        super().__init__(f"an API key named {name!r} exists, or existed", remedy="choose another name")


class KeyNotFoundError(NotFoundError):
    type, title = "key-not-found", "API key not found"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"no API key is named {name!r}", remedy="list the names with: videomoments keys list"
        )


class SessionStoreError(VideoMomentsError):
    """Redis, which holds the sessions, is unavailable."""

    type, title, retryable = "session-store", "Sessions unavailable", True
