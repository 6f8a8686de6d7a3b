from app.core.exceptions.base import ConflictError, LimitReachedError, NotFoundError, VideoMomentsError


class ExportNotFoundError(NotFoundError):
    type, title = "export-not-found", "Export not found"

    def __init__(self, export_id: str) -> None:
        super().__init__(f"no export has the id {export_id!r}")


class ExportFileMissingError(NotFoundError):
    """The export is complete, and the bucket does not contain its file."""

    type, title = "export-file-missing", "The export's file is missing"

    def __init__(self, export_id: str, url: str) -> None:
        super().__init__(
            f"{url} does not exist", remedy=f"make the file again: POST /api/exports/{export_id}/retry"
        )


class ExportStateError(ConflictError):
    type, title = "export-state", "The export's state does not allow this"


class ExportNotReadyError(ConflictError):
    """The export is queued or processing."""

    type, title, retryable, retry_after = "export-not-ready", "The export is not ready", True, 2


class CaptionsUnavailableError(ConflictError):
    """Captions were requested of a video without a transcript."""

    type, title = "no-transcript", "The video has no transcript"

    def __init__(self, video_id: str) -> None:
        super().__init__(
            f"{video_id!r} has no transcript, so the export cannot have captions",
            remedy="transcribe the video first with POST /api/generate_moments, or set captions to none",
        )


class ExportSourceReplacedError(ConflictError):
    type, title, retryable = "export-source-replaced", "The original was replaced", True

    def __init__(self, video_id: str) -> None:
        super().__init__(
            f"the original of {video_id!r} was replaced while it was exported", remedy="retry the export"
        )


class ExportQueueFullError(LimitReachedError):
    type, title, retry_after = "export-queue-full", "The export queue is full", 60

    def __init__(self, limit: int, wanted: int) -> None:
        super().__init__(
            f"{wanted} exports would be queued or active, and the limit is {limit}",
            remedy="wait until some have finished, cancel some, or raise EXPORT_MAX_QUEUED",
        )


class ExportOwnershipLostError(VideoMomentsError):
    """Another worker took the export over, or it was deleted; nothing was recorded."""

    type, title = "lost-export", "Another worker took the export over"


class ExportAbandonedError(VideoMomentsError):
    """The export's workers died repeatedly."""

    type, title = "export-abandoned", "Export abandoned"
