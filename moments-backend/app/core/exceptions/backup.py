from app.core.exceptions.base import ConfigurationError, ConflictError, VideoMomentsError


class InvalidBackupError(VideoMomentsError):
    """The file is not a complete backup, or its content changed since."""

    type, title = "invalid-backup", "Invalid backup"


class IncompatibleBackupError(ConfigurationError):
    type, title = "incompatible-backup", "The backup was made by another version"


class LibraryNotEmptyError(ConflictError):
    type, title = "library-not-empty", "The library is not empty"


class LibraryInUseError(ConfigurationError):
    type, title = "library-in-use", "The library is in use"
