from app.core.exceptions.base import ConflictError


class TooManyEditsError(ConflictError):
    """Every list of a video's moments reads all of its edits."""

    type, title = "too-many-edits", "Too many edited moments"

    def __init__(self, video_id: str, limit: int) -> None:
        super().__init__(
            f"{video_id!r} has {limit} edited or deleted moments, the most that one video may have",
            remedy="change or restore moments that were edited before",
        )


class NothingToResetError(ConflictError):
    """The moment replaces no other one that can be restored."""

    type, title = "nothing-to-reset", "Nothing to reset"

    def __init__(self, video_id: str, moment_id: str) -> None:
        super().__init__(
            f"moment {moment_id} of {video_id!r} was not trimmed, merged or split, or the moments that it"
            " replaced were deleted for good"
        )


class ChaptersChangedError(ConflictError):
    """The chapters have changed since the version that `If-Match` names."""

    type, title = "chapters-changed", "Chapters changed"

    def __init__(self, video_id: str) -> None:
        super().__init__(
            f"the chapters of {video_id!r} have changed since they were read",
            remedy="read them again and repeat the change",
        )


class TooFewChaptersError(ConflictError):
    """YouTube ignores a chapter list that is too short."""

    type, title = "too-few-chapters", "Too few chapters"

    def __init__(self, video_id: str, count: int, least: int, seconds: float) -> None:
        super().__init__(
            f"{video_id!r} has {count} chapters, but YouTube needs {least} that last at least {seconds:g} s",
            remedy="add chapters, or use GET …/chapters",
        )
