from app.core.exceptions.base import ConflictError, InvalidRequestError

RESET_REMEDY = "reset the transcript to the result of the last run, or import an earlier version"


class TranscriptChangedError(ConflictError):
    """The transcript is not the one that the request was made for."""

    type, title = "transcript-changed", "Transcript changed"

    def __init__(
        self,
        video_id: str,
        difference: str,
        *,
        remedy: str = "read the transcript again and repeat the change",
    ) -> None:
        super().__init__(
            f"the transcript of {video_id!r} has changed since it was read: {difference}", remedy=remedy
        )


class NothingToUndoError(ConflictError):
    type, title = "nothing-to-undo", "Nothing to undo"

    def __init__(self, video_id: str) -> None:
        super().__init__(f"{video_id!r} has no transcript change that can be undone", remedy=RESET_REMEDY)


class InvalidCaptionsError(InvalidRequestError):
    """A caption file or transcript that cannot be read.

    Args:
        line: number of the line with the problem, from 1; None if the whole file is unusable.
    """

    type, title = "invalid-captions", "Captions cannot be read"

    def __init__(self, problem: str, *, line: int | None = None, remedy: str | None = None) -> None:
        super().__init__(f"line {line}: {problem}" if line else problem, remedy=remedy)
        self.line = line
