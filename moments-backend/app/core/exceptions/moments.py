from app.core.exceptions.base import ConflictError


class TooManyEditsError(ConflictError):
    """Every list of a video's moments reads all of its edits."""

    type, title = "too-many-edits", "Too many edited moments"

    def __init__(self, video_id: str, limit: int) -> None:
        super().__init__(
            f"{video_id!r} has {limit} edited or deleted moments, the most that one video may have",
            remedy="change or restore moments that were edited before",
        )
