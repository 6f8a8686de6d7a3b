"""All errors that a user can see, as one tree. Figures are HTTP statuses.

    VideoMomentsError                503
    ├── InternalError
    ├── InvalidRequestError          422
    │   └── InvalidCaptionsError, InvalidPlanError
    ├── UnauthorizedError            401
    ├── NotFoundError                404
    │   ├── Video…, Run…, Result…, Upload…, Export…, BulkOperationNotFoundError
    │   ├── VideoInTrashError, TagNotFoundError, ViewNotFoundError
    │   ├── Webhook…, Delivery…, SubscriptionNotFoundError
    │   └── ThumbnailUnavailableError, ExportFileMissingError
    ├── ConflictError                409
    │   ├── VideoBeingDeletedError, TrashChangedError, BulkCountChangedError
    │   ├── BulkOperationStateError, MergeNotUndoableError, TooManyTagsError
    │   ├── Identifier…, BucketConflictError, AlreadyInLibraryError, SameContentError
    │   ├── RunInProgressError, RunStateError, LinkRegisteredError, LibraryNotEmptyError
    │   ├── ExportState…, ExportNotReady…, ExportSourceReplaced…, CaptionsUnavailableError
    │   ├── PlaybackNotReadyError, PlaybackCopiesOffError, OriginalReplacedError
    │   ├── TooManyEditsError, NothingToResetError, ChaptersChangedError, TooFewChaptersError
    │   ├── TranscriptChangedError, NothingToUndoError
    │   ├── OffloadRefused…, VideoInUse…, FileConflict…, TooManyRemovalsError
    │   ├── DeliveryState…, SubscriptionExistsError, ViewExistsError
    │   └── UploadOffset…, UploadStateError, UploadBusyError (423)
    ├── LimitReachedError            429
    │   ├── QueueFullError, ExportQueueFullError
    │   ├── TooManyWebhooks…, TooManySubscriptions…, TooManyPreviewsError
    │   └── TooManyUploadsError, TooManyStreamsError, TooManyThumbnailsError
    ├── UnknownHostError             421
    ├── CrossSiteRequestError        403
    ├── BodyTooLargeError            413
    ├── UnsupportedBodyError         415
    ├── MediaError                   422   the file is not a usable video
    │   └── MediaLimitError, OutputLimitError, NotAVideoError, …
    ├── LocalFileError                     unreadable, missing, changed, corrupt, disk full
    ├── FFmpegError
    ├── ConfigurationError                 found before any work starts
    ├── StorageError                       Google Cloud Storage
    ├── DatabaseError                      PostgreSQL
    ├── DownloadError                422   the link yields no video
    ├── EngineError                        transcription and moment models
    ├── StageError                         one stage of the pipeline
    ├── LiveStatusError                    Redis
    ├── MeaningUnavailableError            pgvector or the sentence model is missing
    ├── InvalidFeedError             422   the address of a subscription yields no list
    ├── WatchFolderError                   unreadable or unexpectedly empty
    ├── MismatchError                409   table, bucket and folder disagree
    ├── InvalidBackupError                 incomplete or damaged backup file
    ├── InvalidSidecarError          422   sidecar object that cannot be read
    │   └── SidecarVersionError, SidecarMismatchError
    └── CancelledByUserError

`app/api/error_handlers.py` converts them to `application/problem+json`, `cli/errors.py` to exit codes.
"""

# ruff: noqa: F403 - every class of the modules belongs to the tree
from app.core.exceptions.access import *
from app.core.exceptions.backup import *
from app.core.exceptions.base import *
from app.core.exceptions.consistency import *
from app.core.exceptions.database import *
from app.core.exceptions.downloads import *
from app.core.exceptions.embedded import *
from app.core.exceptions.engines import *
from app.core.exceptions.exports import *
from app.core.exceptions.files import *
from app.core.exceptions.intake import *
from app.core.exceptions.library import *
from app.core.exceptions.media import *
from app.core.exceptions.moments import *
from app.core.exceptions.organisation import *
from app.core.exceptions.pipeline import *
from app.core.exceptions.requests import *
from app.core.exceptions.search import *
from app.core.exceptions.sharing import *
from app.core.exceptions.sidecars import *
from app.core.exceptions.storage import *
from app.core.exceptions.transcripts import *
from app.core.exceptions.uploads import *
from app.core.exceptions.webhooks import *
