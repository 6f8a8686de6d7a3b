from app.core.exceptions.base import ConflictError, LimitReachedError, NotFoundError


class UploadNotFoundError(NotFoundError):
    """The upload never existed, was removed, or has expired."""

    type, title = "upload-not-found", "Upload not found"

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"no upload has the id {upload_id!r}",
            remedy="send the file again; unfinished uploads expire",
        )


class UploadOffsetError(ConflictError):
    """The client sends from another offset than the server has reached."""

    type, title = "upload-offset", "Wrong upload offset"

    def __init__(self, offset: int) -> None:
        super().__init__(
            f"the upload does not continue at byte {offset}",
            remedy="request the offset with HEAD and continue from it",
        )


class UploadStateError(ConflictError):
    type, title = "upload-state", "The upload's state does not allow this"


class UploadBusyError(ConflictError):
    type, title, status, retryable = "upload-busy", "The upload is in use by another request", 423, True

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"another request is writing upload {upload_id!r}", remedy="try again in a few seconds"
        )


class TooManyUploadsError(LimitReachedError):
    type, title, retry_after = "too-many-uploads", "Too many unfinished uploads", 60

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit} uploads are unfinished, the most that may be at once",
            remedy="finish or remove some of them, or raise UPLOAD_MAX_PENDING",
        )
