from app.core.exceptions.base import VideoMomentsError


class LocalFileError(VideoMomentsError):
    type, title, retryable = "local-file", "Local file error", True


class LocalFileNotFoundError(LocalFileError):
    type, title = "file-vanished", "File not found"


class FileUnreadableError(LocalFileError):
    type, title = "file-unreadable", "Unreadable file"


class FileChangedError(LocalFileError):
    type, title = "file-changed", "The file changed while it was read"


class CorruptFileError(LocalFileError):
    """A file that this program wrote has invalid content."""

    type, title, retryable = "damaged-file", "Corrupt library file", False


class DiskFullError(LocalFileError):
    type, title = "disk-full", "Disk full"
