from app.core.exceptions.base import ExitCode, VideoMomentsError


class StorageError(VideoMomentsError):
    type, title = "storage", "Google Cloud Storage error"


class StorageCredentialsError(StorageError):
    type, title = "storage-credentials", "No usable Google Cloud credentials"
    exit_code = ExitCode.CONFIGURATION


class StoragePermissionError(StorageError):
    type, title = "storage-permission", "Google Cloud Storage denied access"
    exit_code = ExitCode.CONFIGURATION


class BucketNotFoundError(StorageError):
    type, title, exit_code = "bucket-not-found", "Bucket not found", ExitCode.CONFIGURATION


class ObjectNotFoundError(StorageError):
    type, title, status = "object-not-found", "Object not found", 404


class ObjectChangedError(StorageError):
    type, title, retryable = "object-changed", "Another writer changed the object", True


class UploadCorruptedError(StorageError):
    type, title, retryable = "upload-corrupted", "The uploaded object does not match the file", True


class DownloadCorruptedError(StorageError):
    type, title, retryable = "download-corrupted", "The downloaded file does not match the object", True


class UploadStalledError(StorageError):
    type, title, retryable = "upload-stalled", "The upload stalled", True


class StorageUnavailableError(StorageError):
    type, title = "storage-unavailable", "Google Cloud Storage unavailable"
    retryable, exit_code = True, ExitCode.CONFIGURATION
