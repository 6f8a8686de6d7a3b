from app.core.exceptions.base import ExitCode, VideoMomentsError


class DatabaseError(VideoMomentsError):
    type, title, exit_code = "database", "Database error", ExitCode.CONFIGURATION


class DatabaseUnavailableError(DatabaseError):
    type, title, retryable = "database-unavailable", "Database unavailable", True


class SchemaMissingError(DatabaseError):
    type, title = "schema-missing", "The database has no tables yet"
