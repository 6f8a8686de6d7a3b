from app.core.exceptions.base import VideoMomentsError


class LocalFileError(VideoMomentsError):
    type, title, retryable = "local-file", "Local file error", True
    default_remedy = "check the file, its folder and its disk, then try again"


class LocalFileNotFoundError(LocalFileError):
    type, title = "file-vanished", "File not found"
    default_remedy = "check whether it was moved or its drive is disconnected"


class FileUnreadableError(LocalFileError):
    type, title = "file-unreadable", "Unreadable file"
    default_remedy = "check its owner and permissions, and the disk"


class FileChangedError(LocalFileError):
    type, title = "file-changed", "The file changed while it was read"
    default_remedy = "try again once no program is writing to it"


class FileStillWrittenError(LocalFileError):
    """Another program is writing to the file; a later run finds it complete."""

    type, title = "file-still-written", "The file is still being written"

    def __init__(self, filename: str) -> None:
        super().__init__(
            f"{filename} is still being written", remedy="run again once no program is writing to it"
        )


class CorruptFileError(LocalFileError):
    """A file that this program wrote has invalid content."""

    type, title, retryable = "damaged-file", "Corrupt library file", False


class DiskFullError(LocalFileError):
    type, title = "disk-full", "Disk full"
