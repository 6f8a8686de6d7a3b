from app.core.exceptions.base import ConflictError, ExitCode, InvalidRequestError


class OffloadRefusedError(ConflictError):
    """The local original was kept, because nothing proves that the bucket has the same bytes."""

    type, title = "offload-refused", "The local file was kept"


class VideoInUseError(ConflictError):
    """A run or an export reads the local original."""

    type, title, retryable = "video-in-use", "The video is in use", True

    def __init__(self, identifier: str, user: str) -> None:
        super().__init__(
            f"{user} of {identifier!r} is active and may read the local file",
            remedy="retry when it has finished, or cancel it",
        )


class FileConflictError(ConflictError):
    """Another file has the path to which a video is fetched."""

    type, title = "file-conflict", "Another file has this path"

    def __init__(self, identifier: str, path: str, reason: str) -> None:
        super().__init__(
            f"{identifier!r} cannot be fetched to {path}: {reason}",
            remedy=f"move or rename {path}, then retry",
        )


class InvalidPlanError(InvalidRequestError):
    """A plan of `doctor --storage` that is damaged, edited, too old, or for another library."""

    type, title = "invalid-plan", "Invalid plan"


class TooManyRemovalsError(ConflictError):
    """A plan removes a larger share of the library than allowed."""

    type, title, exit_code = "too-many-removals", "The plan removes too much", ExitCode.MISMATCH
