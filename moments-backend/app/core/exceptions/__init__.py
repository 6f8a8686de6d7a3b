"""All errors that a user can see, as one tree. Figures are HTTP statuses.

    VideoMomentsError                503
    ├── InternalError
    ├── InvalidRequestError          422
    ├── UnauthorizedError            401
    ├── NotFoundError                404
    │   └── Video…, Run…, Result…, UploadNotFoundError, ThumbnailUnavailableError
    ├── ConflictError                409
    │   ├── Identifier…, BucketConflictError, AlreadyInLibraryError
    │   ├── RunInProgressError, RunStateError
    │   └── UploadOffset…, UploadStateError, UploadBusyError (423)
    ├── MediaError                   422   the file is not a usable video
    ├── LocalFileError                     unreadable, missing, changed, corrupt, disk full
    ├── FFmpegError
    ├── ConfigurationError                 found before any work starts
    ├── StorageError                       Google Cloud Storage
    ├── DatabaseError                      PostgreSQL
    ├── DownloadError                422   the link yields no video
    ├── EngineError                        transcription and moment models
    ├── StageError                         one stage of the pipeline
    ├── LiveStatusError                    Redis
    ├── MismatchError                409   table, bucket and folder disagree
    └── CancelledByUserError

`app/api/error_handlers.py` converts them to `application/problem+json`, `cli/errors.py` to exit codes.
"""

from app.core.exceptions.base import (
    CancelledByUserError,
    ConfigurationError,
    ConflictError,
    ExitCode,
    InternalError,
    InvalidRequestError,
    NotFoundError,
    ToolMissingError,
    UnauthorizedError,
    VideoMomentsError,
)
from app.core.exceptions.database import DatabaseError, DatabaseUnavailableError, SchemaMissingError
from app.core.exceptions.downloads import (
    BlockedAddressError,
    DownloadError,
    IncompleteDownloadError,
    SiteError,
    SourceRejectedError,
    SourceUnavailableError,
    TooLargeError,
)
from app.core.exceptions.embedded import AlreadyRunningError, PortTakenError, ServerFailedError
from app.core.exceptions.engines import (
    EngineError,
    InvalidModelResponseError,
    ModelMissingError,
    ModelRequestRejectedError,
    ModelUnavailableError,
)
from app.core.exceptions.files import (
    CorruptFileError,
    DiskFullError,
    FileChangedError,
    FileUnreadableError,
    LocalFileError,
    LocalFileNotFoundError,
)
from app.core.exceptions.library import (
    AlreadyInLibraryError,
    BucketConflictError,
    IdentifierConflictError,
    MismatchError,
    ResultNotFoundError,
    ThumbnailUnavailableError,
    VideoNotFoundError,
)
from app.core.exceptions.media import (
    EmptyFileError,
    FFmpegError,
    FFmpegTimeoutError,
    MediaError,
    NoAudioError,
    NotAVideoError,
    TruncatedFileError,
    UnusableNameError,
)
from app.core.exceptions.pipeline import (
    ClipsFailedError,
    LiveStatusError,
    RunAbandonedError,
    RunInProgressError,
    RunNotFoundError,
    RunOwnershipLostError,
    RunStateError,
    StageError,
    StageTimeoutError,
)
from app.core.exceptions.storage import (
    BucketNotFoundError,
    DownloadCorruptedError,
    ObjectChangedError,
    ObjectNotFoundError,
    StorageCredentialsError,
    StorageError,
    StoragePermissionError,
    StorageUnavailableError,
    UploadCorruptedError,
    UploadStalledError,
)
from app.core.exceptions.uploads import (
    UploadBusyError,
    UploadNotFoundError,
    UploadOffsetError,
    UploadStateError,
)

__all__ = [
    "AlreadyInLibraryError",
    "AlreadyRunningError",
    "BlockedAddressError",
    "BucketConflictError",
    "BucketNotFoundError",
    "CancelledByUserError",
    "ClipsFailedError",
    "ConfigurationError",
    "ConflictError",
    "CorruptFileError",
    "DatabaseError",
    "DatabaseUnavailableError",
    "DiskFullError",
    "DownloadCorruptedError",
    "DownloadError",
    "EmptyFileError",
    "EngineError",
    "ExitCode",
    "FFmpegError",
    "FFmpegTimeoutError",
    "FileChangedError",
    "FileUnreadableError",
    "IdentifierConflictError",
    "IncompleteDownloadError",
    "InternalError",
    "InvalidModelResponseError",
    "InvalidRequestError",
    "LiveStatusError",
    "LocalFileError",
    "LocalFileNotFoundError",
    "MediaError",
    "MismatchError",
    "ModelMissingError",
    "ModelRequestRejectedError",
    "ModelUnavailableError",
    "NoAudioError",
    "NotAVideoError",
    "NotFoundError",
    "ObjectChangedError",
    "ObjectNotFoundError",
    "PortTakenError",
    "ResultNotFoundError",
    "RunAbandonedError",
    "RunInProgressError",
    "RunNotFoundError",
    "RunOwnershipLostError",
    "RunStateError",
    "SchemaMissingError",
    "ServerFailedError",
    "SiteError",
    "SourceRejectedError",
    "SourceUnavailableError",
    "StageError",
    "StageTimeoutError",
    "StorageCredentialsError",
    "StorageError",
    "StoragePermissionError",
    "StorageUnavailableError",
    "ThumbnailUnavailableError",
    "TooLargeError",
    "ToolMissingError",
    "TruncatedFileError",
    "UnauthorizedError",
    "UnusableNameError",
    "UploadBusyError",
    "UploadCorruptedError",
    "UploadNotFoundError",
    "UploadOffsetError",
    "UploadStalledError",
    "UploadStateError",
    "VideoMomentsError",
    "VideoNotFoundError",
]
