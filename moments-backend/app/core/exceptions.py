"""Every error that a user can meet, as one tree.

    VideoMomentsError
    ├── InvalidRequestError                422   a value that cannot be served
    ├── UnauthorizedError                  401   no key, or a wrong one
    ├── NotFoundError                      404
    │   ├── VideoNotFoundError
    │   ├── ThumbnailUnavailableError                       no thumbnail can be made
    │   ├── RunNotFoundError                           the pipeline never ran for this video
    │   ├── ResultNotFoundError                      no transcript, moments or clip so far
    │   └── UploadNotFoundError                  it never was, has ended long ago, or was removed
    ├── ConflictError                      409   the name is taken
    │   ├── IdentifierConflictError              another file of this name is registered
    │   ├── BucketConflictError                  the row names another bucket
    │   ├── RunInProgressError                   one run per video at a time
    │   ├── RunStateError                        cancel or retry of a run that cannot be
    │   ├── AlreadyInLibraryError                a file of this name and size is registered
    │   ├── UploadOffsetError                    the client goes on at another byte than the server has
    │   ├── UploadStateError                     the upload is not in a state for this
    │   └── UploadBusyError                423   another request is writing this upload
    ├── MediaError                         422   the file is no video we can read
    │   ├── EmptyFileError
    │   ├── NotAVideoError
    │   │   └── TruncatedFileError               its end is missing
    │   ├── UnusableNameError                    a file name that cannot be kept
    │   └── NoAudioError                         no audio stream, or an empty one
    ├── LocalFileError                     503   the disk: unreadable, vanished, changed, full
    │   ├── LocalFileNotFoundError
    │   ├── FileUnreadableError
    │   ├── FileChangedError
    │   ├── CorruptFileError                     a file of ours does not hold what it should
    │   └── DiskFullError
    ├── FFmpegError                     503   FFmpeg or ffprobe did not do its work
    │   └── FFmpegTimeoutError
    ├── ConfigurationError                 503   found before the work begins
    │   ├── ToolMissingError
    │   ├── AlreadyRunningError                  another start holds the embedded stack
    │   ├── ServerFailedError                    a server that we start does not run
    │   └── PortTakenError
    ├── StorageError                       503   Google Cloud Storage
    │   ├── StorageCredentialsError
    │   ├── StoragePermissionError
    │   ├── BucketNotFoundError
    │   ├── ObjectNotFoundError            404
    │   ├── ObjectChangedError                   another writer was there first
    │   ├── UploadCorruptedError
    │   ├── DownloadCorruptedError
    │   ├── UploadStalledError
    │   └── StorageUnavailableError
    ├── DatabaseError                      503   PostgreSQL
    │   ├── DatabaseUnavailableError
    │   └── SchemaMissingError
    ├── DownloadError                      422   the address yields no video
    │   ├── BlockedAddressError                  it leads into the inside network
    │   ├── SourceRejectedError                   the other side said no: 401, 403, 404, 410 …
    │   ├── SourceUnavailableError               the other side is away, for now
    │   ├── IncompleteDownloadError              it stopped before its end
    │   ├── TooLargeError                        more bytes than the settings allow
    │   └── SiteError                            yt-dlp could not fetch it; its words are the cause
    ├── EngineError                        503   transcription or moments
    │   ├── ModelMissingError                    the model is not on this machine
    │   ├── ModelUnavailableError                its server is away or busy
    │   ├── ModelRequestRejectedError                    its server said no: key, quota, unknown model
    │   └── InvalidModelResponseError                     its answer is unusable, twice
    ├── StageError                         503   a stage of the pipeline
    │   ├── StageTimeoutError
    │   ├── ClipsFailedError                     some clips could not be made or stored
    │   ├── UnexpectedFaultError                 a fault of this program
    │   ├── RunOwnershipLostError                         another worker has taken the run over
    │   └── RunAbandonedError                    it ended its worker again and again
    ├── LiveStatusError                    503   Redis, where a request cannot do without it
    ├── MismatchError                            table, bucket and folder do not agree
    └── CancelledByUserError                     the user pressed Ctrl-C

An error carries its cause in words, what to do about it, the HTTP status, the exit code of a command that
ends on it, and whether trying again later can help. One handler turns it into `application/problem+json`
(`app/api/error_handlers.py`), one function into an exit code (`cli/errors.py`).
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    MISMATCH = 4
    INTERRUPTED = 130


class VideoMomentsError(Exception):
    """The root. `str(error)` is the cause in one line; `remedy` says what to do about it."""

    type: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 503
    exit_code: ClassVar[ExitCode] = ExitCode.SOME_FAILED
    retryable: ClassVar[bool] = False

    def __init__(self, cause: str, *, remedy: str | None = None) -> None:
        super().__init__(" ".join(cause.split()))
        self.remedy = remedy

    @property
    def cause(self) -> str:
        return str(self)


class InvalidRequestError(VideoMomentsError):
    type, title, status, exit_code = "invalid-request", "The request is not valid", 422, ExitCode.USAGE


class UnauthorizedError(VideoMomentsError):
    type, title, status = "unauthorized", "The API key is missing or wrong", 401


class NotFoundError(VideoMomentsError):
    type, title, status = "not-found", "There is no such thing", 404


class VideoNotFoundError(NotFoundError):
    type, title = "video-not-found", "There is no such video"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"no video has the id {identifier!r}")
        self.identifier = identifier


class ThumbnailUnavailableError(NotFoundError):
    """Neither the local file nor the object yields a picture."""

    type, title = "no-picture", "The video has no picture"


class RunNotFoundError(NotFoundError):
    type, title = "no-run", "The pipeline has not run for this video"

    def __init__(self, video_id: str) -> None:
        super().__init__(
            f"the pipeline has not run for {video_id!r}", remedy="start it with POST /api/generate_moments"
        )


class ResultNotFoundError(NotFoundError):
    """The video may be there; what is asked for was not made of it, or not yet."""

    type, title = "not-made-yet", "It has not been made yet"

    def __init__(self, what: str, video_id: str) -> None:
        super().__init__(
            f"there is no {what} of {video_id!r}",
            remedy="start the pipeline with POST /api/generate_moments, or wait until it has ended",
        )


class UploadNotFoundError(NotFoundError):
    type, title = "upload-not-found", "There is no such upload"

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"no upload has the id {upload_id!r}",
            remedy="send the file again; unfinished uploads end in time",
        )


class ConflictError(VideoMomentsError):
    type, title, status = "conflict", "The name is taken", 409


class IdentifierConflictError(ConflictError):
    """Two files whose names differ only in their ending want one identifier."""

    type, title = "identifier-conflict", "Another file holds this identifier"

    def __init__(self, filename: str, identifier: str, holder: str) -> None:
        super().__init__(
            f"identifier {identifier!r} already belongs to {holder}",
            remedy=f"rename {filename} and run again",
        )
        self.identifier = identifier
        self.holder = holder


class BucketConflictError(ConflictError):
    """The row of this video names an object in a bucket that is not the configured one."""

    type, title = "bucket-conflict", "The video is registered in another bucket"

    def __init__(self, identifier: str, cloud_url: str, bucket: str) -> None:
        super().__init__(
            f"the row of {identifier!r} names {cloud_url}, but the configured bucket is {bucket}",
            remedy="set GCS_BUCKET_NAME to the row's bucket, or move the video here with --repair",
        )
        self.identifier = identifier
        self.cloud_url = cloud_url


class RunInProgressError(ConflictError):
    """One run per video at a time."""

    type, title, retryable = "run-in-progress", "The pipeline is at work on this video", True

    def __init__(self, video_id: str, request_id: str) -> None:
        super().__init__(
            f"run {request_id} of {video_id!r} has not ended yet", remedy="wait until it has, or cancel it"
        )
        self.video_id = video_id
        self.request_id = request_id


class RunStateError(ConflictError):
    type, title = "run-state", "The run is not in a state for this"


class AlreadyInLibraryError(ConflictError):
    """Judged by name and size alone, before a byte is sent."""

    type, title = "already-in-library", "The library seems to have this file"

    def __init__(self, filename: str, video_id: str) -> None:
        super().__init__(
            f"the video {video_id!r} has the name and the size of {filename}",
            remedy="send it with force if it is another one",
        )
        self.video_id = video_id


class UploadOffsetError(ConflictError):
    type, title = "upload-offset", "The upload goes on at another byte"

    def __init__(self, offset: int) -> None:
        super().__init__(f"it does not go on at byte {offset}", remedy="ask with HEAD, and go on there")


class UploadStateError(ConflictError):
    type, title = "upload-state", "The upload is not in a state for this"


class UploadBusyError(ConflictError):
    """One request at a time writes an upload."""

    type, title, status, retryable = "upload-busy", "Another request is writing this upload", 423, True

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"upload {upload_id!r} is being written", remedy="try again in a few seconds")


class MediaError(VideoMomentsError):
    type, title, status = "unusable-media", "The file cannot be used", 422


class EmptyFileError(MediaError):
    type, title = "empty-file", "The file is empty"


class NotAVideoError(MediaError):
    type, title = "not-a-video", "The file is not a video"


class TruncatedFileError(NotAVideoError):
    """The container says that it is longer than the file."""

    type, title = "truncated-file", "The end of the file is missing"

    def __init__(self, name: str, size: int, expected: int) -> None:
        super().__init__(
            f"{name} is cut short: it has {size} bytes, and should have {expected}",
            remedy="replace it by a whole copy; is it still being copied?",
        )


class UnusableNameError(MediaError):
    type, title = "unusable-name", "The file name cannot be kept"


class NoAudioError(MediaError):
    """There is nothing to hear, which is no fault of the file."""

    type, title = "no-sound", "The video has no sound"


class LocalFileError(VideoMomentsError):
    type, title, retryable = "local-file", "A file on this machine cannot be used", True


class LocalFileNotFoundError(LocalFileError):
    type, title = "file-vanished", "The file is gone"


class FileUnreadableError(LocalFileError):
    type, title = "file-unreadable", "The file cannot be read"


class FileChangedError(LocalFileError):
    type, title = "file-changed", "The file changed while it was read"


class CorruptFileError(LocalFileError):
    type, title, retryable = "damaged-file", "A file of the library is damaged", False


class DiskFullError(LocalFileError):
    type, title = "disk-full", "The disk is full"


class FFmpegError(VideoMomentsError):
    """The program failed, which says nothing on the file: it crashed, was killed or lost its connection."""

    type, title, retryable = "media-tool", "FFmpeg or ffprobe did not do its work", True


class FFmpegTimeoutError(FFmpegError):
    type, title = "media-tool-timeout", "FFmpeg or ffprobe took too long"

    def __init__(
        self,
        program: str,
        seconds: float,
        *,
        remedy: str = "try again; raise FFPROBE_TIMEOUT_SECONDS where disks are slow",
    ) -> None:
        super().__init__(f"{program} had not ended after {seconds:g} s and was stopped", remedy=remedy)


class ConfigurationError(VideoMomentsError):
    type, title, exit_code = "configuration", "The configuration is not complete", ExitCode.CONFIGURATION


class ToolMissingError(ConfigurationError):
    type, title = "tool-missing", "A program is missing"


class AlreadyRunningError(ConfigurationError):
    type, title = "already-running", "The embedded stack is running already"


class ServerFailedError(ConfigurationError):
    """A server that we started ended, or gave no answer. `log` holds the last lines that it wrote."""

    type, title = "server-failed", "A server does not run"

    def __init__(self, cause: str, *, remedy: str | None = None, log: str = "") -> None:
        super().__init__(cause, remedy=remedy)
        self.log = log


class PortTakenError(ConfigurationError):
    type, title = "port-taken", "The port is in use"


class StorageError(VideoMomentsError):
    type, title = "storage", "Google Cloud Storage refused"


class StorageCredentialsError(StorageError):
    type, title, exit_code = (
        "storage-credentials",
        "No usable Google Cloud credentials",
        ExitCode.CONFIGURATION,
    )


class StoragePermissionError(StorageError):
    type, title, exit_code = (
        "storage-permission",
        "Google Cloud Storage denied access",
        ExitCode.CONFIGURATION,
    )


class BucketNotFoundError(StorageError):
    type, title, exit_code = "bucket-not-found", "The bucket does not exist", ExitCode.CONFIGURATION


class ObjectNotFoundError(StorageError):
    type, title, status = "object-not-found", "The object does not exist", 404


class ObjectChangedError(StorageError):
    type, title, retryable = "object-changed", "Another writer changed the object", True


class UploadCorruptedError(StorageError):
    type, title, retryable = "upload-corrupted", "What arrived is not what was sent", True


class DownloadCorruptedError(StorageError):
    type, title, retryable = "download-corrupted", "What arrived is not what the bucket holds", True


class UploadStalledError(StorageError):
    type, title, retryable = "upload-stalled", "The upload stopped making progress", True


class StorageUnavailableError(StorageError):
    type, title, retryable, exit_code = (
        "storage-unavailable",
        "Google Cloud Storage cannot be reached",
        True,
        ExitCode.CONFIGURATION,
    )


class DatabaseError(VideoMomentsError):
    type, title, exit_code = "database", "The database refused", ExitCode.CONFIGURATION


class DatabaseUnavailableError(DatabaseError):
    type, title, retryable = "database-unavailable", "The database cannot be reached", True


class SchemaMissingError(DatabaseError):
    type, title = "schema-missing", "The database has no tables yet"


class DownloadError(VideoMomentsError):
    type, title, status = "download", "The address yields no video", 422


class BlockedAddressError(DownloadError):
    """Not an address of the open network. Nothing was sent to it."""

    type, title = "address-refused", "The address may not be fetched"


class SourceRejectedError(DownloadError):
    type, title = "source-refused", "The source refuses"


class SourceUnavailableError(DownloadError):
    type, title, status, retryable = "source-unavailable", "The source cannot be reached", 503, True


class IncompleteDownloadError(DownloadError):
    type, title, status, retryable = "incomplete-download", "The download stopped before its end", 503, True


class TooLargeError(DownloadError):
    type, title = "too-large", "The video is larger than the limit"


class SiteError(DownloadError):
    """What yt-dlp said, whole."""

    type, title = "site", "The site's video could not be fetched"


class EngineError(VideoMomentsError):
    type, title = "engine", "A model did not do its work"


class ModelMissingError(EngineError):
    type, title, exit_code = "model-missing", "The model is not here", ExitCode.CONFIGURATION


class ModelUnavailableError(EngineError):
    type, title, retryable = "model-unavailable", "The model's server cannot be reached", True


class ModelRequestRejectedError(EngineError):
    type, title = "model-refused", "The model's server refuses"


class InvalidModelResponseError(EngineError):
    """The answer is unusable, and so was the one to a request to mend it."""

    type, title, retryable = "model-answer", "The model's answer cannot be used", True


class StageError(VideoMomentsError):
    type, title, retryable = "stage", "A stage of the pipeline failed", True


class StageTimeoutError(StageError):
    type, title = "stage-timeout", "A stage of the pipeline took too long"

    def __init__(self, stage: str, seconds: float) -> None:
        super().__init__(
            f"{stage} had not ended after {seconds:g} s and was stopped",
            remedy="retry; a faster machine or a smaller model helps where it happens again",
        )


class ClipsFailedError(StageError):
    """Some clips could not be made or stored; the others are there."""

    type, title = "clips-failed", "Some clips failed"


class UnexpectedFaultError(StageError):
    """A fault of this program; the worker's log has the rest."""

    type, title, retryable = "internal-error", "Something went wrong", False


class RunOwnershipLostError(StageError):
    """We were silent for so long that another worker has the run now. What we did is not recorded."""

    type, title = "lost-run", "Another worker has taken the run over"


class RunAbandonedError(StageError):
    type, title = "run-abandoned", "The run ends its workers"


class LiveStatusError(VideoMomentsError):
    type, title, retryable = "live-status", "Redis cannot be reached", True


class MismatchError(VideoMomentsError):
    """Found by comparing: an object that is gone or holds other bytes, a file without its row."""

    type, title, status, exit_code = "mismatch", "Table, bucket and folder disagree", 409, ExitCode.MISMATCH


class CancelledByUserError(VideoMomentsError):
    """Raised in work that is stopped because its user asked for it; nothing of it was recorded."""

    type, title, retryable, exit_code = "interrupted", "Interrupted", True, ExitCode.INTERRUPTED
