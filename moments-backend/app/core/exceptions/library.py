from app.core.exceptions.base import (
    ConflictError,
    ExitCode,
    LimitReachedError,
    NotFoundError,
    VideoMomentsError,
)


class VideoNotFoundError(NotFoundError):
    type, title = "video-not-found", "Video not found"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"no video has the id {identifier!r}")


class VideoInTrashError(VideoNotFoundError):
    """The video was deleted and can still be restored; `video_id` distinguishes it from an unknown one."""

    title = "The video is in the trash"

    def __init__(self, identifier: str) -> None:
        super().__init__(identifier)
        self.args = (f"the video {identifier!r} is in the trash",)
        self.remedy = "restore it from the trash, or with: videomoments trash restore ID"
        self.video_id = identifier


class VideoBeingDeletedError(ConflictError):
    """The identifier is taken until the objects and files of a deleted video are removed."""

    type, title, retryable = "video-being-deleted", "The video is being deleted", True

    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"the objects of the deleted video {identifier!r} are still being removed",
            remedy="retry in a minute; a worker must be running",
        )


class TrashChangedError(ConflictError):
    """The number of videos in the trash differs from the one that the client has shown."""

    type, title = "trash-changed", "The trash has changed"

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            f"{expected} videos were expected in the trash, but there are {found}",
            remedy="list the trash again with GET /api/trash, then confirm",
        )


class BulkCountChangedError(ConflictError):
    """The number of selected videos differs from the one that the client has shown."""

    type, title = "bulk-count-changed", "The selection has changed"

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            f"{expected} videos were expected, but the selection has {found}",
            remedy="reload the list, then repeat the action",
        )


class TooManyTagsError(ConflictError):
    type, title = "too-many-tags", "Too many tags"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the video would have more than {limit} tags", remedy="remove some tags first")


class BulkOperationNotFoundError(NotFoundError):
    type, title = "bulk-operation-not-found", "Operation not found"

    def __init__(self, operation_id: str) -> None:
        super().__init__(f"no operation has the id {operation_id!r}")


class BulkOperationStateError(ConflictError):
    """The operation has ended."""

    type, title = "bulk-operation-ended", "The operation has ended"


class MergeNotUndoableError(ConflictError):
    """A video of the merge was deleted for good: its tags and moments exist only in the video kept."""

    type, title = "merge-not-undoable", "The merge cannot be undone"

    def __init__(self) -> None:
        super().__init__(
            "a video of this merge was deleted for good",
            remedy="restore the other videos from the trash, if there are any",
        )


class ThumbnailUnavailableError(NotFoundError):
    """No thumbnail can be made from the local file or the object."""

    type, title = "no-picture", "No thumbnail available"


class StoryboardUnavailableError(NotFoundError):
    """No storyboard can be made from the local file or the object."""

    type, title = "no-storyboard", "No storyboard available"


class TooManyStoryboardsError(LimitReachedError):
    type, title = "too-many-storyboards", "Too many storyboards are being made"

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} storyboards are already being made", remedy="retry in a minute")


class TooManyThumbnailsError(LimitReachedError):
    type, title = "too-many-thumbnails", "Too many thumbnails are being made"

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} thumbnails are already being made", remedy="retry in a few seconds")


class ResultNotFoundError(NotFoundError):
    """The transcript, moment or clip does not exist, at least not yet."""

    type, title = "not-made-yet", "Result not found"

    def __init__(self, what: str, video_id: str) -> None:
        super().__init__(
            f"{video_id!r} has no {what}",
            remedy="start the pipeline with POST /api/generate_moments, or wait until it has finished",
        )


class IdentifierConflictError(ConflictError):
    """Another video has the identifier that a file would get.

    Args:
        details: size and checksum of the file, as far as they are known.
    """

    type, title = "identifier-conflict", "Identifier in use"

    def __init__(self, filename: str, identifier: str, holder: str, *, details: str = "") -> None:
        super().__init__(
            f"identifier {identifier!r} already belongs to {holder}; "
            f"{filename}{f' ({details})' if details else ''} is a different file",
            remedy=f"rename {filename}, or register it under another id with --on-conflict rename",
        )


class BucketConflictError(ConflictError):
    """The video's row names an object outside the configured bucket."""

    type, title = "bucket-conflict", "The video is registered in another bucket"

    def __init__(self, identifier: str, cloud_url: str, bucket: str) -> None:
        super().__init__(
            f"the row of {identifier!r} names {cloud_url}, but the configured bucket is {bucket}",
            remedy="set GCS_BUCKET_NAME to the row's bucket, or move the video here with --repair",
        )


class AlreadyInLibraryError(ConflictError):
    """A video with the same file name and size exists; its content was not compared."""

    type, title = "already-in-library", "This file seems to be in the library already"

    def __init__(self, filename: str, video_id: str) -> None:
        super().__init__(
            f"the video {video_id!r} has the same name and size as {filename}",
            remedy="upload it with force if it is a different video",
        )
        self.video_id = video_id


class SameContentError(ConflictError):
    """A download has the same bytes as a video of the library."""

    type, title = "same-content", "This video is in the library already"

    def __init__(self, source: str, video_id: str, cloud_url: str, *, is_restored: bool = False) -> None:
        restored = "; it was in the trash and has been restored" if is_restored else ""
        super().__init__(
            f"{source} is the video {video_id!r} ({cloud_url}): size and MD5 are equal{restored}",
            remedy=f"use {video_id!r}, or download again with force_download to keep both",
        )
        self.video_id = video_id


class MismatchError(VideoMomentsError):
    """Table, bucket and folder disagree: a missing or different object, or a file without a row."""

    type, title, status, exit_code = "mismatch", "Table, bucket and folder disagree", 409, ExitCode.MISMATCH
